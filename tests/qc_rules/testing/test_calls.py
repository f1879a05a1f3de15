"""Calls written by hand are exactly what they say, and anything else is refused with its place."""

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc_rules import Call
from qc_rules.call import Entity
from qc_rules.testing import CaseError, call, parse_call, shown_call


def test_a_line_says_who_speaks_and_what():
    [turn] = call("agent: 您好，请讲").turns
    assert (turn.turn, turn.role, turn.text, turn.channel) == (0, "agent", "您好，请讲", 0)
    assert (turn.start, turn.end, turn.emotion, turn.language) == (0.0, 2.0, "unknown", "unknown")


def test_a_head_says_when_and_how():
    [turn] = call("customer@12-15.5 angry yue+laughter interrupts: 我要投诉").turns
    assert (turn.start, turn.end, turn.emotion, turn.language) == (12.0, 15.5, "angry", "yue")
    assert (turn.event_tags, turn.interrupts, turn.announcement, turn.channel) == (("laughter",), True, False, 1)


def test_a_turn_follows_a_second_after_the_one_before_and_lasts_two():
    said = call("agent: a", "customer@10: b", "agent: c", "customer@20-21: d")
    assert [turn.span for turn in said.turns] == [(0, 2), (10, 12), (13, 15), (20, 21)]
    assert said.duration == 21


def test_a_full_width_colon_separates_and_a_colon_in_the_text_does_not():
    said = call("agent：时间是 12:30", "customer: 好：的")
    assert [turn.text for turn in said.turns] == ["时间是 12:30", "好：的"]


def test_turns_are_written_as_mappings_too():
    said = parse_call(
        [
            {"agent happy": "您好"},
            {
                "customer@5 angry": "13812345678",
                "confidence": 0.25,
                "entities": [{"kind": "phone", "start": 0, "end": 11}],
            },
            {"role": "agent", "text": "好", "start": 9, "end": 12, "spoken": [[9, 10], [11, 12]]},
            {"customer": None},
        ]
    )
    assert [turn.text for turn in said.turns] == ["您好", "13812345678", "好", ""]
    assert (said.turns[1].confidence, said.turns[1].entities) == (0.25, (Entity("phone", 0, 11),))
    assert said.turns[2].spoken == ((9.0, 10.0), (11.0, 12.0))


def test_events_are_lines_or_mappings_in_time_order():
    said = call(events=["cough@12 agent", "bgm@1-10", {"class": "laughter", "start": 3, "end": 4, "score": 0.5}])
    assert [(e.class_, e.start, e.end, e.role, e.channel) for e in said.events] == [
        ("bgm", 1.0, 10.0, "unknown", 0),
        ("laughter", 3.0, 4.0, "unknown", 0),
        ("cough", 12.0, 12.5, "agent", 0),
    ]
    assert said.duration == 12.5


def test_what_is_known_of_the_call_stands_beside_the_turns():
    said = call(
        "agent: a",
        duration=60,
        metadata={"queue": "claims"},
        channels=1,
        call_state="busy",
        detects=["yawn"],
        lacks=["bgm"],
    )
    assert (said.duration, said.metadata["queue"], said.channels, said.call_state) == (60.0, "claims", 1, "busy")
    assert (said.detects("yawn"), said.detects("bgm"), said.detects("cough")) == (True, False, True)


def test_json_of_a_call_is_a_call():
    text = json.dumps(
        {"call_id": "A1", "turns": [{"turn": 3, "role": "agent", "text": "您好", "start": 1.5, "end": 2}]}
    )
    said = parse_call(json.loads(text))
    assert (said.call_id, said.turns[0].turn, said.turns[0].start) == ("A1", 3, 1.5)


def test_a_call_is_shown_as_it_is_written():
    lines = ["agent@0-2 happy: 您好", "customer@12-15 angry zh +laughter interrupts: 我要投诉"]
    shown = [line.split(": ", 1)[1].strip() for line in shown_call(call(*lines))[1:]]
    assert shown == lines
    assert call(*shown) == call(*lines)


@st.composite
def lines(draw):
    """Turns in the order in which they begin, as a person would write them."""
    at, written = 0.0, []
    for _ in range(draw(st.integers(0, 6))):
        at += draw(st.integers(0, 40)) / 4
        words = [
            draw(st.sampled_from(("agent", "customer", "unknown"))) + f"@{at:g}-{at + draw(st.integers(0, 40)) / 4:g}"
        ]
        words += draw(st.sampled_from(([], ["angry"], ["neutral", "yue"], ["en"])))
        words += draw(st.lists(st.sampled_from(("+cough", "+laughter")), max_size=2, unique=True))
        words += draw(st.sampled_from(([], ["announcement"], ["interrupts"], ["announcement", "interrupts"])))
        text = draw(st.text("您好a: 12，。", max_size=8)).strip()
        written.append(f"{' '.join(words)}: {text}")
    return written


