"""Rows become the call that rules see."""

from datetime import UTC, datetime
from typing import get_args

from callqa.contracts import RESULTS, Redaction, Word
from callqa.judge.building import DETECTED, build
from qc_rules import vocabulary
from qc_rules.call import Entity
from qc_rules.outcome import Result
from tests.judge.rows import event, recording, said_by_customer, turn


def test_turns_and_events_come_in_time_order_with_their_roles():
    turns = [said_by_customer(1, 3, 5, "退款", emotion="angry", event_tags=["cough"]), turn(0, 0, 2)]
    events = [event("cough", 3, 5, channel=1), event("busy", 0, 1, channel=0)]
    call = build(recording(), turns, events)
    assert [(said.turn, said.role, said.emotion) for said in call.turns] == [
        (0, "agent", "neutral"),
        (1, "customer", "angry"),
    ]
    assert call.turns[1].event_tags == ("cough",)
    assert [(heard.class_, heard.role) for heard in call.events] == [("busy", "agent"), ("cough", "customer")]


def test_a_channels_role_is_the_turns_where_the_recording_does_not_say():
    call = build(recording(channel_roles={}), [said_by_customer(0, 0, 1, "喂")], [event("cough", 3, 5, channel=1)])
    assert call.events[0].role == "customer"
    assert build(recording(channel_roles={}), [], [event("cough", 3, 5)]).events[0].role == "unknown"


def test_two_roles_on_one_channel_leave_its_events_to_nobody():
    call = build(recording(channels=1), [], [event("cough", 3, 5)])
    assert call.events[0].role == "unknown"


def test_metadata_holds_the_calls_facts_and_whatever_else_the_side_car_has():
    began = datetime(2026, 1, 5, 9, tzinfo=UTC)
    call = build(recording(queue="claims", started_at=began, extra={"campaign": "spring"}), [], [])
    assert (call.metadata["queue"], call.metadata["started_at"]) == ("claims", began)
    assert call.metadata["campaign"] == "spring"


def test_a_column_of_the_side_car_cannot_pass_for_a_fact():
    assert build(recording(queue="claims", extra={"queue": "forged"}), [], []).metadata["queue"] == "claims"


def test_the_audios_facts_are_there():
    call = build(recording(call_state="busy", tone_seconds=4.0, speech_seconds=5.0, sound_seconds=6.0), [], [])
    assert (call.duration, call.call_state, call.tone_seconds) == (30.0, "busy", 4.0)
    assert (call.speech_seconds, call.sound_seconds) == (5.0, 6.0)


def test_what_is_detected_is_what_the_kit_supposes():
    assert DETECTED == vocabulary.DETECTED_EVENTS


def test_the_results_of_the_contract_are_the_kits():
    assert get_args(Result) == RESULTS


def test_packs_detectors_add_their_classes_and_take_away_those_that_they_could_not_hear():
    assert build(recording(event_classes={"yawn": True}), [], []).event_classes == DETECTED | {"yawn"}
    assert build(recording(event_classes={"yawn": False, "cough": False}), [], []).event_classes == DETECTED - {"cough"}


def test_what_was_measured_between_speakers_reaches_the_rules():
    words = [Word(text="好", start=1.0, end=1.5, confidence=1.0), Word(text="吗", start=4.0, end=4.5, confidence=1.0)]
    said = turn(0, 0, 6, words=words, speaker="ch0.s1", role_probability=0.9, overlap_seconds=1.5, interrupts=True)
    heard = build(recording(roles_from="speech", roles_probability=0.9, channels_swapped=True), [said], [])
    (own,) = heard.turns
    assert (own.speaker, own.role_probability, own.overlap_seconds, own.interrupts) == ("ch0.s1", 0.9, 1.5, True)
    assert own.spoken == ((0.9, 1.6), (3.9, 4.6))
    facts = (heard.channels, heard.roles_from, heard.roles_probability, heard.channels_swapped)
    assert facts == (2, "speech", 0.9, True)


def test_announcements_and_what_is_masked_reach_the_rules():
    masked = Redaction(kind="phone", start=4, end=15, audio_start=1.0, audio_end=3.0)
    turns = [turn(0, 0, 2, "请按1", announcement=True), turn(1, 3, 6, "我的号码138****8000", redactions=[masked])]
    menu, said = build(recording(), turns, []).turns
    assert (menu.announcement, menu.entities) == (True, ())
    assert (said.announcement, said.entities) == (False, (Entity("phone", 4, 15),))


def test_events_of_a_channel_that_two_share_are_nobodys():
    turns = [turn(0, 0, 2, speaker="ch0.s0"), turn(1, 3, 5, role="customer", speaker="ch0.s1")]
    call = build(recording(channels=1, channel_roles={}), turns, [event("cough", 3, 5)])
    assert call.events[0].role == "unknown"
