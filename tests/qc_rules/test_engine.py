"""Every rule ends in one outcome, and what one does no other suffers."""

import asyncio
from dataclasses import dataclass, replace

import pytest

from qc_rules import Call, Evidence, Hit, Rule, Turn, Unknown, judge

CALL = Call(
    call_id="c1",
    duration=60,
    turns=(Turn(turn=0, start=1, end=4, text="您好", role="agent"), Turn(turn=1, start=5, end=6, text="喂")),
    metadata={"queue": "claims"},
)


def rule(check, rule_id="TS01"):
    """A rule whose check is this function of (rule, call)."""
    made = dataclass(frozen=True)(type("Made", (Rule,), {"id": rule_id, "version": 4, "check": check}))
    return made()


def outcome(check):
    [only] = judge(CALL, [rule(check)])
    return only


def test_a_hit_carries_message_and_evidence():
    found = outcome(lambda self, call: [self.hit(call, turns=call.turns[:1], message="hello", condition="greeting")])
    assert (found.result, found.message, found.rule_version) == ("hit", "hello", 4)
    assert found.evidence == (Evidence(0, 1.0, 4.0, "您好", "greeting"),)


def test_a_hit_without_evidence_is_about_the_whole_call():
    found = outcome(lambda self, call: [self.hit(call, condition="absent")])
    assert found.evidence == (Evidence(None, 0.0, 60.0, "", "absent"),)
    assert found.message == "Made"


def test_several_hits_are_one_outcome_with_all_their_evidence():
    found = outcome(lambda self, call: [self.hit(call, turns=[turn], message="said") for turn in call.turns])
    assert (found.message, [piece.turn for piece in found.evidence]) == ("said", [0, 1])


def test_a_rule_that_yields_nothing_is_clear():
    assert outcome(lambda self, call: []).result == "clear"


def test_a_rule_that_cannot_tell_is_unknown_with_its_reason():
    def check(self, call):
        raise Unknown("the moon is in the way")
        yield

    found = outcome(check)
    assert (found.result, found.reason, found.evidence) == ("unknown", "the moon is in the way", ())


def test_what_was_found_before_something_could_not_be_told_stands():
    def check(self, call):
        yield self.hit(call, message="seen")
        raise Unknown("the rest is dark")

    assert (outcome(check).result, outcome(check).message) == ("hit", "seen")


def test_roles_nobody_knows_make_a_rule_unknown():
    found = outcome(lambda self, call: [self.hit(call) for _ in call.turns_of("agent")])
    assert (found.result, found.reason) == ("unknown", "the roles of the speakers are not known")


def broken(self, call):
    raise KeyError("queue")


def halfway(self, call):
    yield self.hit(call)
    raise RuntimeError("halfway")


def quits(self, call):
    raise SystemExit(3)


def endless(self, call):
    return endless(self, call)


class MuteError(Exception):
    def __str__(self):
        raise ValueError("no words")


class ExitingError(Exception):
    def __str__(self):
        raise SystemExit


def mute(self, call):
    raise MuteError


def exits_when_read(self, call):
    raise ExitingError


def raises_half_a_character(self, call):
    raise ValueError("\ud83d")


def closed(self, call):
    raise GeneratorExit


def cancelled(self, call):
    raise asyncio.CancelledError


def at(*place):
    """A rule that points there: turn, start and end."""
    return lambda self, call: [self.hit(call, evidence=[Evidence(*place, "", "")])]


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        (broken, "KeyError: 'queue' (test_engine.py:"),
        (halfway, "RuntimeError: halfway (test_engine.py:"),
        (quits, "SystemExit: 3"),
        (endless, "RecursionError"),
        (mute, "MuteError: (its message cannot be read)"),
        (exits_when_read, "ExitingError: (its message cannot be read)"),
        (closed, "GeneratorExit"),
        (cancelled, "CancelledError"),
        (at(2, 1.0, 2.0), "ValueError: evidence: the call has no turn 2"),
        (at(2**40, 1.0, 2.0), "ValueError: evidence: the call has no turn"),
        (at(None, 2.0, 1.0), "ValueError: evidence from 2 to 1 s is no stretch of time"),
        (at(None, -1.0, 1.0), "ValueError: evidence from -1 to 1 s"),
        (at(None, 1.0, 60.6), "ValueError: evidence ends at 60.6 s, the call at 60 s"),
        (lambda self, call: [Hit("seen", ())], "ValueError: a hit without evidence"),
        (lambda self, call: None, "TypeError: check returned None"),
        (lambda self, call: ["hit"], "TypeError: check gave 'hit', not a hit"),
        (lambda self, call: [self.hit(call, message=3)], "TypeError: a hit's message is 3"),
        (lambda self, call: [self.hit(call, evidence=[Evidence("0", 0, 1, "", "")])], "TypeError: evidence: turn"),
        (lambda self, call: [self.hit(call, evidence=[Evidence(0, 0, float("nan"), "", "")])], "evidence: end is nan"),
        (lambda self, call: call.turns_of("agnet"), "ValueError: no role is called 'agnet'"),
    ],
)
def test_a_rule_that_raises_crashes_alone(check, reason):
    fine = rule(lambda self, call: [self.hit(call)], "TS02")
    crashed, other = judge(CALL, [rule(check), fine])
    assert crashed.result == "crash"
    assert reason in crashed.reason
    assert other.result == "hit"


def test_evidence_may_end_a_little_after_the_call_or_with_what_is_said_there():
    assert outcome(at(0, 59.0, 60.5)).result == "hit"
    late = replace(CALL, turns=(Turn(turn=0, start=58, end=63, text="喂"),))
    assert judge(late, [rule(lambda self, call: [self.hit(call, turns=call.turns)])])[0].result == "hit"


def test_half_a_character_in_what_a_rule_says_is_replaced_for_it_could_not_be_stored():
    def hit(self, call):
        yield self.hit(call, message="\ud83d!", evidence=[Evidence(0, 1.0, 2.0, "好\udc80", "\ud800")])

    def unknown(self, call):
        raise Unknown("why\ud83d")

    found = outcome(hit)
    assert (found.message, found.evidence) == ("\ufffd!", (Evidence(0, 1.0, 2.0, "好\ufffd", "\ufffd"),))
    assert outcome(unknown).reason == "why\ufffd"
    assert outcome(raises_half_a_character).reason.startswith("ValueError: \ufffd")


def test_unknown_without_a_reason_says_that_there_is_none():
    def check(self, call):
        raise Unknown(" ")

    assert outcome(check).reason == "the rule gives no reason"


def test_the_reason_of_a_crash_is_the_same_in_every_process_and_not_a_transcript():
    def check(self, call):
        raise ValueError(f"{object()} " + "x" * 5000)

    reason = outcome(check).reason
    assert " at 0x" not in reason
    assert len(reason) < 600


def test_no_rule_can_change_the_call_for_the_next_one():
    def vandal(self, call):
        call.metadata["queue"] = "none"

    def trusting(self, call):
        return [self.hit(call)] if call.metadata["queue"] == "claims" else []

    first, second = judge(CALL, [rule(vandal), rule(trusting, "TS02")])
    assert (first.result, second.result) == ("crash", "hit")


def test_a_keyboard_interrupt_is_the_operators_and_passes():
    def check(self, call):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        outcome(check)


@pytest.mark.parametrize(("length", "kept"), [(499, 499), (500, 500), (501, 499)])
def test_a_reason_is_kept_to_500_characters(length, kept):
    def wonders(self, call):
        raise Unknown("x" * length)

    assert outcome(wonders).reason == "x" * kept + "…" * (length > 500)
