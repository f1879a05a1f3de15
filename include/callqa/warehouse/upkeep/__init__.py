"""Upkeep of the tables: few files, few snapshots, and no file that nobody needs.

    compact   many small files of the ledger, the reviews and the gate's results as one
    expire    snapshots that nothing needs go out of the tables' metadata
    sweep     files that no snapshot needs any more are removed

In this order, once a day or a week; each is safe beside publishers and readers, and when it is killed.
"""

from __future__ import annotations

from callqa.warehouse.upkeep.compaction import Compacted, compact
from callqa.warehouse.upkeep.expiry import Expired, expire
from callqa.warehouse.upkeep.orphans import Swept, sweep

__all__ = ["Compacted", "Expired", "Swept", "compact", "expire", "sweep"]
