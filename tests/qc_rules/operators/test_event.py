"""What is heard besides words: so often, for such a share of the time, over so many segments in a row."""

import dataclasses

import pytest

from qc_rules.conditions import Scope
from qc_rules.conditions.scope import Extent
from qc_rules.operators.bounds import Bound
from qc_rules.operators.event import Event
from qc_rules.operators.tone import Tone
from tests.qc_rules.operators.talk import AGENT, READABLE, answer, call, event, turn, verdict

COUGHS = Event(any=("cough",), at_least=3)
HALF = Event(any=("music", "tones"), share=Bound(above=0.5))
MUSIC = Event(any=("bgm",), share=Bound(at_least=0.6), in_a_row=3)
EVERYTHING = frozenset(
    {"bgm", "hold_music", "cough", "ringback", "busy", "congestion", "empty_number", "dial", "long_distance", "howler"}
)


def coughs(who: str) -> list:
    return [event("cough", 5 * at, 5 * at + 1, one) for at, one in enumerate(who)]


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("aaa", "hit"),
        ("aac", "clear"),
        ("aa?", "unknown"),
        ("a??", "unknown"),
        ("a?c", "clear"),
        ("", "clear"),
        ("aaa?", "hit"),
    ],
)
def test_the_agent_coughs_three_times(who, expected):
    assert verdict(COUGHS, call(*coughs(who)), AGENT) == expected


def test_what_no_detector_reports_may_have_happened_any_number_of_times():
    yawns = Event(any=("yawn", "cough"), at_least=2)
    found = answer(yawns, call(*coughs("a")), AGENT)
    assert (found.truth, found.reason) == (None, "no installed detector reports yawn")
    assert verdict(yawns, call(*coughs("aa")), AGENT) == "hit"
    assert verdict(yawns, call(event_classes={"yawn", "cough"})) == "clear"
    share = Event(any=("yawn",), share=Bound(below=0.1))
    assert verdict(share, call()) == "unknown"


def test_events_outside_the_window_do_not_count():
    first = Scope(first=Extent(seconds=8))
    assert verdict(Event(any=("cough",), at_least=2), call(*coughs("aaa")), first) == "hit"
    assert verdict(COUGHS, call(*coughs("aaa")), first) == "clear"


def test_a_tag_of_the_model_counts_where_no_event_says_the_same():
    tagged = turn("a", 10, 12, event_tags=("cough",))
    assert verdict(COUGHS, call(*coughs("aa"), tagged)) == "hit"
    assert verdict(COUGHS, call(*coughs("aaa")[:2], event("cough", 10.5, 11), tagged)) == "hit"
    assert verdict(COUGHS, call(event("cough", 0, 1), event("cough", 10, 12), tagged)) == "clear"
    assert verdict(COUGHS, call(*coughs("aa"), dataclasses.replace(tagged, confidence=0.1)), READABLE) == "unknown"


@pytest.mark.parametrize(
    ("parts", "duration", "expected"),
    [
        ([event("bgm", 0, 20), event("busy", 10, 31)], 60, "hit"),
        ([event("bgm", 0, 20), event("busy", 10, 30)], 60, "clear"),
        ([event("bgm", 0, 20), event("hold_music", 0, 20, "c")], 40, "clear"),
        ([event("bgm", 0, 99)], 10, "hit"),
        ([], 0, "clear"),
    ],
)
def test_what_several_cover_counts_once_in_a_share(parts, duration, expected):
    assert verdict(HALF, call(*parts, duration=duration, event_classes=EVERYTHING)) == expected


def test_seconds_and_unknown_channels():
    long = Event(any=("bgm",), seconds=Bound(at_least=10))
    assert verdict(long, call(event("bgm", 0, 10))) == "hit"
    assert verdict(long, call(event("bgm", 0, 9.9))) == "clear"
    assert verdict(long, call(event("bgm", 0, 5), event("bgm", 6, 12, "?")), AGENT) == "unknown"
    assert verdict(long, call(event("bgm", 0, 5), event("bgm", 6, 12, "c")), AGENT) == "clear"


