"""Silence, answers, interruptions, pace and loudness."""

import pytest

from qc_rules.conditions import Extent, Point, Scope
from qc_rules.operators.bounds import Bound
from qc_rules.operators.interruption import Interruption
from qc_rules.operators.loudness import Loudness
from qc_rules.operators.response_latency import ResponseLatency
from qc_rules.operators.silence import Silence
from qc_rules.operators.speech_rate import SpeechRate, units
from tests.qc_rules.operators.talk import AGENT, CUSTOMER, READABLE, answer, call, event, turn, verdict

ASKED = [turn("a", 0, 2, "请稍等"), turn("c", 12, 14), turn("c", 24, 26), turn("a", 31, 33)]
"""Silences of 10, 10, 5 and, after the last, 27 seconds."""


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        (Silence(10), "hit"),
        (Silence(10.1), "clear"),
        (Silence(10, at_least=2), "hit"),
        (Silence(10, at_least=3), "clear"),
        (Silence(10, at_least=3, edges=True), "hit"),
        (Silence(20, edges=True), "hit"),
        (Silence(20), "clear"),
        (Silence(5, between="different", at_least=2), "hit"),
        (Silence(5, between="different", at_least=3), "clear"),
        (Silence(5, between="same"), "hit"),
        (Silence(5, between="same", at_least=2), "clear"),
        (Silence(20, between="same", edges=True), "clear"),
        (Silence(10, except_after=("请稍等",)), "clear"),
        (Silence(10, except_after=("请稍等",), except_within=1), "hit"),
        (Silence(10, except_after=("one moment",)), "hit"),
    ],
)
def test_dead_air(operator, expected):
    assert verdict(operator, call(*ASKED)) == expected


def test_a_sound_breaks_a_silence():
    talk = [turn("a", 0, 2), turn("c", 12, 14)]
    assert verdict(Silence(8), call(*talk, event("cough", 5, 6))) == "clear"
    assert verdict(Silence(8), call(*talk, event("silence", 5, 6))) == "hit"
    assert verdict(Silence(8), call(*talk, turn("a", 3, 4))) == "hit"


def test_a_pause_inside_a_turn_is_a_silence_of_one_side():
    paused = call(turn("?", 0, 30, spoken=((0, 5), (20, 30))))
    assert verdict(Silence(15, between="same"), paused) == "hit"
    assert verdict(Silence(15, between="different"), paused) == "clear"


@pytest.mark.parametrize(
    ("operator", "scope", "parts", "expected"),
    [
        (Silence(5), AGENT, [turn("a", 0, 2), turn("c", 9, 10)], "hit"),
        (Silence(5), CUSTOMER, [turn("a", 0, 2), turn("c", 9, 10)], "clear"),
        (Silence(5), AGENT, [turn("?", 0, 2), turn("c", 9, 10)], "unknown"),
        (Silence(5, between="different"), Scope(), [turn("?", 0, 2), turn("c", 9, 10)], "unknown"),
        (Silence(5, between="same"), Scope(), [turn("?", 0, 2, speaker="v"), turn("?", 9, 10, speaker="v")], "hit"),
        (Silence(5, between="same"), Scope(), [turn("?", 0, 2, speaker="v"), turn("?", 9, 10, speaker="w")], "unknown"),
        (Silence(5, except_after=("请",)), READABLE, [turn("a", 0, 2, "x", confidence=0), turn("c", 9, 10)], "unknown"),
        (Silence(5), Scope(), [], "clear"),
        (Silence(60, edges=True), Scope(), [], "hit"),
        (Silence(5), Scope(first=Extent(turns=2)), [*ASKED[2:], turn("a", 50, 51)], "hit"),
        (Silence(6), Scope(first=Extent(turns=2)), [*ASKED[2:], turn("a", 50, 51)], "clear"),
        (Silence(5), Scope(first=Extent(turns=1)), [*ASKED[2:], turn("a", 50, 51)], "clear"),
        (Silence(6), Scope(span=(Point(0), Point(8))), ASKED, "hit"),
        (Silence(6.1), Scope(span=(Point(0), Point(8))), ASKED, "clear"),
    ],
)
def test_silences_in_scope(operator, scope, parts, expected):
    assert verdict(operator, call(*parts), scope) == expected


