from __future__ import annotations

import dataclasses
import json
import math
import socket
from pathlib import Path

import pytest

from callqa import gate, storage
from callqa.contracts import GateResult, GateSample, Measure
from callqa.gate import audit, expectations
from callqa.gate.check import Check, Within, never
from callqa.settings import GateSettings
from tests import rows

pytestmark = pytest.mark.slow  # great_expectations alone takes ten seconds to import


def audited(day: rows.Day, run_dir: Path, settings: GateSettings | None = None) -> tuple[dict, dict]:
    """The stage's answer and the result file's content."""
    answer = gate.run(
        day.exported(run_dir), manifest=day.manifest(run_dir), run_dir=str(run_dir), settings=settings or GateSettings()
    )
    return answer, strict(answer["result"])


def strict(path: str) -> dict:
    """JSON without the NaN that Python's reader and writer take for a number."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} in {path}")

    return json.loads(Path(path).read_text(encoding="utf-8"), parse_constant=refuse)


def check(result: dict, name: str) -> dict:
    return next(c for c in result["checks"] if c["id"] == name)


@pytest.fixture(scope="module")
def clean(tmp_path_factory) -> tuple[dict, dict, Path]:
    """The audit of a clean day, made where no connection can be opened, and its run's folder."""

    def refuse(*_args, **_kwargs):
        raise AssertionError("a connection was opened")

    run_dir = tmp_path_factory.mktemp("clean")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        return (*audited(rows.clean(), run_dir), run_dir)


def test_a_clean_day_passes_every_check_and_nobody_is_called(clean):
    answer, result, run_dir = clean
    assert answer == {
        "passed": True,
        "result": str(run_dir / "gate" / "audit.json"),
        "results": str(run_dir / "gate" / "results.parquet"),
        "page": str(run_dir / "gate" / "page.html"),
        "result_id": result["id"],
        "blocking": [],
        "warnings": [],
    }
    assert all(c["success"] and c["sentence"] and c["sentence_zh"] for c in result["checks"])
    assert {c["result"] for c in result["checks"] if c["table"] == "history"} == {"no history"}
    assert result["counts"] == {"recordings": 5, "calls": 5, "turns": 8, "events": 4, "findings": 4}
    assert {p.name for p in (run_dir / "gate").iterdir()} == {
        "audit.json", "result.json", "results.parquet", "page.html",
    }  # fmt: skip


def test_the_result_names_the_bytes_that_were_audited_and_its_own_content(clean, tmp_path):
    answer, result, run_dir = clean
    exported = rows.clean().exported(run_dir)
    assert result["files"] == {t: storage.file_digest(exported[t]) for t in ("calls", "turns", "events", "findings")}
    assert answer["result_id"] == storage.digest_of({k: v for k, v in result.items() if k != "id"})
    again, _ = audited(rows.clean(), tmp_path / "elsewhere")
    assert again["result_id"] == answer["result_id"]


def test_an_empty_day_passes_and_says_that_there_was_nothing_to_check(tmp_path):
    answer, result = audited(rows.empty(), tmp_path)
    assert answer["passed"]
    vacuous = [c for c in result["checks"] if c["result"] == "nothing to check"]
    assert {"turns.confidence", "day.rejected_share", "day.mean_confidence"} <= {c["id"] for c in vacuous}
    assert all(c["observed"] is None and c["note"] == "nothing to check on this day" for c in vacuous)


def test_a_warning_does_not_keep_the_day_out(tmp_path):
    turns = [dataclasses.replace(t, emotion="unknown", confidence=0.4) for t in rows.clean().turns]
    outcomes = {"hit": 1, "clear": 1, "unknown": 8, "crash": 0}
    answer, result = audited(dataclasses.replace(rows.clean(), turns=turns, outcomes=outcomes), tmp_path)
    assert answer["passed"]
    assert answer["blocking"] == []
    assert answer["warnings"] == ["day.mean_confidence_low", "day.emotion_unknown_share", "day.unknown_share"]
    assert check(result, "day.unknown_share")["observed"] == 0.8


def test_personal_data_is_a_warning_where_the_settings_say_so_and_is_never_in_the_result(tmp_path):
    day = rows.clean().replace("turns", 0, text="打13800138000吧")
    answer, result = audited(day, tmp_path, GateSettings(personal_data="warn"))
    assert answer["passed"]
    assert answer["warnings"] == ["turns.personal_data_masked"]
    samples = check(result, "turns.personal_data_masked")["samples"]
    assert samples == [{"call_id": "c-000", "turn": 0, "value": None}]
    for path in (run_dir := tmp_path / "gate").iterdir():
        assert b"13800138000" not in path.read_bytes(), path
    assert len(list(run_dir.iterdir())) == 4


