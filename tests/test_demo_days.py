"""The main job on the shipped calls: what the ground truth says is what comes out."""

import collections
import json
from pathlib import Path

import pytest

from callqa import storage, warehouse
from callqa.contracts import Call, Finding, Recording, Turn
from tests.conftest import DEMO_CALLS, DEMO_DAYS

RULES = (
    "AW01", "BO01", "ER01", "ES01", "FR01", "FW01", "HR01", "HU01", "IT01", "IT02", "IT03", "IT04", "IT05",
    "IT06", "IT07", "IV01", "LT01", "NH01", "PD02", "PS01", "RG01", "SA01", "SC02", "SC04", "SC06", "UR01",
)  # fmt: skip
"""Those that the demo's calls exercise."""


@pytest.fixture(scope="module")
def calls(demo_settings, demo_runs) -> dict[tuple[str, str], dict]:
    """The published call rows by day and file."""
    columns, rows = warehouse.query(demo_settings.lake, "select * from calls")
    table = [dict(zip(columns, row, strict=True)) for row in rows]
    return {(str(row["call_date"]), row["file_name"]): row for row in table}


def test_every_shipped_recording_is_in_the_ground_truth(ground_truth):
    shipped = {(f.parent.name, f.name) for f in DEMO_CALLS.glob("2*/*") if f.suffix != ".csv"}
    assert {(t["day"], t["file"]) for t in ground_truth} == shipped
    assert len(shipped) >= 30
    assert sum(f.stat().st_size for f in DEMO_CALLS.rglob("*")) < 15e6


def test_every_day_is_published_in_spite_of_its_broken_recordings(demo_runs):
    assert {day: (r["gate"], r["published"]) for day, r in demo_runs.items()} == dict.fromkeys(
        DEMO_DAYS, ("passed", True)
    )
    assert sum(r["rejected"] for r in demo_runs.values()) >= 4


def test_every_recording_has_one_row_with_the_right_status_and_reason(calls, ground_truth):
    expected = {(t["day"], t["file"]): (t["status"], t["reject_reason"]) for t in ground_truth}
    assert {key: (row["status"], row["reject_reason"]) for key, row in calls.items()} == expected


def test_the_rejections_name_the_file_and_what_is_wrong_with_it(calls):
    rejected = [row for row in calls.values() if row["status"] == "rejected"]
    assert {row["reject_reason"] for row in rejected} == {"empty_file", "not_audio", "truncated", "duplicate_id"}
    for row in rejected:
        assert row["reject_detail"]
    duplicate = next(row for row in rejected if row["reject_reason"] == "duplicate_id")
    assert duplicate["call_id"].endswith("~2")
    assert duplicate["file_name"] in duplicate["reject_detail"]


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_hits_exactly_the_calls_it_should(demo_runs, ground_truth, rule):
    expected = {(t["day"], t["call_id"]) for t in ground_truth if rule in t["rules"] and t["status"] != "rejected"}
    found = {(day, call_id) for day, run in demo_runs.items() for call_id in run["hits"].get(rule, [])}
    assert expected, f"no demo call exercises {rule}"
    assert found == expected


def test_no_other_rule_of_the_standard_pack_hits(demo_runs):
    assert {rule for run in demo_runs.values() for rule in run["hits"]} == set(RULES)


def test_the_telephone_tones_are_told_apart(calls, ground_truth):
    expected = {(t["day"], t["file"]): t["call_state"] for t in ground_truth if t["call_state"]}
    assert {calls[key]["call_state"] for key in expected} >= {"ringback", "busy", "empty_number"}
    assert {key: calls[key]["call_state"] for key in expected} == expected
    assert [key for key, row in calls.items() if row["call_state"] and key not in expected] == []


def test_every_language_of_the_demo_is_recognised(calls, ground_truth):
    expected = {(t["day"], t["file"]): t["language"] for t in ground_truth if t["status"] == "analysed"}
    wrong = {
        key: (language, calls[key]["language"])
        for key, language in expected.items()
        if calls[key]["language"] != language
    }
    assert wrong == {}
    assert {"zh", "yue", "en", "ja", "ko"} <= set(expected.values())


