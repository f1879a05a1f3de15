"""Each check stops the defect that it is there for, and no check stops a clean day."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import pytest

from callqa.contracts import CardScore, Evidence, Measure
from callqa.gate import audit, measuring
from callqa.settings import GateSettings
from tests import rows
from tests.gate import days
from tests.gate.days import added, every, row

pytestmark = pytest.mark.slow  # great_expectations alone takes ten seconds to import

OTHER_DAY = rows.DAY.replace(day=6)
LATE = {"start": 59.0, "end": 61.0}
NUMBER = "13800138000"

Change = Callable[[rows.Day], rows.Day]


def outcomes(**counts: int) -> Change:
    return lambda day: dataclasses.replace(day, outcomes={"hit": 0, "clear": 0, "unknown": 0, "crash": 0, **counts})


def refused_recordings(day: rows.Day) -> rows.Day:
    ids = [f"r-{number}" for number in range(20)]
    return added(day, calls=[rows.rejected(i) for i in ids], recordings=[rows.recording(i) for i in ids])


DEFECTS: dict[str, tuple[Change, set[str]]] = {
    "recordings.one_call_each": (lambda d: added(d, recordings=[rows.recording("x")]), {"day.call_count"}),
    "calls.in_manifest": (lambda d: added(d, calls=[rows.call("x", turn_count=0, rules_hit=[])]), {"day.call_count"}),
    "calls.unique_id": (lambda d: added(d, calls=[d.calls[0]]), {"recordings.one_call_each", "day.call_count"}),
    "day.call_count": (lambda d: added(d, recordings=[d.recordings[0]]), set()),
    "turns.unique_number": (row("turns", 1, turn=0), set()),
    "turns.number": (row("turns", 1, turn=2), set()),
    "calls.turn_count": (row("calls", 0, turn_count=3), set()),
    "findings.unique_rule": (
        lambda d: added(d, findings=[d.findings[0]]).replace("calls", 0, rules_unknown=["HR02"]), set(),
    ),
    "calls.finding_count": (row("calls", 0, rules_unknown=["HR02"]), set()),
    **{f"{t}.call_date": (row(t, 0, call_date=OTHER_DAY), set()) for t in ("calls", "turns", "events", "findings")},
    "turns.call_exists": (lambda d: added(d, turns=[rows.turn("x")]), set()),
    "events.call_exists": (lambda d: added(d, events=[rows.event("x")]), set()),
    "findings.call_exists": (lambda d: added(d, findings=[rows.finding("x")]), set()),
    "turns.personal_data_masked": (row("turns", 0, text=f"打{NUMBER}吧"), set()),
    "findings.personal_data_masked": (row("findings", 0, message=f"said {NUMBER}"), set()),
    "calls.customer_number_masked": (row("calls", 0, customer_number=NUMBER), set()),
    "calls.status": (row("calls", 0, status="done"), set()),
    "calls.reject_reason": (row("calls", days.CALLS, reject_reason="?"), set()),
    "calls.direction": (row("calls", 0, direction="in"), set()),
    "calls.call_state": (row("calls", 0, call_state="engaged"), set()),
    "calls.language": (row("calls", 0, language="de"), set()),
    "calls.emotion_start": (row("calls", 0, emotion_start="😡"), set()),
    "calls.emotion_end": (row("calls", 0, emotion_end=""), set()),
    "turns.language": (row("turns", 0, language="<|zh|>"), set()),
    "turns.emotion": (row("turns", 0, emotion="ANGRY"), set()),
    "turns.role": (row("turns", 0, role="bot"), set()),
    "events.class": (row("events", 0, class_="BGM"), set()),
    "findings.outcome": (row("findings", 0, outcome="clear"), set()),
    "findings.severity": (row("findings", 0, severity="high"), set()),
    "calls.duration": (row("calls", 0, duration=math.inf), set()),
    "calls.audio_known": (row("calls", 0, sha256=None), set()),
    "turns.within_call": (row("turns", 0, **LATE), set()),
    "events.within_call": (row("events", 0, **LATE), set()),
    "turns.channel": (row("turns", 0, channel=2), set()),
    "events.channel": (row("events", 0, channel=-1), set()),
    "findings.evidence": (
        row("findings", 0, evidence=[Evidence(turn=2, start=0.0, end=9.0, text="", condition="said")]), set(),
    ),
    "turns.confidence": (row("turns", 0, confidence=1.01), set()),
    "turns.emotion_score": (row("turns", 0, emotion_score=-0.1), set()),
    "turns.role_probability": (row("turns", 0, role_probability=1.5), set()),
    "turns.loudness": (row("turns", 0, loudness=20.0), set()),
    "events.score": (row("events", 0, score=2.0), set()),
    "findings.score": (row("findings", 0, score=-math.inf), set()),
    "calls.mean_confidence": (row("calls", 0, mean_confidence=2.0), set()),
    "calls.score": (row("calls", 0, score=-5.0), set()),
    "calls.scorecards": (
        row("calls", 0, scorecards=[CardScore(card="c", version=1, score=120.0, passed=True, coverage=1.0)]), set(),
    ),
    "calls.seconds": (row("calls", 0, silence_seconds=61.0), set()),
    "day.rejected_share": (refused_recordings, set()),
    "day.empty_transcript_share": (
        lambda d: dataclasses.replace(d, calls=[dataclasses.replace(c, text_chars=0) for c in d.calls[:6]] + d.calls[6:]),
        set(),
    ),
    "day.crash_share": (outcomes(hit=40, clear=158, crash=2 + 1), set()),
    "day.mean_confidence": (every("turns", confidence=0.1), {"day.mean_confidence_low"}),
    "day.mean_confidence_low": (every("turns", confidence=0.4), set()),
    "day.emotion_unknown_share": (every("turns", emotion="unknown"), {"history.emotions"}),
    "day.unknown_share": (outcomes(hit=1, clear=1, unknown=8), set()),
    "day.asr_digests": (row("calls", 0, asr_digest="d2"), set()),
    "day.audio_versions": (row("calls", 0, audio_version="prepare-2"), set()),
    "day.rule_packs": (row("calls", 0, rule_packs=["standard 1.1.0"]), set()),
    "day.rule_versions": (row("findings", 0, rule_version=2), set()),
    "day.detector_versions": (row("events", 0, version="2"), set()),
    "history.call_volume": (
        lambda d: dataclasses.replace(rows.clean(calls=5), outcomes=d.outcomes), set(),
    ),
    "history.duration": (every("calls", duration=120.0), set()),
    "history.characters_a_minute": (every("calls", text_chars=30), set()),
    "history.languages": (every("calls", language="ko"), set()),
    "history.emotions": (every("turns", emotion="happy"), set()),
    "history.hit_rates": (
        lambda d: every("calls", rules_hit=[], rules_unknown=["HR01"])(every("findings", outcome="unknown")(d)).replace(
            "calls", days.CALLS, rules_unknown=[]
        ),
        set(),
    ),
}  # fmt: skip
"""By check: what is done to a clean day, and which other checks are right to see it too."""


@pytest.fixture(scope="module")
def answers(tmp_path_factory) -> dict[str, list[dict[str, Any]]]:
    """What the checks say of the clean day (`""`) and of each day with a defect; judged all at once."""
    settings, listed = GateSettings(), days.checks()
    root = tmp_path_factory.mktemp("days")
    with days.opened(days.clean(), root / "past") as connection:
        before: list[Measure] = days.past(days.measures(connection))
    changed = {"": days.clean(), **{name: change(days.clean()) for name, (change, _) in DEFECTS.items()}}
    found = [days.found(day, listed, root / f"day-{name}", before, settings) for name, day in changed.items()]
    return dict(zip(changed, audit.judge(listed, found), strict=True))


def test_a_clean_day_passes_every_check_and_each_had_something_to_check(answers):
    said = {answer["id"]: answer["result"] for answer in answers[""]}
    without = {"turns.role_probability", "calls.call_state", "calls.customer_number_masked"}
    assert {name for name, result in said.items() if result == "nothing to check"} == without
    assert {said[name] for name in said.keys() - without} == {"passed"}


@pytest.mark.parametrize("check", DEFECTS)
def test_a_check_stops_its_own_defect_and_no_other_check_does_but_those_that_see_it_too(answers, check):
    failed = {answer["id"]: answer for answer in answers[check] if not answer["success"]}
    assert set(failed) == {check, *DEFECTS[check][1]}
    assert "note" not in failed[check], "it found the defect, it did not fail itself"
    observed = failed[check]["observed"]
    if not check.startswith("day."):
        assert observed["wrong"] >= 1
        assert 1 <= len(failed[check]["samples"]) <= measuring.SAMPLES


def test_no_check_is_without_its_defect():
    assert set(DEFECTS) == {check.id for check in days.checks()}


def test_every_check_says_what_it_protects_in_both_languages():
    listed = days.checks()
    assert len({check.id for check in listed}) == len(listed)
    assert all(check.sentence.endswith(".") and check.zh.endswith("。") for check in listed)


def test_drift_is_blocking_only_where_the_settings_say_so():
    def severities(**more) -> set[str]:
        return {check.severity for check in days.checks(GateSettings(**more)) if check.table == "history"}

    assert severities() == {"warning"}
    assert severities(drift="refuse") == {"blocking"}
    assert severities(drift="off") == set()


NAN = math.nan
COUNTED: dict[str, tuple[list[Change], dict[str, int]]] = {
    "what is not a number is never taken for missing": (
        [
            row("turns", 0, confidence=NAN, emotion_score=NAN, loudness=NAN),
            row("turns", 2, start=NAN),
            row("turns", 4, end=NAN),
            row("calls", 1, score=NAN, mean_confidence=NAN),
            row("calls", 2, score=None, mean_confidence=None),
            row("events", 3, score=NAN),
        ],
        {
            "turns.confidence": 1, "turns.emotion_score": 1, "turns.loudness": 1, "turns.within_call": 2,
            "calls.score": 1, "calls.mean_confidence": 1, "events.score": 1,
        },
    ),
    "of a call without a duration nothing can be within": (
        [row("calls", 0, duration=None), row("calls", 1, duration=NAN), row("calls", 2, duration=-1.0)],
        {
            "calls.audio_known": 1, "calls.duration": 2, "turns.within_call": 4, "events.within_call": 2,
            "findings.evidence": 2, "calls.seconds": 1,
        },
    ),
    "rejected without a reason, for an unknown one, and a reason without rejection": (
        [
            lambda d: added(d, calls=[rows.rejected("x", reason="?")], recordings=[rows.recording("x")]),
            row("calls", 4, reject_reason=None, status="rejected"),
            row("calls", 0, reject_reason="truncated"),
        ],
        {"calls.reject_reason": 3},
    ),
    "positions outside of the recording or backwards": (
        [
            row("turns", 0, end=60.6), row("turns", 1, start=1.0, end=60.4), row("turns", 2, start=9.0),
            row("events", 0, start=-0.1),
        ],
        {"turns.within_call": 2, "events.within_call": 1},
    ),
    "a key three times is three rows at fault": (
        [lambda d: added(d, turns=[d.turns[0], d.turns[0]])],
        {"turns.unique_number": 3, "calls.turn_count": 1},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", COUNTED)
def test_rows_at_fault_are_counted_one_by_one(tmp_path, case):
    changes, expected = COUNTED[case]
    day = days.clean()
    for change in changes:
        day = change(day)
    with days.opened(day, tmp_path) as connection:
        found = measuring.measure(connection, days.checks())
    wrong = {name: one.number for name, one in found.items() if one.rows is not None and one.number}
    assert wrong == expected
    assert not [one.error for one in found.values() if one.error]


def test_files_without_a_header_are_of_the_same_audio_pipeline_as_the_others(tmp_path):
    day = days.clean().replace("calls", 0, audio_version=f"{days.clean().calls[0].audio_version}+1a2b3c4d")
    with days.opened(day, tmp_path) as connection:
        assert measuring.measure(connection, days.checks())["day.audio_versions"].number == 1


def test_a_pack_may_report_classes_of_its_own_where_its_detector_could_listen(tmp_path):
    day = days.clean().replace("events", 0, class_="siren").replace("events", 1, class_="siren")
    day = day.replace("calls", 0, event_classes={"siren": True}).replace("calls", 1, event_classes={"siren": False})
    with days.opened(day, tmp_path) as connection:
        found = measuring.measure(connection, days.checks())["events.class"]
    assert (found.number, found.samples) == (1, [{"call_id": "c-001", "turn": None, "value": "siren"}])


def test_a_number_that_threads_added_is_the_same_each_time(tmp_path):
    day = days.clean()
    turns = [dataclasses.replace(turn, confidence=0.1 * (number % 7)) for number, turn in enumerate(day.turns)]
    seen = set()
    for order in (turns, turns[::-1]):
        with days.opened(dataclasses.replace(day, turns=order), tmp_path) as connection:
            seen.add(measuring.measure(connection, days.checks())["day.mean_confidence"].number)
    assert len(seen) == 1
    assert seen.pop() == pytest.approx(sum(t.confidence for t in turns) / len(turns))
