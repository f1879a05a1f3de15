"""The demo: a tiny speech model and three days of invented calls, both made from text alone."""