def turns_of_run(run: dict) -> list[Turn]:
    return storage.read_rows(Path(run["run_dir"]) / "export" / "turns.parquet", Turn)


def test_what_was_said_is_what_is_written(demo_runs, ground_truth):
    """Over all turns of the demo: nine of ten characters right, words in no call lost."""
    said, heard = collections.Counter(), collections.Counter()
    for truth in ground_truth:
        if truth["status"] == "analysed":
            said.update(_characters("".join(t["text"] for t in truth["turns"])))
    for day, run in demo_runs.items():
        analysed = {t["call_id"] for t in ground_truth if t["day"] == day and t["status"] == "analysed"}
        heard.update(_characters("".join(t.text for t in turns_of_run(run) if t.call_id in analysed)))
    missed = sum((said - heard).values())
    invented = sum((heard - said).values())
    assert missed / sum(said.values()) < 0.1
    assert invented / sum(said.values()) < 0.1


def _characters(text: str) -> list[str]:
    return [c for c in text.casefold() if c.isalnum()]


def test_the_roles_of_a_mono_call_are_told_from_what_is_said(demo_runs, ground_truth):
    mono = [truth for truth in ground_truth if truth["channels"] == 1 and truth["turns"]]
    turns = [turn for run in demo_runs.values() for turn in turns_of_run(run)]
    for truth in mono:
        heard = [turn for turn in turns if turn.call_id == truth["call_id"]]
        wrong = [
            (turn.text, turn.role, said["role"])
            for said in truth["turns"]
            for turn in heard
            if abs(turn.start - said["start"]) < 0.5 and turn.role not in (said["role"], "unknown")
        ]
        assert not wrong
    known = {turn.call_id for turn in turns if turn.role != "unknown"} & {truth["call_id"] for truth in mono}
    assert len(known) == 2, "the two conversations; the announcement has no roles"


def test_roles_come_from_the_channels(demo_runs):
    roles = collections.Counter(t.role for run in demo_runs.values() for t in turns_of_run(run))
    assert {"agent", "customer", "unknown"} == set(roles)


def test_the_pause_of_the_agent_who_looks_something_up_stays_one_turn(demo_runs):
    texts = [t.text for run in demo_runs.values() for t in turns_of_run(run)]
    assert any("稍等" in text and "查一下" in text for text in texts)


def test_the_daily_json_has_the_fields_that_reports_were_built_on(demo_runs):
    for run in demo_runs.values():
        rows = json.loads((Path(run["run_dir"]) / "export" / "daily_qc.json").read_text(encoding="utf-8"))
        assert len(rows) == run["analysed"] + run["invalid"]
        keys = {"call_id", "duration_sec", "text", "emotion_start", "emotion_end", "risk_flag", "invalid_flag"}
        assert {frozenset(row) for row in rows} == {frozenset(keys)}
        assert {row["call_id"] for row in rows if row["risk_flag"]} == set(run["hits"].get("HR01", []))
        assert {row["call_id"] for row in rows if row["invalid_flag"]} == set(run["hits"].get("IV01", []))


def test_no_telephone_number_of_a_customer_is_kept(demo_runs):
    for run in demo_runs.values():
        rows = storage.read_rows(Path(run["run_dir"]) / "fetch" / "manifest.parquet", Recording)
        assert all("*" in row.customer_number for row in rows if row.customer_number)


def test_every_outcome_names_the_versions_that_it_came_from(demo_runs):
    for run in demo_runs.values():
        calls = storage.read_rows(Path(run["run_dir"]) / "export" / "calls.parquet", Call)
        assert {call.asr_digest for call in calls if call.status != "rejected"} != {""}
        findings = storage.read_rows(Path(run["run_dir"]) / "export" / "findings.parquet", Finding)
        assert all(f.pack_version and f.rule_version and f.asr_model for f in findings)
