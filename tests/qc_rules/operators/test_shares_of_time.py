"""How long a call is, how much is said, who says it, and how long nobody says anything."""

import dataclasses

import pytest

from qc_rules.conditions import Point, Scope
from qc_rules.operators.bounds import Bound
from qc_rules.operators.call_state import CallState
from qc_rules.operators.duration import Duration
from qc_rules.operators.non_talk import NonTalk
from qc_rules.operators.talk_ratio import TalkRatio
from qc_rules.operators.turn_count import TurnCount
from tests.qc_rules.operators.talk import AGENT, READABLE, answer, call, event, turn, verdict

HALF = Scope(span=(Point(0.5, share=True), Point(1, share=True)))


@pytest.mark.parametrize(
    ("bound", "duration", "expected"),
    [
        (Bound(below=15), 14.9, "hit"),
        (Bound(below=15), 15, "clear"),
        (Bound(at_most=15), 15, "hit"),
        (Bound(above=0), 0, "clear"),
    ],
)
def test_duration(bound, duration, expected):
    assert verdict(Duration(bound), call(duration=duration)) == expected


def test_duration_of_a_part_of_the_call():
    assert verdict(Duration(Bound(at_most=30)), call(duration=60), HALF) == "hit"
    assert verdict(Duration(Bound(below=30)), call(duration=60), HALF) == "clear"


FEW = TurnCount(characters=Bound(below=10))
CLEAN = TurnCount(turns=Bound(at_least=2), min_chars=1, without=("bgm",))


@pytest.mark.parametrize(
    ("operator", "parts", "scope", "expected"),
    [
        (FEW, [turn("a", 0, 2, "您好，喂"), turn("c", 3, 5, "ok 123")], Scope(), "hit"),
        (FEW, [turn("a", 0, 2, "您好，喂"), turn("c", 3, 5, "okay 123")], Scope(), "clear"),
        (FEW, [], Scope(), "hit"),
        (FEW, [turn("a", 0, 2, "喂", confidence=0.1)], READABLE, "unknown"),
        (FEW, [turn("a", 0, 2, "这是一句十个字以上的话")], READABLE, "clear"),
        (FEW, [turn("?", 0, 2, "这是一句十个字以上的话")], AGENT, "unknown"),
        (FEW, [turn("?", 0, 2, "喂")], AGENT, "hit"),
        (TurnCount(turns=Bound(below=2)), [turn("a", 0, 2), turn("c", 3, 4)], AGENT, "hit"),
        (TurnCount(turns=Bound(below=2)), [turn("a", 0, 2), turn("?", 3, 4)], AGENT, "unknown"),
        (TurnCount(turns=Bound(below=1)), [turn("a", 0, 2), turn("?", 3, 4)], AGENT, "clear"),
        (CLEAN, [turn("a", 0, 2), turn("c", 3, 4)], Scope(), "hit"),
        (CLEAN, [turn("a", 0, 2), turn("c", 3, 4, "")], Scope(), "clear"),
        (CLEAN, [turn("a", 0, 2), turn("c", 3, 4), event("bgm", 0, 1)], Scope(), "clear"),
        (
            CLEAN,
            [turn("a", 0, 2), turn("c", 3, 4), event("bgm", 2, 3), event("bgm", 0, 9, "a", channel=7)],
            Scope(),
            "hit",
        ),
        (CLEAN, [turn("a", 0, 2), turn("c", 3, 4, event_tags=("bgm",))], Scope(), "clear"),
        (TurnCount(turns=Bound(at_most=1), characters=Bound(above=3)), [turn("a", 0, 2, "喂喂喂喂")], Scope(), "hit"),
        (TurnCount(turns=Bound(at_most=1), characters=Bound(above=4)), [turn("a", 0, 2, "喂喂喂喂")], Scope(), "clear"),
    ],
)
def test_turns_and_characters_are_counted(operator, parts, scope, expected):
    assert verdict(operator, call(*parts), scope) == expected


def test_turns_with_what_no_detector_reports_are_not_known_to_be_free_of_it():
    assert verdict(CLEAN, call(turn("a", 0, 2), turn("c", 3, 4), event_classes=set())) == "unknown"
    assert verdict(CLEAN, call(turn("a", 0, 2), event_classes=set())) == "clear"
    with pytest.raises(ValueError, match="one of turns and characters"):
        TurnCount(min_chars=2)


IDLE = [turn("a", 0, 10), turn("c", 20, 30), event("bgm", 30, 45), event("busy", 50, 60)]
LOUD = frozenset(
    {"bgm", "hold_music", "busy", "ringback", "congestion", "empty_number", "dial", "long_distance", "howler"}
)


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        (NonTalk(total=Bound(at_least=40)), "hit"),
        (NonTalk(total=Bound(above=40)), "clear"),
        (NonTalk(longest=Bound(at_least=30)), "hit"),
        (NonTalk(longest=Bound(above=30)), "clear"),
        (NonTalk(share=Bound(above=0.66)), "hit"),
        (NonTalk(share=Bound(above=0.67)), "clear"),
        (NonTalk(total=Bound(at_least=15, at_most=15), of=("silence",)), "hit"),
        (NonTalk(total=Bound(at_least=15, at_most=15), of=("music",)), "hit"),
        (NonTalk(total=Bound(at_least=25, at_most=25), of=("music", "tones")), "hit"),
        (NonTalk(total=Bound(at_least=40, at_most=40), of=("silence", "music", "tones")), "hit"),
        (NonTalk(longest=Bound(at_least=10, at_most=10), of=("tones",)), "hit"),
        (NonTalk(total=Bound(at_most=0), of=("busy",)), "clear"),
    ],
)
def test_time_in_which_nobody_talks(operator, expected):
    assert verdict(operator, call(*IDLE, event_classes=LOUD)) == expected


