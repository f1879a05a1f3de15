"""What is not known may be anything: an operator that answers must be right whatever it turns out to be.

A random call has turns of unknown role, emotion and language. Each way to fill them in makes a call of which everything
is known. Where the operator says yes (no) of the first, it must say so of all the others; and where it cannot tell,
some of them must say yes and others no: else it could have told.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qc_rules import Call, Turn
from qc_rules.call import Event
from qc_rules.conditions import Scope
from qc_rules.operators import Operator
from qc_rules.operators.absent import Absent
from qc_rules.operators.bounds import Bound
from qc_rules.operators.echo import Echo
from qc_rules.operators.emotion import Emotion
from qc_rules.operators.emotion_shift import EmotionShift
from qc_rules.operators.event import Event as HearsEvent
from qc_rules.operators.hang_up import HangUp
from qc_rules.operators.hold import Hold
from qc_rules.operators.interruption import Interruption
from qc_rules.operators.keyword import Keyword
from qc_rules.operators.language import Language
from qc_rules.operators.loudness import Loudness
from qc_rules.operators.question_answer import QuestionAnswer
from qc_rules.operators.repeat import Repeat
from qc_rules.operators.response_latency import ResponseLatency
from qc_rules.operators.sequence import Sequence
from qc_rules.operators.silence import Silence
from qc_rules.operators.speech_rate import SpeechRate
from qc_rules.operators.talk_ratio import TalkRatio
from qc_rules.operators.turn_count import TurnCount
from tests.qc_rules.operators.talk import AGENT, answer, call, event, turn

EXACT = [
    Emotion(any=("happy",)),
    Emotion(any=("happy",), at_least=2),
    Emotion(any=("happy",), share=Bound(below=0.5)),
    Emotion(any=("happy",), share=Bound(at_least=0.5), of="seconds"),
    EmotionShift(from_=("happy",), to=("angry",)),
    EmotionShift(path=(("happy",), ("angry",), ("happy",))),
    HearsEvent(any=("cough",), at_least=2),
    HearsEvent(any=("cough",), share=Bound(above=0.05)),
    Interruption(),
    Interruption(at_least=2),
    Language(any=("en",)),
    Language(any=("en",), share=Bound(above=0.5)),
    Language(mix=2),
    Loudness(max=Bound(above=-22)),
    TalkRatio(seconds=Bound(above=4)),
    TurnCount(turns=Bound(at_least=2, at_most=3)),
    TurnCount(characters=Bound(below=10)),
    HangUp(last_speaker="agent"),
    Keyword(any=("请稍等",)),
    Absent(Keyword(any=("请稍等",))),
]
"""Unknown only where it could not be told."""
SOUND = [
    *EXACT,
    Emotion(any=("happy",), in_a_row=2),
    Emotion(any=("happy",), share=Bound(below=0.4), in_a_row=3),
    Emotion(any=("happy",), share=Bound(above=0.4), in_a_row=2, of="seconds"),
    EmotionShift(from_=("happy",), to=("angry",), within=1),
    EmotionShift(from_=("happy",), to=("angry",), at_least=2),
    Loudness(range=Bound(above=5)),
    Loudness(range=Bound(below=3)),
    Loudness(jump=Bound(above=5)),
    Loudness(jump=Bound(below=0)),
    TalkRatio(share=Bound(above=0.5)),
    TalkRatio(share=Bound(below=0.3)),
    TalkRatio(share=Bound(below=0.1), of="call"),
    ResponseLatency(seconds=Bound(above=2)),
    ResponseLatency(seconds=Bound(above=2), at_least=2),
    ResponseLatency(seconds=Bound(below=2), of="first"),
    ResponseLatency(seconds=Bound(above=2), of="average"),
    Silence(seconds=2, between="same"),
    Silence(seconds=2, between="different", at_least=2),
    Silence(seconds=2, edges=True, except_after=("请稍等",)),
    SpeechRate(per_minute=Bound(above=150), min_units=2),
    SpeechRate(per_minute=Bound(above=150), min_units=2, of="average", languages=("zh",)),
    Hold(longest=Bound(above=3), phrases=("请稍等",), min_seconds=2),
    Hold(total=Bound(below=4), phrases=("请稍等",), min_seconds=2),
    Hold(count=Bound(at_least=2), phrases=("请稍等",), min_seconds=2),
    Repeat(min_chars=2, within=3),
    Repeat(min_chars=2, times=3),
    Sequence(steps=(("好",), ("请稍等",))),
    Sequence(steps=(("好",), ("请稍等",)), order="loose", within=1),
    QuestionAnswer(question=("请稍等",), answer=("好",)),
    QuestionAnswer(question=("请稍等",), answer=("好",), answered=False, within=1),
    Echo(pattern="(好的)"),
    Echo(pattern="(好的)", said_back=False, within=2),
]
TEXTS = ("好的", "请稍等", "好的好的好的请", "嗯", "")
FREE = {"role": ("agent", "customer"), "emotion": ("happy", "angry", "neutral"), "language": ("zh", "en")}
MOST_UNKNOWN = 4
"""Values of a call, so that there are at most 81 ways to fill them in."""
SCOPES = st.sampled_from([Scope(), AGENT, AGENT, Scope(role="customer")])


@st.composite
def calls(draw: st.DrawFn) -> Call:
    """Up to five turns, a few of whose values are not known, and some coughs and hold music."""
    parts, at = [], 0.0
    for _ in range(draw(st.integers(0, 5))):
        start = max(0.0, at + draw(st.sampled_from([-1.0, 0.5, 1.5, 2.5, 4.0])))
        at = max(at, start + draw(st.sampled_from([1.0, 2.0, 3.5])))
        text = draw(st.sampled_from(TEXTS))
        values = {name: draw(st.sampled_from([*known, *known, "unknown"])) for name, known in FREE.items()}
        values["loudness"] = draw(st.sampled_from([-30.0, -24.0, -20.0]))
        values["interrupts"] = draw(st.booleans())
        parts.append(replace(turn("a", start, at, text, speaker=""), **values))
    for start in draw(st.lists(st.integers(0, 20), max_size=2, unique=True)):
        parts.append(
            event(draw(st.sampled_from(["cough", "hold_music"])), start, start + 2, draw(st.sampled_from("ac?")))
        )
    parts[: sum(isinstance(part, Turn) for part in parts)] = sorted(
        (part for part in parts if isinstance(part, Turn)), key=lambda one: (one.start, one.end)
    )
    return call(*parts, duration=max(24.0, at), channels=2, event_classes={"cough", "hold_music"})


def completions(on: Call) -> list[Call]:
    """All calls that it may be; of what is unknown beyond a few values, none."""
    holes = [(at, name) for at, one in enumerate(on.turns) for name in FREE if getattr(one, name) == "unknown"]
    open_events = [at for at, one in enumerate(on.events) if one.role == "unknown"]
    if len(holes) + len(open_events) > MOST_UNKNOWN:
        return []
    found = []
    for values in itertools.product(*(FREE[name] for _, name in holes)):
        for roles in itertools.product(FREE["role"], repeat=len(open_events)):
            turns = list(on.turns)
            for (at, name), value in zip(holes, values, strict=True):
                turns[at] = replace(turns[at], **{name: value})
            events: list[Event] = list(on.events)
            for at, role in zip(open_events, roles, strict=True):
                events[at] = replace(events[at], role=role)
            found.append(replace(on, turns=tuple(turns), events=tuple(events)))
    return found


def check(operator: Operator, on: Call, scope: Scope, exact: bool) -> None:
    possible = completions(on)
    if not possible:
        return
    told = answer(operator, on, scope).truth
    truths = {answer(operator, one, scope).truth for one in possible}
    assert None not in truths, truths
    if told is not None:
        assert truths == {told}, (told, on)
    elif exact:
        assert truths == {True, False}, (told, truths, on)


@pytest.mark.parametrize("operator", SOUND, ids=lambda operator: operator.name)
def test_an_answer_is_right_whatever_is_not_known_turns_out_to_be(operator):
    exact = operator in EXACT

    @settings(max_examples=20, suppress_health_check=list(HealthCheck))
    @given(calls(), SCOPES)
    def agrees(on, scope):
        check(operator, on, scope, exact)

    agrees()
