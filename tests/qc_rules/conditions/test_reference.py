"""The engine's conditions against a slow evaluator that is plainly right, on thousands of generated calls and rules."""

from __future__ import annotations

import random
from collections import Counter

from qc_rules import Call, Turn
from qc_rules.conditions import Anchor, Condition, Extent, Point, Scope
from qc_rules.conditions.anchors import SIDES
from tests.qc_rules.conditions import reference
from tests.qc_rules.conditions.asking import Has, Never, ask

KNOWN, OPEN = 30_000, 10_000
LEAST = 0.5


def a_call(rng: random.Random, *, known: bool) -> Call:
    """Up to seven turns of random letters, overlapping here and there; some of unknown role or low confidence."""
    turns, at = [], 0.0
    for number in range(rng.randint(0, 7 if known else 4)):
        end = at + rng.choice([1.0, 2.0, 5.0])
        role = rng.choice(["agent", "customer"] if known else ["agent", "customer", "unknown"])
        text = rng.choice(["", "", "h", "x", "hx"])
        confidence = 1.0 if known else rng.choice([1.0, 1.0, 0.3])
        turns.append(Turn(turn=number, start=at, end=end, text=text, role=role, confidence=confidence))
        at = max(at, end + rng.choice([-0.5, 0.0, 1.0, 3.0]))
    return Call(call_id="c", duration=max((turn.end for turn in turns), default=0.0) + 1.0, turns=tuple(turns))


def a_scope(rng: random.Random, anchors: tuple[Anchor, ...], least: float) -> Scope:
    def extent() -> Extent | None:
        kind = rng.random()
        if kind < 0.6:
            return None
        return Extent(turns=rng.randint(1, 3)) if kind < 0.8 else Extent(seconds=rng.choice([0.5, 2.0, 6.0, 12.0]))

    span = None
    if rng.random() < 0.2:
        low, high = sorted(rng.sample([0.0, 0.25, 0.5, 0.75, 1.0], 2))
        span = (Point(low, share=True), Point(high, share=True))
    return Scope(
        role=rng.choice(["any", "agent", "customer"]),
        first=extent(),
        last=extent(),
        span=span,
        anchors=anchors,
        min_confidence=least,
    )


def an_anchor(rng: random.Random, names: list[str]) -> Anchor:
    turns = rng.choice([None, None, 1, 2])
    seconds = rng.choice([None, None, 0.0, 1.0, 4.0])
    which = rng.choice(["any", "each", "first", "last", 2])
    return Anchor(rng.choice(SIDES), rng.choice(names), turns=turns, seconds=seconds, which=which)


def conditions(rng: random.Random, least: float) -> list[Condition]:
    """One to three, each of which may be anchored to those before it."""
    made: list[Condition] = []
    for number in range(rng.randint(1, 3)):
        names = [condition.name for condition in made]
        anchors = tuple(an_anchor(rng, names) for _ in range(rng.choice([0, 1, 1, 2]))) if names else ()
        last = number > 0 and rng.random() < 0.25
        operator = Never(piece="x") if last else Has(piece=rng.choice("hx"), at_least=rng.choice([1, 1, 1, 2]))
        made.append(Condition(f"c{number}", operator, a_scope(rng, anchors, least)))
        if last:  # nothing is anchored to what never happens
            break
    return made


def test_what_is_known_is_answered_as_the_definitions_say():
    rng = random.Random(4)
    answers: Counter[bool] = Counter()
    for number in range(KNOWN):
        call, asked = a_call(rng, known=True), conditions(rng, 0.0)
        truth, places = reference.holds(asked[-1], call, {condition.name: condition for condition in asked})
        answer = ask(call, *asked)
        assert answer.truth is truth, (number, call, asked)
        if truth and isinstance(asked[-1].operator, Has):
            assert [match.turns for match in answer.matches] == [(place.first, place.last) for place in places]
        answers[truth] += 1
    assert min(answers[True], answers[False]) > KNOWN // 10


def test_what_is_not_known_is_never_called_true_or_false_against_a_call_that_it_may_be():
    rng = random.Random(5)
    told: Counter[str] = Counter()
    for number in range(OPEN):
        call, asked = a_call(rng, known=False), conditions(rng, LEAST)
        others = {condition.name: condition for condition in asked}
        truths = {reference.holds(asked[-1], world, others)[0] for world in reference.worlds(call, LEAST)}
        answer = ask(call, *asked)
        assert answer.truth is None or truths == {answer.truth}, (number, call, asked)
        told["open" if len(truths) > 1 else "told" if answer.truth is not None else "missed"] += 1
    assert told["open"] > OPEN // 50
    assert told["missed"] < 0.05 * told["told"], told