def test_time_in_which_nobody_talks_and_what_is_not_known_of_it():
    deaf = call(*IDLE, event_classes={"bgm"})
    assert verdict(NonTalk(total=Bound(above=10), of=("hold_music", "bgm")), deaf) == "hit"
    assert verdict(NonTalk(total=Bound(above=20), of=("hold_music", "bgm")), deaf) == "unknown"
    assert verdict(NonTalk(longest=Bound(above=70), of=("hold_music",)), deaf) == "clear"
    assert verdict(NonTalk(share=Bound(above=0.5), of=("hold_music",)), deaf) == "unknown"
    assert verdict(NonTalk(total=Bound(at_least=10, at_most=20)), call(*IDLE), HALF) == "clear"
    assert verdict(NonTalk(total=Bound(at_least=30, at_most=30)), call(*IDLE), HALF) == "hit"


def test_pauses_inside_a_turn_are_no_talk():
    paused = call(turn("a", 0, 60, spoken=((0, 20), (40, 60))))
    assert verdict(NonTalk(longest=Bound(at_least=20)), paused) == "hit"
    assert verdict(NonTalk(total=Bound(above=20)), paused) == "clear"


def test_an_empty_recording_is_all_silence():
    empty = call(duration=0)
    assert verdict(NonTalk(share=Bound(at_least=1)), empty) == "hit"
    assert verdict(NonTalk(share=Bound(at_least=1), of=("silence", "bgm")), empty) == "hit"
    assert verdict(NonTalk(share=Bound(above=0), of=("bgm",)), empty) == "clear"
    assert verdict(NonTalk(total=Bound(above=0)), empty) == "clear"


@pytest.mark.parametrize("values", [{}, {"total": Bound(above=1), "share": Bound(above=0.1)}])
def test_non_talk_needs_one_measure(values):
    with pytest.raises(ValueError, match="one of total, longest, share is needed"):
        NonTalk(**values)


TALK = [turn("a", 0, 30), turn("c", 30, 40)]


@pytest.mark.parametrize(
    ("operator", "parts", "expected"),
    [
        (TalkRatio(share=Bound(at_least=0.75)), TALK, "hit"),
        (TalkRatio(share=Bound(above=0.75)), TALK, "clear"),
        (TalkRatio(share=Bound(at_least=0.5), of="call"), TALK, "hit"),
        (TalkRatio(share=Bound(above=0.5), of="call"), TALK, "clear"),
        (TalkRatio(seconds=Bound(at_least=30)), TALK, "hit"),
        (TalkRatio(seconds=Bound(above=30)), TALK, "clear"),
        (TalkRatio(share=Bound(above=0.75)), [*TALK, turn("?", 40, 50)], "unknown"),
        (TalkRatio(share=Bound(above=0.85)), [*TALK, turn("?", 40, 50)], "clear"),
        (TalkRatio(share=Bound(at_least=0.6)), [*TALK, turn("?", 40, 50)], "hit"),
        (TalkRatio(seconds=Bound(above=30)), [*TALK, turn("?", 40, 50)], "unknown"),
        (TalkRatio(share=Bound(above=0)), [], "clear"),
        (TalkRatio(share=Bound(below=0.5)), [], "clear"),
        (TalkRatio(share=Bound(below=0.5)), [turn("c", 0, 9)], "hit"),
        (TalkRatio(share=Bound(at_least=1)), [turn("a", 0, 9), turn("c", 9, 20, announcement=True)], "hit"),
        (TalkRatio(share=Bound(above=0.5)), [turn("a", 0, 20, spoken=((0, 5),)), turn("c", 20, 26)], "clear"),
    ],
)
def test_the_agent_talks_so_much(operator, parts, expected):
    assert verdict(operator, call(*parts), AGENT) == expected


def test_talk_in_a_part_of_the_call_is_measured_there():
    assert (
        verdict(TalkRatio(seconds=Bound(at_most=0)), call(*TALK, duration=80), dataclasses.replace(HALF, role="agent"))
        == "hit"
    )
    assert verdict(TalkRatio(share=Bound(above=0), of="call"), call(duration=0), AGENT) == "clear"
    with pytest.raises(ValueError, match="given together"):
        TalkRatio(share=Bound(above=0.1), seconds=Bound(above=1))
    with pytest.raises(ValueError, match="did you mean talk"):
        TalkRatio(share=Bound(above=0.1), of="talks")


def test_call_states():
    dead = CallState(any=("empty_number", "powered_off"))
    assert verdict(dead, call(call_state="powered_off")) == "hit"
    assert verdict(dead, call(call_state="busy")) == "clear"
    assert verdict(dead, call()) == "clear"
    assert answer(dead, call(event_classes=set())).reason == "no installed detector reports empty_number"
    assert verdict(CallState(any=("powered_off",)), call(event_classes=set())) == "clear"
    with pytest.raises(ValueError, match="did you mean empty_number"):
        CallState(any=("emtpy_number",))
    with pytest.raises(ValueError, match="any is empty"):
        CallState(any=())
