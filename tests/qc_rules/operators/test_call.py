"""Languages, holds, how a call ends, and what is known of it."""

from datetime import date, datetime

import pytest

from qc_rules.conditions import Point, Scope
from qc_rules.operators.bounds import Bound
from qc_rules.operators.hang_up import HangUp
from qc_rules.operators.hold import Hold
from qc_rules.operators.language import Language
from qc_rules.operators.metadata import Metadata
from tests.qc_rules.operators.talk import AGENT, READABLE, answer, call, event, turn, verdict


def spoken(text: str) -> list:
    """`a:zh c:en ?:zh`: turns of two seconds in these languages."""
    parts = [piece.split(":") for piece in text.split()]
    return [
        turn(who, 3 * at, 3 * at + 2, language={"?": "unknown"}.get(one, one)) for at, (who, one) in enumerate(parts)
    ]


@pytest.mark.parametrize(
    ("operator", "heard", "expected"),
    [
        (Language(any=("en",)), "a:zh a:en", "hit"),
        (Language(any=("en",)), "a:zh c:en", "clear"),
        (Language(any=("en",)), "a:zh a:?", "unknown"),
        (Language(any=("en",)), "?:en", "unknown"),
        (Language(any=("en",)), "a:nospeech", "clear"),
        (Language(any=("en", "zh"), at_least=2), "a:zh a:en", "hit"),
        (Language(any=("en",), at_least=2), "a:zh a:en", "clear"),
        (Language(any=("en",), share=Bound(at_least=0.5)), "a:zh a:en a:nospeech", "hit"),
        (Language(any=("en",), share=Bound(above=0.5)), "a:zh a:en", "clear"),
        (Language(any=("en",), share=Bound(above=0.5)), "a:en a:?", "unknown"),
        (Language(any=("en",), share=Bound(below=0.5)), "a:zh a:zh a:?", "hit"),
        (Language(any=("en",), share=Bound(below=0.5)), "", "clear"),
        (Language(any=("en",), share=Bound(below=0.5)), "a:zh ?:en", "unknown"),
        (Language(mix=2), "a:zh a:en", "hit"),
        (Language(mix=2), "a:zh a:zh c:en", "clear"),
        (Language(mix=2), "a:zh a:?", "unknown"),
        (Language(mix=2), "a:?", "clear"),
        (Language(mix=2), "a:zh ?:en", "unknown"),
        (Language(mix=3), "a:zh a:en ?:yue", "unknown"),
        (Language(mix=2, any=("zh", "yue")), "a:zh a:en", "clear"),
        (Language(mix=2, any=("zh", "yue")), "a:zh a:yue", "hit"),
    ],
)
def test_languages(operator, heard, expected):
    assert verdict(operator, call(*spoken(heard)), AGENT) == expected


def test_short_turns_and_ones_not_understood_tell_no_language():
    short = call(turn("a", 0, 2, "ok", language="en"))
    assert verdict(Language(any=("en",), min_chars=2), short) == "hit"
    assert verdict(Language(any=("en",), min_chars=3), short) == "clear"
    unread = call(turn("a", 0, 2, "okay", language="en", confidence=0.1))
    assert verdict(Language(any=("en",)), unread, READABLE) == "unknown"
    assert verdict(Language(any=("en",), share=Bound(above=0.5), min_chars=3), unread, READABLE) == "unknown"
    assert verdict(Language(mix=2), call(*unread.turns, *spoken("a:zh")), READABLE) == "unknown"
    found = answer(Language(mix=2), call(*spoken("a:zh c:en a:zh")))
    assert [match.evidence[0].text for match in found.matches] == ["zh: some words", "en: some words"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "any is empty"),
        ({"any": ("cn",)}, "is not known"),
        ({"mix": 1}, "mix = 1 is not a number of languages from 2 to 5"),
        ({"mix": 3, "any": ("zh", "en")}, "from 2 to 2"),
        ({"mix": 2, "share": Bound(above=0)}, "one of them"),
        ({"any": ("zh",), "share": Bound(above=0), "at_least": 2}, "counts turns"),
        ({"any": ("zh",), "at_least": 0}, "at_least = 0"),
        ({"any": ("zh",), "min_chars": -1}, "min_chars"),
    ],
)
def test_languages_that_make_no_sense_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        Language(**values)


ENDS = [turn("a", 0, 10), turn("c", 50, 55)]


