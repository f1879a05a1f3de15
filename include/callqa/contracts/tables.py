"""The day tables of the warehouse, by name, and the order in which they are published."""

from __future__ import annotations

import types
from collections.abc import Mapping

from callqa.contracts.calls import Call
from callqa.contracts.findings import Finding
from callqa.contracts.turns import Event, Turn

TABLES: Mapping[str, type] = types.MappingProxyType(
    {"calls": Call, "turns": Turn, "events": Event, "findings": Finding}
)
"""The warehouse's day tables, each partitioned by `call_date`."""

PUBLISH_ORDER = ("turns", "events", "findings", "calls")
"""Details first, so that a plain reader between two commits never sees a call without its turns."""
