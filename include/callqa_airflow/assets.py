"""What the DAGs of this project offer one another, named once."""

from __future__ import annotations

from airflow.sdk import Asset

PUBLISHED = Asset(name="callqa_published", uri="callqa://warehouse/day")
"""A day was published. Its events carry `day` and `sequence` (1 for the day's first publication, then up by one)."""