@pytest.mark.parametrize(
    ("operator", "parts", "expected"),
    [
        (HangUp(last_speaker="customer"), ENDS, "hit"),
        (HangUp(last_speaker="agent"), ENDS, "clear"),
        (HangUp(last_speaker="agent"), [*ENDS, turn("?", 56, 57)], "unknown"),
        (HangUp(gap=Bound(at_most=3)), [*ENDS, turn("?", 56, 57)], "hit"),
        (HangUp(gap=Bound(at_least=5)), ENDS, "hit"),
        (HangUp(gap=Bound(below=5)), ENDS, "clear"),
        (HangUp(gap=Bound(at_most=1)), [*ENDS, event("busy", 56, 60)], "hit"),
        (HangUp(gap=Bound(at_most=1)), [*ENDS, event("busy", 20, 30), event("bgm", 56, 60)], "clear"),
        (HangUp(gap=Bound(at_most=1)), [*ENDS, event("busy", 55, 60)], "hit"),
        (HangUp(last_speaker="agent", gap=Bound(at_least=5)), [*ENDS, turn("a", 52, 54)], "clear"),
        (HangUp(last_speaker="customer"), [*ENDS, turn("a", 56, 57, " "), turn("a", 57, 58, announcement=True)], "hit"),
        (HangUp(last_speaker="customer", gap=Bound(above=9)), [turn("?", 0, 55)], "clear"),
        (HangUp(gap=Bound(at_least=0)), [], "clear"),
        (HangUp(gap=Bound(at_most=0)), [turn("a", 0, 70)], "hit"),
    ],
)
def test_how_the_call_ends(operator, parts, expected):
    assert verdict(operator, call(*parts)) == expected


def test_ends_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="one of last_speaker and gap"):
        HangUp()
    with pytest.raises(ValueError, match="did you mean agent"):
        HangUp(last_speaker="agents")


HEARS = frozenset({"hold_music"})
PHRASE = Hold(phrases=("请稍等",))
TWO = Hold(phrases=("请稍等",), count=Bound(at_least=2))
WAITS = [turn("a", 0, 2, "请稍等"), turn("c", 3, 4, "好的"), turn("a", 20, 22)]


def music(start: float, end: float):
    return event("hold_music", start, end)


@pytest.mark.parametrize(
    ("operator", "parts", "expected"),
    [
        (Hold(), [music(0, 5)], "hit"),
        (Hold(), [], "clear"),
        (Hold(total=Bound(at_least=10)), [music(0, 5), music(20, 25)], "hit"),
        (Hold(total=Bound(above=10)), [music(0, 5), music(20, 25)], "clear"),
        (Hold(longest=Bound(at_least=6)), [music(0, 5), music(20, 26)], "hit"),
        (Hold(longest=Bound(above=6)), [music(0, 5), music(20, 26)], "clear"),
        (Hold(count=Bound(at_least=2)), [music(0, 5), music(20, 26)], "hit"),
        (Hold(count=Bound(at_least=2)), [music(0, 5), music(7, 12)], "clear"),
        (Hold(count=Bound(at_least=2)), [music(0, 5), music(7.1, 12)], "hit"),
        (Hold(count=Bound(below=2), total=Bound(above=4)), [music(0, 5)], "hit"),
        (Hold(), WAITS, "clear"),
        (PHRASE, WAITS, "hit"),
        (Hold(phrases=("请稍等",), min_seconds=16), WAITS, "hit"),
        (Hold(phrases=("请稍等",), min_seconds=16.1), WAITS, "clear"),
        (PHRASE, [turn("a", 0, 2), *WAITS[1:]], "clear"),
        (PHRASE, [WAITS[0], turn("a", 5, 6), turn("a", 40, 42)], "clear"),
        (Hold(total=Bound(at_least=16, at_most=16), phrases=("请稍等",)), [*WAITS, music(5, 19)], "hit"),
        (PHRASE, [turn("?", 0, 2, "请稍等"), *WAITS[1:]], "unknown"),
        (PHRASE, [turn("c", 0, 2, "请稍等"), *WAITS[1:]], "clear"),
        (PHRASE, [WAITS[0], turn("?", 3, 4), turn("c", 40, 41), turn("a", 42, 43)], "unknown"),
        (TWO, [music(0, 3), turn("a", 3, 4, "请稍等"), music(16, 20), turn("a", 20, 21)], "clear"),
        (TWO, [music(0, 3), turn("?", 3, 4, "请稍等"), music(16, 20), turn("a", 20, 21)], "unknown"),
        (TWO, [music(0, 3), turn("a", 3, 4), music(16, 20), turn("a", 20, 21)], "hit"),
        (TWO, [music(0, 3), turn("?", 23, 24, "请稍等")], "unknown"),
        (TWO, [turn("?", 23, 24, "请稍等")], "clear"),
    ],
)
def test_holds_that_are_heard(operator, parts, expected):
    assert verdict(operator, call(*parts, event_classes=HEARS), AGENT) == expected


