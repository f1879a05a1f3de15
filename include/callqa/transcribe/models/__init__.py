"""Models: fetched, checked, named by their bytes."""