@given(lines())
def test_every_call_is_shown_as_it_is_written(written):
    shown = [line.split(": ", 1)[1] for line in shown_call(call(*written))[1:]]
    assert [line.rstrip() for line in shown] == [line.rstrip() for line in written]
    assert call(*shown) == call(*written)


def test_nothing_said_is_a_call():
    assert parse_call([]) == Call(call_id="case", duration=0.0, channels=2)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (["您好"], "turn 0: '您好' does not say who speaks"),
        (["agnet: 您好"], "turn 0: nobody is called 'agnet'; did you mean agent?"),
        ([": 您好"], "turn 0: nobody is named before the colon"),
        (["agent: a", "agent angyr: b"], "turn 1: 'angyr' says nothing of a turn; did you mean angry?"),
        (["agent angry sad: a"], "angry and sad are two of one kind"),
        (["agent@x: a"], "@x is no time"),
        (["agent@5-3: a"], "it ends at 3 s, before it begins (5 s)"),
        (["agent@5: a", "customer@3: b"], "turn 1: it begins at 3 s, before the turn above it (5 s)"),
        ([{"agent": 12378}], "text = 12378 is not text: put it in quotes"),
        ([{"agent": "a", "confidance": 1}], "unknown key 'confidance'; did you mean confidence?"),
        ([{"agent": "a", "customer": "b"}], "turn 0: unknown key 'customer'"),
        ([{"agent": "a", "text": "b"}], "turn 0: unknown key 'agent'"),
        ([{"agent": "a", "confidence": "high"}], "confidence = 'high' is not a number from 0"),
        ([{"agent": "a", "confidence": True}], "confidence = True is not a number"),
        ([{"agent": "a", "start": float("nan")}], "start = nan is not a number"),
        ([{"agent": "a", "announcement": 1}], "announcement = 1 is not true or false"),
        ([{"role": "agnet", "text": "a"}], "role 'agnet'; did you mean agent?"),
        ([{"role": "agent", "emotion": "anger"}], "emotion 'anger'; did you mean angry?"),
        ([{"agent": "a", "spoken": [1, 2]}], "spoken = 1 is not a list of [start, end]"),
        ([{"agent": "a", "entities": [{"kind": "phone"}]}], "is not kind, start, end"),
        ([{"agent": "a", "turn": 1}, {"turn": 1, "role": "agent"}], "two turns have one number"),
        ([3], "turn 0: 3 is no turn"),
        ("agent: 您好", "is no call"),
        ({"call": "agent: 您好"}, "call: 'agent: 您好' is not a list"),
        ({"cal": []}, "unknown key 'cal'; did you mean call?"),
        ({"call": [], "turns": []}, "both `call` and `turns`"),
        ({"call": [], "events": ["bgm"]}, "event 0: 'bgm' is no event"),
        ({"call": [], "events": ["bgm@1-2 boss"]}, "'boss' is nobody's channel"),
        ({"call": [], "events": [{"class": "bgm"}]}, "event 0: it needs a class and a start"),
        ({"call": [], "events": [{"class": "bgm", "start": 1, "stop": 2}]}, "unknown key 'stop'"),
        ({"call": [], "events": [{"class": "bgm", "start": 1, "role": "boss"}]}, "role 'boss'"),
        ({"call": [], "lacks": ["coug"]}, "'coug' is never detected; did you mean cough?"),
        ({"call": [], "duration": -1}, "duration = -1 is not a number from 0"),
        ({"call": [], "metadata": ["queue"]}, "metadata = ['queue'] is not a mapping"),
        ({"call": [], "channels": "two"}, "channels = 'two' is not a number"),
    ],
)
def test_what_is_no_call_is_refused_with_its_place(document, said):
    with pytest.raises(CaseError) as raised:
        parse_call(document, "here")
    assert raised.value.message.startswith("here")
    assert said in raised.value.message
    assert raised.value.remedy


def test_an_error_survives_the_way_between_processes():
    error = pickle.loads(pickle.dumps(CaseError("case 3", remedy="repair it")))
    assert (type(error), error.message, error.remedy) == (CaseError, "case 3", "repair it")
