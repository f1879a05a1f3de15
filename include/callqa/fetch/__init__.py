"""Fetch: the recordings of a day and what is known of their calls → one manifest, cut into shards."""

from callqa.fetch.stage import run

__all__ = ["run"]