@pytest.mark.parametrize(
    ("operator", "seconds", "parts", "hears", "expected"),
    [
        (Hold(), 0, [music(0, 5)], True, "clear"),
        (Hold(), 20, [], True, "hit"),
        (Hold(), None, [], False, "unknown"),
        (Hold(), 20, [], False, "hit"),
        (Hold(), 0, [], False, "clear"),
        (Hold(total=Bound(above=60)), None, [], False, "clear"),
        (Hold(total=Bound(above=59)), None, [], False, "unknown"),
        (Hold(total=Bound(above=15)), 20, [music(0, 5)], True, "hit"),
        (Hold(total=Bound(above=25)), 20, [], False, "clear"),
        (Hold(longest=Bound(above=25)), 20, [], False, "clear"),
        (Hold(longest=Bound(above=15)), 20, [], False, "unknown"),
        (Hold(longest=Bound(above=15)), 20, [music(0, 5)], True, "clear"),
        (Hold(longest=Bound(above=15)), 20, [], True, "unknown"),
        (Hold(count=Bound(at_least=2)), 20, [], True, "unknown"),
        (Hold(count=Bound(at_least=2)), 20, [music(0, 5), music(9, 20)], True, "hit"),
        (Hold(total=Bound(above=15)), True, [], True, "clear"),
    ],
)
def test_holds_that_the_telephone_system_reports(operator, seconds, parts, hears, expected):
    on = call(*parts, metadata={"hold_seconds": seconds}, event_classes=HEARS if hears or parts else set())
    assert verdict(operator, on) == expected


def test_what_the_telephone_system_reports_is_of_the_whole_call():
    half = Scope(span=(Point(0.5, share=True), Point(1, share=True)))
    on = call(music(0, 5), metadata={"hold_seconds": 20}, event_classes=HEARS)
    assert verdict(Hold(), on, half) == "clear"
    misheard = call(turn("a", 0, 2, "x", confidence=0.1), turn("a", 20, 21), event_classes=HEARS)
    assert verdict(PHRASE, misheard, READABLE) == "unknown"
    silent = answer(Hold(longest=Bound(above=15)), call(metadata={"hold_seconds": 20}, event_classes=HEARS))
    assert silent.reason == "hold_seconds says only how long in all"
    with pytest.raises(ValueError, match="min_seconds"):
        Hold(min_seconds=-1)


FACTS = {
    "queue": "claims", "satisfaction": 2.0, "vip": True, "team": None, "started_at": datetime(2026, 1, 5, 9, 1),
    "campaign": "7",
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "op", "value", "expected"),
    [
        ("queue", "==", "claims", "hit"),
        ("queue", "!=", "claims", "clear"),
        ("queue", "in", ("claims", "sales"), "hit"),
        ("queue", "not in", ("sales",), "hit"),
        ("satisfaction", "<=", 2, "hit"),
        ("satisfaction", "<", 2, "clear"),
        ("satisfaction", ">=", 2, "hit"),
        ("satisfaction", ">", 2, "clear"),
        ("vip", "==", True, "hit"),
        ("vip", "==", 1, "unknown"),
        ("started_at", ">=", date(2026, 1, 5), "hit"),
        ("started_at", "<", date(2026, 1, 5), "clear"),
        ("team", "==", "north", "unknown"),
        ("region", "!=", "north", "unknown"),
        ("campaign", ">", 3, "unknown"),
    ],
)
def test_metadata(field, op, value, expected):
    assert verdict(Metadata(field=field, op=op, value=value), call(metadata=FACTS)) == expected


def test_a_number_is_not_the_truth_value_that_python_takes_it_for():
    one, true = Metadata(field="vip", value=1), Metadata(field="vip", value=True)
    assert one != true
    assert true == Metadata(field="vip", value=True, op="==")
    assert hash(true) == hash(Metadata(field="vip", value=True))


def test_the_reason_names_the_field():
    found = answer(Metadata(field="quene", value="claims"), call(metadata=FACTS))
    assert found.reason == "this call's metadata have no quene; did you mean queue?"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"field": "", "value": 1}, "field is empty"),
        ({"field": "queue", "op": "=", "value": 1}, "op = '=' is not known"),
        ({"field": "queue", "op": "in", "value": "a"}, "takes a list of values"),
        ({"field": "queue", "value": ("a",)}, "takes one value"),
        ({"field": "queue", "op": "<", "value": "a"}, "has no order"),
        ({"field": "queue", "op": ">=", "value": True}, "has no order"),
    ],
)
def test_metadata_that_make_no_sense_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        Metadata(**values)
