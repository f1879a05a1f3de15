"""AW01: an agent who coughs or yawns again and again."""

import pytest

from qc_rules import Call, Event
from qc_rules.vocabulary import DETECTED_EVENTS
from qc_rules_standard.agent_wellbeing import AgentWellbeing
from tests.packs.calls import call, outcome

RULE = AgentWellbeing()
WITH_YAWNS = DETECTED_EVENTS | {"yawn"}


def heard(class_, count, role="agent"):
    return tuple(Event(class_=class_, start=9.0 * n, end=9.0 * n + 1, role=role) for n in range(count))


def test_three_coughs_of_the_agent_hit_whatever_is_known_of_yawns():
    found = outcome(RULE, call(duration=60, events=heard("cough", 3)))
    assert (found.result, found.message) == ("hit", "the agent coughs 3 times")
    assert [(piece.start, piece.condition) for piece in found.evidence] == [(0, "cough"), (9, "cough"), (18, "cough")]


def test_few_coughs_are_unknown_as_long_as_nothing_reports_yawns():
    found = outcome(RULE, call(duration=60, events=heard("cough", 2)))
    assert (found.result, found.reason) == ("unknown", "no installed detector reports yawns")


def test_few_coughs_are_clear_where_yawns_are_not_asked_for():
    assert outcome(AgentWellbeing(yawns=0), call(duration=60, events=heard("cough", 2))).result == "clear"


@pytest.mark.parametrize(("yawns", "result"), [(0, "clear"), (1, "clear"), (2, "hit")])
def test_an_installed_detector_of_yawns_decides(yawns, result):
    subject = call(duration=60, events=heard("yawn", yawns), event_classes=WITH_YAWNS)
    assert outcome(RULE, subject).result == result


def test_the_customers_coughs_do_not_count():
    subject = call(duration=60, events=heard("cough", 5, "customer"), event_classes=WITH_YAWNS)
    assert outcome(RULE, subject).result == "clear"


@pytest.mark.parametrize(("coughs", "result"), [(3, "unknown"), (2, "clear")])
def test_coughs_of_nobody_knows_whom_are_unknown_where_they_would_suffice(coughs, result):
    subject = call(duration=60, events=heard("cough", coughs, "unknown"), event_classes=WITH_YAWNS)
    found = outcome(RULE, subject)
    assert (found.result, found.reason) == (
        result,
        "coughs were heard, but not who made them" if result == "unknown" else None,
    )


@pytest.mark.parametrize("options", [{"coughs": -1}, {"coughs": 0, "yawns": 0}])
def test_options_that_leave_nothing_to_look_for_are_refused(options):
    with pytest.raises(ValueError):
        AgentWellbeing(**options)


def test_a_call_that_is_not_in_shape_crashes_this_rule_only():
    assert outcome(RULE, Call(call_id="c", duration=3, events=(None,))).result == "crash"
