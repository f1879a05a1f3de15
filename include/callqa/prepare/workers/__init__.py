"""Processes that read files which nobody vouches for, within limits."""
