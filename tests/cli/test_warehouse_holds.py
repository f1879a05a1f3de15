"""`callqa warehouse hold`."""

from __future__ import annotations

import json


def test_holds_are_placed_listed_and_released(callqa, tmp_path):
    lake = ("--lake", tmp_path / "lake")
    of = ("--matter", "12/26", "--by", "wang")
    code, out, _ = callqa("warehouse", "hold", "add", "2026-01-05/C-1", *of, "--reason", "court", *lake)
    assert (code, out) == (0, "call C-1 of 2026-01-05 is held for 12/26\n")
    assert callqa("warehouse", "hold", "add", "2026-01-06", *of, "--reason", "court", *lake)[0] == 0
    code, out, _ = callqa("warehouse", "hold", "list", *lake, "--json")
    assert [(row["call_date"], row["call_id"], row["by"]) for row in json.loads(out)] == [
        ("2026-01-05", "C-1", "wang"),
        ("2026-01-06", None, "wang"),
    ]
    assert "all of it" in callqa("warehouse", "hold", "list", "2026-01-06", *lake)[1]
    code, out, _ = callqa("warehouse", "hold", "release", "2026-01-06", *of, "--reason", "over", *lake)
    assert (code, out) == (0, "all of 2026-01-06 is released for 12/26\n")
    assert json.loads(callqa("warehouse", "hold", "list", "2026-01-06", *lake, "--json")[1]) == []
    code, _, err = callqa("warehouse", "hold", "release", "2026-01-06", *of, "--reason", "over", *lake)
    assert (code, "does not hold" in err) == (2, True)
