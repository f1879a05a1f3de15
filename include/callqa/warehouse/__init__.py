"""The published days: Iceberg tables, the ledger that says which of their snapshots belong together, and SQL over both.

The only package that knows Iceberg. `publish_day` is called by the publish stage; everybody who reads goes by the
ledger through `query`, `table`, `reading`, `publications` and `latest_sequence`.
"""

from __future__ import annotations

from callqa.warehouse.days_before import days_before
from callqa.warehouse.difference import Difference, TableDifference, compare
from callqa.warehouse.erased import ErasedCall, Register, enter_erased, erased_register, erased_rows
from callqa.warehouse.files import link_or_copy
from callqa.warehouse.holds import active_holds, is_held, place_hold, release_hold
from callqa.warehouse.ledger import latest_sequence, publication, publications
from callqa.warehouse.purging import Purged, Removed, purge_added, purge_day, together
from callqa.warehouse.reader import Reading, query, reading, table
from callqa.warehouse.reviews import add_reviews
from callqa.warehouse.rewriting import Change, Companions, rewrite_day
from callqa.warehouse.rollback import roll_back
from callqa.warehouse.run_costs import keep_cost
from callqa.warehouse.state import DayState, Past, Status, TableState, history, status
from callqa.warehouse.upkeep import Compacted, Expired, Swept, compact, expire, sweep
from callqa.warehouse.writer import DayFiles, publish_day

__all__ = [
    "Change",
    "Compacted",
    "Companions",
    "DayFiles",
    "DayState",
    "Difference",
    "ErasedCall",
    "Expired",
    "Past",
    "Purged",
    "Reading",
    "Register",
    "Removed",
    "Status",
    "Swept",
    "TableDifference",
    "TableState",
    "active_holds",
    "add_reviews",
    "compact",
    "compare",
    "days_before",
    "enter_erased",
    "erased_register",
    "erased_rows",
    "expire",
    "history",
    "is_held",
    "keep_cost",
    "latest_sequence",
    "link_or_copy",
    "place_hold",
    "publication",
    "publications",
    "publish_day",
    "purge_added",
    "purge_day",
    "query",
    "reading",
    "release_hold",
    "rewrite_day",
    "roll_back",
    "status",
    "sweep",
    "table",
    "together",
]
