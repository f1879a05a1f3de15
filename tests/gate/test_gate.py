from __future__ import annotations

import dataclasses
import json
import math
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from callqa import gate, storage
from callqa.contracts import Word
from callqa.gate import audit, expectations
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
        "result_id": result["id"],
        "blocking": [],
        "warnings": [],
    }
    assert all(c["success"] and c["sentence"] and "note" not in c for c in result["checks"])
    assert result["counts"] == {"recordings": 5, "calls": 5, "turns": 8, "events": 4, "findings": 4}
    assert {p.name for p in (run_dir / "gate").iterdir()} == {"audit.json", "result.json"}


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
    vacuous = [c for c in result["checks"] if c.get("note") == "nothing to check on this day"]
    assert {"turns.confidence", "day.rejected_share", "day.mean_confidence"} <= {c["id"] for c in vacuous}
    assert all(c["observed"] is None for c in vacuous)


def without_call(day: rows.Day) -> rows.Day:
    ids = {"c-000"}
    keep = {t: [r for r in getattr(day, t) if r.call_id not in ids] for t in ("turns", "events", "findings", "calls")}
    return dataclasses.replace(day, **keep)


def added(day: rows.Day, **more: list) -> rows.Day:
    return dataclasses.replace(day, **{t: [*getattr(day, t), *new] for t, new in more.items()})


NAN = math.nan
OTHER_DAY = rows.DAY.replace(day=6)

Change = Callable[[rows.Day], rows.Day]


def row(table: str, index: int, **changes) -> Change:
    return lambda day: day.replace(table, index, **changes)


