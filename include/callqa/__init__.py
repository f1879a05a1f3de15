"""callqa: every customer-service call of a day, transcribed, judged by rules, gated and published."""

__version__ = "0.1.0"