def test_a_silence_is_a_place():
    found = answer(Silence(10), call(*ASKED))
    assert [(match.start, match.end, match.turns) for match in found.matches] == [(2, 12, None), (14, 24, None)]


@pytest.mark.parametrize(
    "values",
    [
        {"seconds": 0},
        {"seconds": 1, "at_least": 0},
        {"seconds": 1, "except_within": 0},
        {"seconds": 1, "between": "both"},
        {"seconds": 1, "except_after": ("",)},
    ],
)
def test_silences_that_make_no_sense_are_refused(values):
    with pytest.raises(ValueError):
        Silence(**values)


ANSWERS = [turn("c", 0, 2), turn("a", 8, 10), turn("c", 11, 13), turn("a", 15, 17), turn("a", 27, 28)]
"""The agent answers after 6 and after 2 seconds, the customer after 1."""


@pytest.mark.parametrize(
    ("operator", "scope", "expected"),
    [
        (ResponseLatency(Bound(at_least=6)), AGENT, "hit"),
        (ResponseLatency(Bound(above=6)), AGENT, "clear"),
        (ResponseLatency(Bound(at_least=2), at_least=2), AGENT, "hit"),
        (ResponseLatency(Bound(above=2), at_least=2), AGENT, "clear"),
        (ResponseLatency(Bound(at_least=6), of="first"), AGENT, "hit"),
        (ResponseLatency(Bound(below=6), of="first"), AGENT, "clear"),
        (ResponseLatency(Bound(at_least=4, at_most=4), of="average"), AGENT, "hit"),
        (ResponseLatency(Bound(above=4), of="average"), AGENT, "clear"),
        (ResponseLatency(Bound(above=1)), CUSTOMER, "clear"),
        (ResponseLatency(Bound(at_least=3, at_most=3), of="average"), Scope(), "hit"),
    ],
)
def test_answers(operator, scope, expected):
    assert verdict(operator, call(*ANSWERS), scope) == expected


@pytest.mark.parametrize("of", ["each", "first", "average"])
@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], "clear"),
        ([turn("a", 0, 2), turn("a", 9, 10)], "clear"),
        ([turn("c", 0, 9), turn("a", 5, 10)], "hit"),
        ([turn("?", 0, 2), turn("a", 2.5, 10)], "unknown"),
        ([turn("?", 0, 2), turn("a", 9, 10)], "clear"),
        ([turn("c", 0, 2), turn("?", 2.5, 10, speaker="")], "unknown"),
    ],
)
def test_quick_answers_of_whom_it_may_be(of, parts, expected):
    assert verdict(ResponseLatency(Bound(below=1), of=of), call(*parts), AGENT) == expected


def test_answers_where_one_more_may_tip_the_mean_or_be_the_first():
    talk = [turn("?", 0, 2, speaker=""), turn("a", 3, 4), turn("c", 5, 6), turn("a", 12, 13)]
    assert verdict(ResponseLatency(Bound(above=5), of="first"), call(*talk), AGENT) == "unknown"
    assert verdict(ResponseLatency(Bound(above=5), of="average"), call(*talk), AGENT) == "unknown"
    assert verdict(ResponseLatency(Bound(above=3), of="average"), call(*talk), AGENT) == "hit"
    assert verdict(ResponseLatency(Bound(at_most=6), of="first"), call(*talk), AGENT) == "hit"
    with pytest.raises(ValueError, match="is about one value"):
        ResponseLatency(Bound(above=5), of="first", at_least=2)
    with pytest.raises(ValueError, match="did you mean each"):
        ResponseLatency(Bound(above=5), of="eech")


def cut_in(who: str = "a", **values) -> list:
    given = {"interrupts": True, "overlap_seconds": 0.8, **values}
    return [turn("c", 0, 5), turn(who, 4, 9, "不是这样的", **{"channel": 0, **given})]


