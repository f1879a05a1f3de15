"""The questions that rules ask of a call."""

import dataclasses
import pickle

import pytest

from qc_rules import Call, Event, RoleUnknown, Turn, Unknown, lacking

TURNS = (
    Turn(turn=0, start=0, end=4, text="您好。", role="agent", channel=0),
    Turn(turn=1, start=5, end=8, text="我要退款 ok", role="customer", channel=1),
    Turn(turn=2, start=7, end=9, text="", role="agent", channel=0),
)
EVENTS = (
    Event(class_="cough", start=4, end=5, role="agent"),
    Event(class_="bgm", start=10, end=20, role="customer", channel=1),
    Event(class_="silence", start=0, end=30),
)
CALL = Call(call_id="c", duration=30, turns=TURNS, events=EVENTS, metadata={"queue": "claims"})


def test_turns_are_given_by_role():
    assert [turn.turn for turn in CALL.turns_of("agent")] == [0, 2]
    assert CALL.text("customer") == "我要退款 ok"
    assert CALL.text() == "您好。 我要退款 ok"


def test_one_turn_of_unknown_role_makes_roles_unknown():
    mixed = dataclasses.replace(CALL, turns=(*TURNS, Turn(turn=3, start=9, end=10, text="喂")))
    with pytest.raises(RoleUnknown):
        mixed.turns_of("customer")
    with pytest.raises(RoleUnknown):
        mixed.text("customer")


def test_a_call_without_turns_has_none_of_anybody():
    assert Call(call_id="c", duration=1).turns_of("agent") == ()


def test_characters_are_counted_without_spaces_and_punctuation():
    assert CALL.text_chars() == len("您好我要退款ok")


def test_events_are_given_by_class_and_role():
    assert CALL.events_of("cough", "bgm") == EVENTS[:2]
    assert CALL.events_of("bgm", role="agent") == ()


def test_the_absence_of_what_nobody_listens_for_is_unknown():
    with pytest.raises(Unknown, match="no installed detector reports yawn"):
        CALL.events_of("yawn")
    assert dataclasses.replace(CALL, event_classes={"yawn"}).events_of("yawn") == ()
    yawned = dataclasses.replace(CALL, events=(Event(class_="yawn", start=1, end=2),))
    assert len(yawned.events_of("yawn")) == 1


def test_events_on_a_channel_of_unknown_role_cannot_be_given_by_role():
    mono = dataclasses.replace(CALL, events=(Event(class_="cough", start=4, end=5),))
    with pytest.raises(RoleUnknown):
        mono.events_of("cough", role="agent")


def test_silence_is_what_no_turn_and_no_event_covers():
    assert CALL.silence_seconds() == pytest.approx(30 - (9 + 10))
    assert Call(call_id="c", duration=7).silence_seconds() == 7
    beyond = Call(call_id="c", duration=7, turns=(Turn(turn=0, start=-1, end=99),))
    assert beyond.silence_seconds() == 0


def test_questions_about_what_is_not_known_are_answered_by_none():
    turn = Turn(turn=0, start=0, end=1)
    assert (turn.is_role("agent"), turn.feels(["angry"])) == (None, None)
    assert Turn(turn=0, start=0, end=1, role="agent", emotion="sad").feels(["angry"]) is False


def test_what_is_lacking_is_said():
    assert lacking(TURNS[:1]) == "the emotion of turn 0 is not known"
    many = [Turn(turn=number, start=0, end=1) for number in range(9)]
    assert lacking(many) == "the roles of the speakers are not known; the emotion of turn 0, 1, 2, 3, 4 … is not known"


def test_a_call_pickles_compares_and_cannot_be_written_to():
    again = pickle.loads(pickle.dumps(CALL))
    assert again == CALL
    assert hash(again) == hash(CALL)
    with pytest.raises(TypeError):
        again.metadata["queue"] = "x"
    with pytest.raises(dataclasses.FrozenInstanceError):
        again.duration = 1


def test_the_metadata_given_can_change_without_changing_the_call():
    given = {"queue": "claims"}
    call = Call(call_id="c", duration=1, metadata=given)
    given["queue"] = "other"
    assert call.metadata == {"queue": "claims"}


TALK = Call(
    call_id="t",
    duration=20,
    channels=2,
    turns=(
        Turn(turn=0, start=0, end=5, role="agent", spoken=((1, 2), (3, 4))),
        Turn(turn=1, start=5, end=9, role="customer", channel=1, spoken=((6, 8),)),
        Turn(turn=2, start=7, end=12, role="agent", spoken=((7, 11),), interrupts=True),
        Turn(turn=3, start=12, end=13, role="agent", spoken=((12.5, 13),)),
        Turn(turn=4, start=14, end=15, role="customer", channel=1),
    ),
)


def test_silences_are_where_nobody_is_heard_also_at_both_ends():
    assert TALK.silences() == [(13, 14), (15, 20)]
    assert TALK.longest_silence_seconds() == 5
    assert Call(call_id="c", duration=4).silences() == [(0.0, 4)]
    assert Call(call_id="c", duration=0).longest_silence_seconds() == 0
    assert sum(end - start for start, end in TALK.silences()) == TALK.silence_seconds()


def test_a_turns_spans_are_those_of_its_words_where_somebody_measured_them():
    assert TALK.turns[0].spans == ((1, 2), (3, 4))
    assert TALK.turns[4].spans == ((14, 15),)


def test_interruptions_are_by_role():
    assert [turn.turn for turn in TALK.interruptions_of("agent")] == [2]
    assert TALK.interruptions_of("customer") == ()


def test_nobody_knows_who_interrupts_on_one_channel_or_without_roles():
    with pytest.raises(Unknown, match="one channel"):
        dataclasses.replace(TALK, channels=1).interruptions_of("agent")
    with pytest.raises(RoleUnknown):
        dataclasses.replace(TALK, turns=(Turn(turn=0, start=0, end=1),)).interruptions_of("agent")
    alone = dataclasses.replace(TALK, channels=1, turns=TALK.turns[:1])
    assert alone.interruptions_of("agent") == ()


def test_a_response_is_the_silence_from_the_others_last_word_to_the_first_of_the_answer():
    assert TALK.responses_of("customer") == [(4, 6), (13, 14)]
    assert TALK.responses_of("agent") == [(7, 7)]
    with pytest.raises(RoleUnknown):
        dataclasses.replace(TALK, turns=(Turn(turn=0, start=0, end=1),)).responses_of("agent")


def test_a_call_with_all_that_was_measured_pickles():
    assert pickle.loads(pickle.dumps(TALK)) == TALK
