"""The published days: Iceberg tables, the ledger that says which of their snapshots belong together, and SQL over both.

The only package that knows Iceberg. `publish_day` is called by the publish stage; everybody who reads goes by the
ledger through `query`, `table`, `reading`, `publications` and `latest_sequence`.
"""

from __future__ import annotations

from callqa.warehouse.files import link_or_copy
from callqa.warehouse.ledger import latest_sequence, publications
from callqa.warehouse.reader import Reading, query, reading, table
from callqa.warehouse.reviews import add_reviews
from callqa.warehouse.writer import DayFiles, publish_day

__all__ = [
    "DayFiles",
    "Reading",
    "add_reviews",
    "latest_sequence",
    "link_or_copy",
    "publications",
    "publish_day",
    "query",
    "reading",
    "table",
]