@pytest.mark.parametrize(
    ("operator", "on", "scope", "expected"),
    [
        (Interruption(), call(*cut_in()), AGENT, "hit"),
        (Interruption(), call(*cut_in()), CUSTOMER, "clear"),
        (Interruption(), call(*cut_in(interrupts=False)), AGENT, "clear"),
        (Interruption(seconds=0.8), call(*cut_in()), AGENT, "hit"),
        (Interruption(seconds=0.9), call(*cut_in()), AGENT, "clear"),
        (Interruption(min_chars=5), call(*cut_in()), AGENT, "hit"),
        (Interruption(min_chars=6), call(*cut_in()), AGENT, "clear"),
        (Interruption(min_chars=6), call(*cut_in(confidence=0.1)), READABLE, "unknown"),
        (Interruption(at_least=2), call(*cut_in()), AGENT, "clear"),
        (Interruption(), call(*cut_in("?")), AGENT, "unknown"),
        (Interruption(), call(*cut_in(), channels=1), AGENT, "unknown"),
        (Interruption(), call(*cut_in(), channels=2), AGENT, "hit"),
        (Interruption(), call(turn("a", 0, 1), turn("a", 2, 3), channels=1), AGENT, "clear"),
        (
            Interruption(),
            call(turn("?", 0, 1, speaker="v"), turn("?", 2, 3, speaker="w"), channels=1),
            Scope(),
            "unknown",
        ),
        (Interruption(), call(channels=1), AGENT, "clear"),
        (Interruption(), call(*cut_in(), turn("c", 9, 10, interrupts=True, channel=0), channels=None), AGENT, "hit"),
        (Interruption(), call(turn("c", 0, 5, channel=0), turn("a", 4, 9, interrupts=True)), AGENT, "unknown"),
        (Interruption(), call(turn("a", 0, 2), turn("a", 3, 5, "", interrupts=True), channels=2), AGENT, "hit"),
    ],
)
def test_interruptions(operator, on, scope, expected):
    assert verdict(operator, on, scope) == expected


@pytest.mark.parametrize(("values"), [{"at_least": 0}, {"seconds": -1}, {"min_chars": -1}])
def test_interruptions_that_make_no_sense_are_refused(values):
    with pytest.raises(ValueError, match="is less than"):
        Interruption(**values)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("我要退款", 4),
        ("我的 iPhone手机", 5),
        ("I don't know, OK?", 4),
        ("12378", 5),
        ("号码是***", 6),
        ("もしもし", 4),
        ("안녕 하세요", 5),
        ("café naïve", 2),
        ("，。!", 0),
    ],
)
def test_what_is_counted_is_the_same_in_every_language(text, count):
    assert units(turn("a", 0, 1, text)) == count


TEN = "一二三四五六七八九十"


@pytest.mark.parametrize(
    ("operator", "parts", "scope", "expected"),
    [
        (SpeechRate(Bound(at_least=300)), [turn("a", 0, 2, TEN)], AGENT, "hit"),
        (SpeechRate(Bound(above=300)), [turn("a", 0, 2, TEN)], AGENT, "clear"),
        (SpeechRate(Bound(above=300)), [turn("a", 0, 2, TEN, spoken=((0, 1),))], AGENT, "hit"),
        (SpeechRate(Bound(above=0)), [turn("a", 0, 2, TEN[:9])], AGENT, "clear"),
        (SpeechRate(Bound(above=0)), [turn("a", 2, 2, TEN)], AGENT, "clear"),
        (SpeechRate(Bound(above=0), at_least=2), [turn("a", 0, 2, TEN)], AGENT, "clear"),
        (SpeechRate(Bound(above=0)), [turn("?", 0, 2, TEN)], AGENT, "unknown"),
        (SpeechRate(Bound(above=999)), [turn("?", 0, 2, TEN)], AGENT, "clear"),
        (SpeechRate(Bound(above=0)), [turn("a", 0, 2, "", confidence=0)], READABLE, "unknown"),
        (SpeechRate(Bound(above=0), languages=("en",)), [turn("a", 0, 2, TEN)], AGENT, "clear"),
        (SpeechRate(Bound(above=0), languages=("en",)), [turn("a", 0, 2, TEN, language="unknown")], AGENT, "unknown"),
        (
            SpeechRate(Bound(at_least=200, at_most=200), of="average"),
            [turn("a", 0, 2, TEN), turn("a", 3, 7, TEN)],
            AGENT,
            "hit",
        ),
        (SpeechRate(Bound(above=200), of="average"), [turn("a", 0, 2, TEN), turn("a", 3, 7, TEN)], AGENT, "clear"),
        (SpeechRate(Bound(above=250), of="average"), [turn("a", 0, 2, TEN), turn("?", 3, 7, TEN)], AGENT, "unknown"),
        (SpeechRate(Bound(above=100), of="average"), [turn("a", 0, 2, TEN), turn("?", 3, 7, TEN)], AGENT, "hit"),
        (SpeechRate(Bound(above=100), of="average"), [turn("?", 3, 7, TEN)], AGENT, "unknown"),
        (SpeechRate(Bound(above=100), of="average"), [turn("a", 3, 7, TEN, confidence=0)], READABLE, "unknown"),
        (SpeechRate(Bound(above=0), of="average"), [], AGENT, "clear"),
    ],
)
def test_pace(operator, parts, scope, expected):
    assert verdict(operator, call(*parts), scope) == expected


