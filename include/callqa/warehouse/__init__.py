"""The published days: Iceberg tables, the ledger that says which of their snapshots belong together, and SQL over both.

The only package that knows Iceberg. `publish_day` is called by the publish stage; everybody who reads goes by the
ledger through `query`, `table`, `reading`, `publications` and `latest_sequence`.
"""

from __future__ import annotations

from callqa.warehouse.days_before import days_before
from callqa.warehouse.difference import Difference, TableDifference, compare
from callqa.warehouse.files import link_or_copy
from callqa.warehouse.ledger import latest_sequence, publication, publications
from callqa.warehouse.reader import Reading, query, reading, table
from callqa.warehouse.reviews import add_reviews
from callqa.warehouse.rollback import roll_back
from callqa.warehouse.state import DayState, Past, Status, TableState, history, status
from callqa.warehouse.writer import DayFiles, publish_day

__all__ = [
    "DayFiles",
    "DayState",
    "Difference",
    "Past",
    "Reading",
    "Status",
    "TableDifference",
    "TableState",
    "add_reviews",
    "compare",
    "days_before",
    "history",
    "latest_sequence",
    "link_or_copy",
    "publication",
    "publications",
    "publish_day",
    "query",
    "reading",
    "roll_back",
    "status",
    "table",
]
