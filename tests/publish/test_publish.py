from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from callqa import publish, storage, warehouse
from callqa.errors import GateRefused, StageError, StalePublicationError
from callqa.settings import LakeSettings
from tests import rows


def gated(exported: dict[str, Any], run_dir: Path, **failed: str) -> dict[str, Any]:
    """What the gate says of these files, with these checks failed (id = severity)."""
    checks = [
        {
            "id": name.replace("__", "."),
            "table": "turns",
            "severity": severity,
            "sentence": "It should be otherwise.",
            "success": False,
            "observed": {"wrong": 2, "rows": 8},
            "threshold": {"value_set": ["zh", "en"]},
            "samples": [{"language": "第", "call_id": "c-000", "turn": 0}],
        }
        for name, severity in failed.items()
    ]
    blocking = [c["id"] for c in checks if c["severity"] == "blocking"]
    body = {
        "day": exported["day"],
        "passed": not blocking,
        "files": {t: storage.file_digest(exported[t]) for t in ("calls", "turns", "events", "findings")},
        "checks": checks,
    }
    result = {"id": storage.digest_of(body), **body}
    return {
        "passed": result["passed"],
        "result": storage.write_json(run_dir / "gate" / "audit.json", result),
        "result_id": result["id"],
        "blocking": blocking,
        "warnings": [c["id"] for c in checks if c["severity"] == "warning"],
    }


def published(exported, verdict, tmp_path, *, run_id="r1", attempt=1, based_on=None) -> dict[str, Any]:
    lake = str(tmp_path / "lake")
    return publish.run(
        exported,
        verdict,
        run_id=run_id,
        attempt=attempt,
        lake=lake,
        settings=LakeSettings(root=lake),
        based_on=based_on,
    )


def test_a_day_that_passed_is_published_with_the_gates_result(tmp_path):
    exported = rows.clean().exported(tmp_path)
    verdict = gated(exported, tmp_path, turns__language="warning")
    answer = published(exported, verdict, tmp_path, based_on=0)
    lake = LakeSettings(root=str(tmp_path / "lake"))
    (row,) = warehouse.publications(lake)
    assert answer == {
        "published": True,
        "unchanged": False,
        "sequence": 1,
        "snapshots": {t: getattr(row, f"snapshot_{t}") for t in ("calls", "turns", "events", "findings")},
        "rows": {"calls": 5, "turns": 8, "events": 4, "findings": 4},
        "content_digest": row.content_digest,
    }
    assert row.gate_result_id == verdict["result_id"]
    assert json.loads(json.dumps(answer)) == answer
    again = published(exported, verdict, tmp_path, run_id="r2", based_on=1)
    assert again == {**answer, "unchanged": True}


def test_a_day_that_was_refused_is_not_published(tmp_path):
    exported = rows.clean().exported(tmp_path)
    verdict = gated(exported, tmp_path, turns__language="blocking")
    with pytest.raises(GateRefused, match=r"turns\.language"):
        published(exported, verdict, tmp_path)
    assert not (tmp_path / "lake").exists()


def test_a_verdict_that_is_not_the_gates_is_refused(tmp_path):
    exported = rows.clean().exported(tmp_path)
    verdict = gated(exported, tmp_path, turns__language="blocking")
    with pytest.raises(GateRefused):
        published(exported, {**verdict, "passed": True}, tmp_path)
    result = storage.read_json(verdict["result"])
    storage.write_json(verdict["result"], {**result, "passed": True})
    with pytest.raises(StageError, match="is not the gate's result"):
        published(exported, {**verdict, "passed": True}, tmp_path)
    assert not (tmp_path / "lake").exists()


def test_files_that_changed_after_the_gate_are_refused(tmp_path):
    exported = rows.clean().exported(tmp_path)
    verdict = gated(exported, tmp_path)
    rows.clean(marker="B").exported(tmp_path)
    with pytest.raises(StageError, match="is not the file that the gate audited"):
        published(exported, verdict, tmp_path)
    assert warehouse.publications(LakeSettings(root=str(tmp_path / "lake"))) == []


def test_a_run_that_comes_too_late_is_refused(tmp_path):
    first = rows.clean(marker="A").exported(tmp_path / "a")
    published(first, gated(first, tmp_path / "a"), tmp_path, run_id="a", based_on=0)
    late = rows.clean(marker="B").exported(tmp_path / "b")
    with pytest.raises(StalePublicationError, match="run a published sequence 1"):
        published(late, gated(late, tmp_path / "b"), tmp_path, run_id="b", based_on=0)


def test_a_refused_day_lies_in_quarantine_with_its_reasons(tmp_path):
    exported = rows.clean().exported(tmp_path)
    verdict = gated(exported, tmp_path, turns__language="blocking", turns__role="warning")
    answer = publish.quarantine(
        exported, verdict, run_id="manual__2026-01-05T00:00+00:00", lake=str(tmp_path / "lake"), based_on=0
    )
    folder = tmp_path / "lake" / "quarantine" / "2026-01-05" / "manual__2026-01-05T00-00-00-00"
    reason = "turns.language: not so: It should be otherwise. Found 2 of 8 rows at fault, wanted one of zh, en."
    assert answer == {
        "published": False,
        "quarantine": str(folder),
        "blocking": ["turns.language"],
        "reasons": [reason],
    }
    names = {"calls.parquet", "turns.parquet", "events.parquet", "findings.parquet", "daily_qc.json", "audit.json"}
    assert {path.name for path in folder.iterdir()} == names | {"reasons.txt", "run.json"}
    text = (folder / "reasons.txt").read_text(encoding="utf-8")
    assert f"Refused because:\n* {reason}\n" in text
    assert '{"language": "第", "call_id": "c-000", "turn": 0}' in text
    assert "Also noticed:\n* turns.role" in text
    assert storage.file_digest(folder / "calls.parquet") == storage.file_digest(exported["calls"])


def test_quarantine_done_again_replaces_what_an_earlier_attempt_left(tmp_path):
    for marker in "AB":
        exported = rows.clean(marker=marker).exported(tmp_path)
        verdict = gated(exported, tmp_path, turns__language="blocking")
        folder = Path(
            publish.quarantine(exported, verdict, run_id="r", lake=str(tmp_path / "lake"), based_on=0)["quarantine"]
        )
    assert storage.file_digest(folder / "turns.parquet") == storage.file_digest(exported["turns"])
    assert [path.name for path in folder.parent.iterdir()] == ["r"]


def test_a_quarantine_that_fails_leaves_no_half_of_one(tmp_path):
    exported = rows.clean().exported(tmp_path)
    verdict = gated(exported, tmp_path, turns__language="blocking")
    Path(exported["findings"]).unlink()
    with pytest.raises(StageError, match="cannot put the refused day"):
        publish.quarantine(exported, verdict, run_id="r", lake=str(tmp_path / "lake"), based_on=0)
    assert list((tmp_path / "lake" / "quarantine" / "2026-01-05").iterdir()) == []