@pytest.mark.parametrize(
    "values",
    [{"of": "average", "at_least": 2}, {"min_units": 0}, {"languages": ("cn",)}, {"of": "turns"}, {"at_least": 0}],
)
def test_paces_that_make_no_sense_are_refused(values):
    with pytest.raises(ValueError):
        SpeechRate(Bound(above=1), **values)


def levels(*given) -> list:
    return [turn(who, 3 * at, 3 * at + 2, loudness=level) for at, (who, level) in enumerate(given)]


@pytest.mark.parametrize(
    ("operator", "given", "expected"),
    [
        (Loudness(max=Bound(at_least=-15)), [("a", -30), ("a", -15)], "hit"),
        (Loudness(max=Bound(above=-15)), [("a", -30), ("a", -15)], "clear"),
        (Loudness(max=Bound(above=-15)), [("a", -30), ("?", -10)], "unknown"),
        (Loudness(max=Bound(above=-15)), [("a", -30), ("?", -20)], "clear"),
        (Loudness(max=Bound(below=-20)), [("a", -30), ("?", -25)], "hit"),
        (Loudness(max=Bound(below=-20)), [("?", -25)], "unknown"),
        (Loudness(max=Bound(below=-20)), [("?", -15)], "unknown"),
        (Loudness(max=Bound(below=-20)), [("c", -25)], "clear"),
        (Loudness(max=Bound(above=-20)), [("a", 0.0)], "unknown"),
        (Loudness(max=Bound(above=-20)), [("a", float("-inf"))], "unknown"),
        (Loudness(range=Bound(at_least=10)), [("a", -30), ("a", -20)], "hit"),
        (Loudness(range=Bound(above=10)), [("a", -30), ("a", -20)], "clear"),
        (Loudness(range=Bound(above=10)), [("a", -30), ("?", -10)], "unknown"),
        (Loudness(range=Bound(at_most=0)), [("a", -30)], "hit"),
        (Loudness(jump=Bound(at_least=10)), [("a", -30), ("a", -20)], "hit"),
        (Loudness(jump=Bound(above=10)), [("a", -30), ("a", -20)], "clear"),
        (Loudness(jump=Bound(at_least=10)), [("a", -20), ("a", -30)], "clear"),
        (Loudness(jump=Bound(at_least=10)), [("a", -30), ("c", -25), ("a", -20)], "hit"),
        (Loudness(jump=Bound(at_least=10)), [("a", -30), ("?", -25), ("a", -20)], "unknown"),
        (Loudness(jump=Bound(at_least=10)), [("a", -30), ("a", -25), ("a", -20)], "clear"),
        (Loudness(jump=Bound(above=-99)), [("a", -30)], "clear"),
    ],
)
def test_loudness(operator, given, expected):
    assert verdict(operator, call(*levels(*given)), AGENT) == expected


def test_the_evidence_of_loudness_are_the_turns_compared():
    on = call(*levels(("a", -20), ("a", -40), ("a", -10), ("a", -12)))
    assert [match.turns for match in answer(Loudness(max=Bound(above=-15)), on).matches] == [(2, 2)]
    assert [match.turns for match in answer(Loudness(jump=Bound(above=15)), on).matches] == [(1, 2)]
    found = answer(Loudness(range=Bound(above=15)), on).matches
    assert [piece.turn for piece in found[0].evidence] == [1, 2]
    with pytest.raises(ValueError, match="one of max, range, jump"):
        Loudness()