DEFECTS: dict[str, tuple[list[Change], dict[str, int | None]]] = {
    "a recording has no call": ([without_call], {"recordings.one_call_each": 1, "day.call_count": None}),
    "a call is there twice": (
        [lambda d: added(d, calls=[d.calls[0]])],
        {"recordings.one_call_each": 1, "calls.unique_id": 2, "day.call_count": None},
    ),
    "a call without a recording": (
        [lambda d: added(d, calls=[rows.call("stranger")])],
        {"calls.in_manifest": 1, "day.call_count": None},
    ),
    "rejected without a reason, for an unknown one, and a reason without rejection": (
        [
            lambda d: added(d, calls=[rows.rejected("x", reason="?")], recordings=[rows.recording("x")]),
            row("calls", 4, reject_reason=None),
            row("calls", 0, reject_reason="truncated"),
        ],
        {"calls.reject_reason": 3, "day.rejected_share": None},
    ),
    "a turn, an event and a finding of no call": (
        [lambda d: added(d, turns=[rows.turn("x")], events=[rows.event("x")], findings=[rows.finding("x")])],
        {
            "turns.call_exists": 1,
            "turns.within_call": 1,
            "events.call_exists": 1,
            "events.within_call": 1,
            "findings.call_exists": 1,
        },
    ),
    "a turn's number twice": ([row("turns", 1, turn=0)], {"turns.unique_number": 2}),
    "positions outside of the recording or backwards": (
        [
            row("turns", 0, end=60.6),
            row("turns", 1, end=60.4),
            row("turns", 2, start=9.0),
            row("turns", 3, end=NAN),
            row("turns", 4, start=NAN),
            row("events", 0, start=-0.1),
        ],
        {"turns.within_call": 4, "events.within_call": 1},
    ),
    "words that nobody maps": (
        [
            row("calls", 0, status="done", language="de", emotion_start="😡", emotion_end=""),
            row("turns", 0, language="<|zh|>", emotion="ANGRY", role="bot"),
            row("events", 0, class_="BGM"),
            row("findings", 0, outcome="clear", severity="high"),
        ],
        {
            "calls.status": 1,
            "calls.language": 1,
            "calls.emotion_start": 1,
            "calls.emotion_end": 1,
            "turns.language": 1,
            "turns.emotion": 1,
            "turns.role": 1,
            "events.class": 1,
            "findings.outcome": 1,
            "findings.severity": 1,
        },
    ),
    "personal data in any text of a turn or in its words": (
        [
            row("turns", 0, text="打13800138000吧"),
            row("turns", 1, text_match="6222 0212 3456 7894"),
            row("turns", 2, text_raw="<|zh|>110101199003070011"),
            row("turns", 3, words=[Word(text=c, start=0.0, end=1.0, confidence=0.9) for c in "13800138000"]),
            row("turns", 4, text="打12378，订单20260107，卡号6222021234567890，<|13800138000|>"),
        ],
        {"turns.personal_data_masked": 4},
    ),
    "numbers out of range": (
        [
            row("turns", 0, confidence=1.01, emotion_score=-0.1),
            row("turns", 1, emotion_score=NAN),
            row("calls", 0, duration=NAN, score=-5.0, mean_confidence=2.0),
            row("calls", 1, duration=-1.0, score=NAN),
            row("calls", 2, score=None, mean_confidence=None),
        ],
        {
            "turns.confidence": 1,
            "turns.emotion_score": 2,
            "turns.within_call": 2,
            "events.within_call": 1,
            "calls.duration": 2,
            "calls.score": 2,
            "calls.mean_confidence": 1,
        },
    ),
    "a confidence that is no number": (
        [row("turns", 0, confidence=NAN)],
        {"turns.confidence": 1, "day.mean_confidence": None},
    ),
    "rows of another day": (
        [row(table, 0, call_date=OTHER_DAY) for table in ("calls", "turns", "events", "findings")],
        {"calls.call_date": 1, "turns.call_date": 1, "events.call_date": 1, "findings.call_date": 1},
    ),
    "too many empty transcripts": ([row("calls", 0, text_chars=0)], {"day.empty_transcript_share": None}),
    "too many crashed rules": (
        [lambda d: dataclasses.replace(d, outcomes={"hit": 4, "clear": 15, "unknown": 0, "crash": 1})],
        {"day.crash_share": None},
    ),
    "the model hears nothing": (
        [lambda d: dataclasses.replace(d, turns=[dataclasses.replace(t, confidence=0.1) for t in d.turns])],
        {"day.mean_confidence": None},
    ),
    "two versions of everything": (
        [row("calls", 0, asr_digest="d2", audio_version="prepare-2", rule_packs=["standard 1.1.0"])],
        {"day.asr_digests": None, "day.audio_versions": None, "day.rule_packs": None},
    ),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_caught_by_the_checks_that_are_about_it_and_no_other(tmp_path, defect):
    changes, expected = DEFECTS[defect]
    day = rows.clean()
    for change in changes:
        day = change(day)
    answer, result = audited(day, tmp_path)
    assert not answer["passed"]
    assert set(answer["blocking"]) == set(expected)
    for name, wrong in expected.items():
        assert wrong is None or check(result, name)["observed"]["wrong"] == wrong, name


def test_every_blocking_check_is_seen_to_fail():
    names = {c.id for c in expectations.checks(GateSettings(), "2026-01-05") if c.severity == "blocking"}
    assert names == set().union(*(expected for _, expected in DEFECTS.values()))


def test_files_without_a_header_are_of_the_same_audio_pipeline_as_the_others(tmp_path):
    day = rows.clean().replace("calls", 0, audio_version=rows.clean().calls[0].audio_version + "+1a2b3c4d")
    answer, _ = audited(day, tmp_path)
    assert answer["passed"]


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
    assert samples == [{"masked": False, "call_id": "c-000", "turn": 0, "start": 0.0, "end": 9.0}]
    assert "13800138000" not in Path(answer["result"]).read_text(encoding="utf-8")


def test_thresholds_are_those_of_the_settings(tmp_path):
    answer, result = audited(rows.clean(), tmp_path, GateSettings(max_rejected_share=0.1))
    assert answer["blocking"] == ["day.rejected_share"]
    assert check(result, "day.rejected_share")["observed"] == 0.2
    assert check(result, "day.rejected_share")["threshold"] == {"min_value": 0, "max_value": 0.1}
    threshold = {c.id: c.arguments.get("max_value") for c in expectations.checks(GateSettings(), "2026-01-05")}
    assert threshold["day.rejected_share"] == GateSettings().max_rejected_share


def test_samples_name_the_rows_at_fault_and_are_at_most_ten(tmp_path):
    day = rows.clean(calls=12)
    day = dataclasses.replace(day, turns=[dataclasses.replace(t, language="xx") for t in day.turns])
    _, result = audited(day.replace("events", 3, end=math.nan), tmp_path)
    language = check(result, "turns.language")
    assert language["observed"] == {"wrong": 24, "rows": 24}
    assert len(language["samples"]) == 10
    assert language["samples"][0] == {"language": "xx", "call_id": "c-000", "turn": 0, "start": 0.0, "end": 9.0}
    assert check(result, "events.within_call")["samples"] == [
        {"within_call": False, "call_id": "c-003", "channel": 0, "start": 3.0, "end": "not a number"}
    ]


def test_what_was_said_is_not_in_the_result(tmp_path):
    answer, _ = audited(rows.clean(marker="SECRET").replace("turns", 0, language="xx"), tmp_path)
    text = Path(answer["result"]).read_text(encoding="utf-8")
    assert "SECRET" not in text
    assert "退款" not in text


@pytest.mark.parametrize(
    ("expectation", "arguments"),
    [
        ("ExpectColumnValuesToBeInSet", {"column": "no_such_column", "value_set": [1]}),
        ("ExpectNoSuchThing", {"column": "turn"}),
    ],
)
def test_a_check_that_fails_itself_refuses_the_day_even_as_a_warning(tmp_path, monkeypatch, expectation, arguments):
    broken = expectations.Check(
        id="turns.broken",
        table="turns",
        severity="warning",
        sentence="Checks work.",
        expectation=expectation,
        arguments=arguments,
    )
    monkeypatch.setattr(audit, "checks", lambda *_: [broken])
    answer, result = audited(rows.clean(), tmp_path)
    assert not answer["passed"]
    assert answer["blocking"] == ["turns.broken"]
    assert check(result, "turns.broken")["note"].startswith("the check itself failed: ")


def test_an_audit_is_not_repeated_until_something_changes(clean, monkeypatch):
    answer, _, run_dir = clean
    monkeypatch.setattr(audit, "result", None)
    assert audited(rows.clean(), run_dir)[0] == answer
    with pytest.raises(TypeError, match="not callable"):
        audited(rows.clean(), run_dir, GateSettings(max_rejected_share=0.31))


def test_ids_of_checks_are_unique_and_every_sentence_ends():
    checks = expectations.checks(GateSettings(), "2026-01-05")
    assert len({c.id for c in checks}) == len(checks)
    assert all(c.sentence.endswith(".") for c in checks)