def test_thresholds_are_those_of_the_settings(tmp_path):
    answer, result = audited(rows.clean(), tmp_path, GateSettings(max_rejected_share=0.1))
    assert answer["blocking"] == ["day.rejected_share"]
    assert check(result, "day.rejected_share")["observed"] == 0.2
    assert check(result, "day.rejected_share")["threshold"] == {"min_value": 0, "max_value": 0.1}


def test_samples_name_the_rows_at_fault_and_are_at_most_twenty(tmp_path):
    day = rows.clean(calls=12)
    day = dataclasses.replace(day, turns=[dataclasses.replace(t, language="xx") for t in day.turns])
    _, result = audited(day.replace("events", 3, end=math.nan), tmp_path)
    language = check(result, "turns.language")
    assert language["observed"] == {"wrong": 24, "rows": 24}
    assert len(language["samples"]) == 20
    assert language["samples"][:3] == [
        {"call_id": "c-000", "turn": 0, "value": "xx"},
        {"call_id": "c-000", "turn": 1, "value": "xx"},
        {"call_id": "c-001", "turn": 0, "value": "xx"},
    ]
    assert check(result, "events.within_call")["samples"] == [{"call_id": "c-003", "turn": None, "value": "3.000-nan"}]


def test_what_was_said_is_not_in_the_result(tmp_path):
    answer, _ = audited(rows.clean(marker="SECRET").replace("turns", 0, language="xx"), tmp_path)
    for path in (tmp_path / "gate").iterdir():
        content = path.read_bytes()
        assert b"SECRET" not in content
        assert "退款".encode() not in content
    assert not answer["passed"]


@pytest.mark.parametrize(
    ("table", "expects"),
    [
        ("turns", never("no_such_column")),
        ("turns", never("not (")),
        ("day", Within(value="(select nonsense from turns)", low=0)),
        ("day", Within(value="1", low=2, high=1)),
    ],
)
def test_a_check_that_fails_itself_refuses_the_day_even_as_a_warning_and_the_others_still_run(
    tmp_path, monkeypatch, table, expects
):
    broken = Check(
        id="x.broken", table=table, severity="warning", sentence="Checks work.", zh="能用。", expects=expects
    )
    others = [c for c in expectations.checks(GateSettings(), "2026-01-05") if c.table == "turns"]
    monkeypatch.setattr(audit, "checks", lambda *_: [*others, broken])
    answer, result = audited(rows.clean(), tmp_path)
    assert not answer["passed"]
    assert answer["blocking"] == ["x.broken"]
    assert check(result, "x.broken")["note"].startswith("the check itself failed: ")
    assert {c["result"] for c in result["checks"][:-1]} == {"passed", "nothing to check"}


def test_the_rows_for_the_warehouse_say_what_the_json_says(tmp_path):
    answer, result = audited(
        rows.clean().replace("turns", 0, language="xx"), tmp_path, GateSettings(max_rejected_share=0.1)
    )
    found = {row.check: row for row in storage.read_rows(answer["results"], GateResult)}
    assert [(row.check, row.position) for row in found.values()] == [
        (c["id"], n) for n, c in enumerate(result["checks"])
    ]
    assert {row.gate_result_id for row in found.values()} == {answer["result_id"]}
    language, share = found["turns.language"], found["day.rejected_share"]
    assert (language.result, language.observed, language.rows, language.high) == ("failed", 1, 8, 0)
    assert language.samples == [GateSample(call_id="c-000", turn=0, value="xx")]
    assert (share.result, share.observed, share.rows, share.low, share.high) == ("failed", 0.2, None, 0, 0.1)
    assert {row.result for row in found.values()} == {"passed", "failed", "no history", "nothing to check"}


def test_an_audit_is_not_repeated_until_something_changes(clean, monkeypatch):
    answer, _, run_dir = clean
    monkeypatch.setattr(audit, "result", None)
    assert audited(rows.clean(), run_dir)[0] == answer
    with pytest.raises(TypeError, match="not callable"):
        audited(rows.clean(), run_dir, GateSettings(max_rejected_share=0.31))


def test_a_days_history_is_looked_at_anew_when_it_changes(clean, tmp_path, monkeypatch):
    _, _, run_dir = clean
    monkeypatch.setattr(audit, "result", None)
    history = storage.write_rows(tmp_path / "history.parquet", Measure, [])
    day = rows.clean()
    with pytest.raises(TypeError, match="not callable"):
        gate.run(
            day.exported(run_dir),
            manifest=day.manifest(run_dir),
            run_dir=str(run_dir),
            settings=GateSettings(),
            history=history,
        )