def test_an_event_without_a_score_may_be_too_unsure():
    sure = Event(any=("cough",), min_score=0.5)
    for score, expected in ((0.5, "hit"), (0.4, "clear"), (None, "unknown")):
        assert verdict(sure, call(event("cough", 0, 1, score=score))) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([event("bgm", 0, 30), turn("a", 1, 3), turn("a", 5, 7), turn("a", 9, 11)], "hit"),
        ([event("bgm", 0, 6), turn("a", 1, 3), turn("a", 5, 7), turn("a", 9, 11)], "clear"),
        ([event("bgm", 0, 30), turn("a", 1, 3), turn("a", 5, 7)], "clear"),
        ([event("bgm", 0, 4), event("bgm", 5, 9), turn("a", 10, 11)], "hit"),
        ([event("bgm", 0, 3), turn("c", 1, 3), turn("c", 5, 7), turn("c", 9, 11)], "clear"),
        ([event("bgm", 0, 30), turn("a", 1, 3), turn("?", 5, 7), turn("a", 9, 11), turn("c", 13, 20)], "unknown"),
    ],
)
def test_music_over_three_segments_in_a_row(parts, expected):
    scope = AGENT if any(getattr(part, "role", "") == "unknown" for part in parts) else Scope()
    assert verdict(MUSIC, call(*parts), scope) == expected


def test_segments_of_what_no_detector_reports_are_unknown():
    talk = [turn("a", 1, 3), turn("a", 5, 7), turn("a", 9, 11)]
    assert verdict(MUSIC, call(*talk, event_classes=set())) == "unknown"
    assert verdict(MUSIC, call(event_classes=set())) == "clear"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "name the classes"),
        ({"any": ("",)}, "name the classes"),
        ({"any": ("cough",), "at_least": 0}, "at_least = 0"),
        ({"any": ("cough",), "min_score": 2}, "min_score"),
        ({"any": ("cough",), "in_a_row": 3}, "needs a share"),
        ({"any": ("cough",), "share": Bound(above=0), "seconds": Bound(above=0)}, "one of them"),
        ({"any": ("cough",), "share": Bound(above=0), "at_least": 2}, "counts; a share"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        Event(**values)


@pytest.mark.parametrize(
    ("operator", "parts", "expected"),
    [
        (Tone(), [event("busy", 0, 5)], "hit"),
        (Tone(), [event("bgm", 0, 5)], "clear"),
        (Tone(any=("ringback",)), [event("busy", 0, 5)], "clear"),
        (Tone(any=("busy",), at_least=2), [event("busy", 0, 5), event("busy", 9, 12)], "hit"),
        (Tone(any=("busy",), share=Bound(at_least=0.5)), [event("busy", 0, 30)], "hit"),
        (Tone(any=("busy",), share=Bound(above=0.5)), [event("busy", 0, 30)], "clear"),
        (Tone(any=("announcement",)), [turn("c", 0, 5, announcement=True)], "hit"),
        (Tone(any=("announcement",)), [turn("c", 0, 5)], "clear"),
        (
            Tone(any=("announcement", "busy"), seconds=Bound(at_least=10)),
            [turn("c", 0, 5, announcement=True), event("busy", 3, 10)],
            "hit",
        ),
    ],
)
def test_tones_and_announcements(operator, parts, expected):
    assert verdict(operator, call(*parts)) == expected


def test_tones_that_cannot_be_told():
    assert verdict(Tone(any=("busy",)), call(event_classes=set())) == "unknown"
    assert verdict(Tone(any=("busy",)), call(event("busy", 0, 5, "?")), AGENT) == "unknown"
    assert verdict(Tone(any=("announcement",)), call(turn("?", 0, 5, announcement=True)), AGENT) == "unknown"
    with pytest.raises(ValueError, match="did you mean ringback"):
        Tone(any=("ring_back",))
