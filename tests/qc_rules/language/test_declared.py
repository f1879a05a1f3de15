"""Rules of YAML files on calls: hit, clear, unknown, evidence, messages, options."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc_rules import Call, Unknown
from qc_rules.language.declared import DeclaredRule
from qc_rules.lexicons import Lexicon
from qc_rules.matching import Scanner
from qc_rules.options import configure, defaults
from tests.qc_rules.language.kit import OPERATORS, call, rule, rules

ANGRY = "upset: {role: customer, emotion: [angry]}\ncomplains: {role: customer, keyword: [投诉, 举报]}"


def hits(one, on):
    return list(one.check(on))


def evidence(one, on):
    [hit] = hits(one, on)
    return [(piece.condition, piece.turn, piece.text) for piece in hit.evidence]


def reason(one, on):
    with pytest.raises(Unknown) as raised:
        hits(one, on)
    return str(raised.value)


def test_a_hit_has_the_places_of_every_condition_that_holds():
    found = evidence(rule(ANGRY, "upset && complains"), call("c angry: 太慢", "a: 您好", "c neutral: 我要投诉"))
    assert found == [("upset", 0, "太慢"), ("complains", 2, "投诉")]


def test_conditions_that_were_not_needed_give_evidence_too():
    found = evidence(rule(ANGRY, "complains || upset"), call("c angry: 我要投诉"))
    assert found == [("complains", 0, "投诉"), ("upset", 0, "我要投诉")]


def test_conditions_that_do_not_hold_give_none():
    assert evidence(rule(ANGRY, "complains || upset"), call("c happy: 我要投诉")) == [("complains", 0, "投诉")]


def test_conditions_that_cannot_be_told_give_none():
    assert evidence(rule(ANGRY, "complains || upset"), call("c: 我要投诉")) == [("complains", 0, "投诉")]


def test_unsure_places_of_a_condition_that_holds_give_none():
    found = evidence(rule(ANGRY.partition("\n")[2], "complains"), call("c: 我要投诉", "u: 投诉"))
    assert found == [("complains", 0, "投诉")]


def test_a_condition_that_only_counts_as_holding_gives_what_may_be():
    one = rule("complains: {role: customer, keyword: [投诉], when_missing: fail}", "complains")
    assert evidence(one, call("u: 投诉")) == [("complains", 0, "投诉")]


def test_of_negated_conditions_the_whole_call_is_the_evidence():
    [hit] = hits(rule("greets: {keyword: [您好]}", "'!greets'"), call("a: 喂", "c: 喂"))
    [piece] = hit.evidence
    assert (piece.turn, piece.start, piece.end, piece.condition) == (None, 0.0, 2.0, "")


def test_negated_twice_a_condition_gives_its_places():
    assert evidence(rule("greets: {keyword: [您好]}", "'!(!greets)'"), call("a: 您好")) == [("greets", 0, "您好")]


def test_anchors_give_no_evidence_of_their_own():
    one = rule("asks: {keyword: [请稍等]}\nthanks: {after: asks, keyword: [久等]}", "thanks")
    assert evidence(one, call("a: 请稍等", "a: 让您久等了")) == [("thanks", 1, "久等")]


def test_it_is_clear_where_when_is_false():
    assert hits(rule(ANGRY, "upset && complains"), call("c happy: 我要投诉")) == []


def test_false_and_unknown_is_clear():
    assert hits(rule(ANGRY, "upset && complains"), call("c: 你好")) == []


def test_it_is_unknown_where_what_is_unknown_decides():
    assert reason(rule(ANGRY, "upset && complains"), call("c: 我要投诉")).startswith("upset: ")


def test_every_condition_that_leaves_it_open_is_named_with_its_reason():
    said = reason(rule(ANGRY, "upset || complains"), call("u: 我要投诉"))
    assert "upset: " in said
    assert "complains: the roles of the speakers are not known" in said


def test_a_condition_that_does_not_matter_is_not_named():
    one = rule(ANGRY + "\nlong: {longer: 3}", "(upset || long) && (complains || upset)")
    assert "long" not in reason(one, call("c: 投诉"))


def test_what_lacks_at_an_anchor_is_the_reason_of_what_is_anchored():
    one = rule("upset: {emotion: [angry]}\nlong: {longer: 1, after: upset}", "long")
    assert reason(one, call("c: 太慢", "c: 太慢")).startswith("long: ")


def test_a_condition_that_does_not_decide_is_not_asked():
    one = rule("a: {keyword: [投诉]}\nb: {broken: {needed: 1, also: x}}", "a && b")
    assert hits(one, call("c: 你好")) == []
    with pytest.raises(RuntimeError, match="asked in vain"):
        hits(one, call("c: 投诉"))


def test_each_condition_is_asked_once(monkeypatch):
    asked = []
    one = rule("a: {longer: 1}\nb: {longer: 1, after: a}\nc: {longer: 1, before: a}", "b || c || a || !a")
    for condition in one.plan.conditions.values():
        look = type(condition.operator).look
    monkeypatch.setattr(
        OPERATORS["longer"], "look", lambda operator, view: asked.append(view.window) or look(operator, view)
    )
    hits(one, call("a: 你好你好"))
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("message: says {complains}", "says 投诉, 举报"),
        ("message: '{complains.count} times, {upset.count}'", "2 times, 0"),
        ("message: {zh: '说了{complains}'}", "说了投诉, 举报"),
        ("message: {zh: '说了{complains}', en: 'said {complains}'}", "said 投诉, 举报"),
        ("name: {en: Complaint}", "Complaint"),
        ("", "AC01"),
    ],
)
def test_messages(message, said):
    [hit] = hits(rule(ANGRY, "complains || upset", message), call("c: 投诉", "c: 举报"))
    assert hit.message == said


CALLS = st.lists(
    st.tuples(st.sampled_from(["a", "c angry", "c happy", "c", "u"]), st.sampled_from(["投诉", "举报", "你好", ""])),
    max_size=4,
).map(lambda turns: call(*(f"{head}: {text}" for head, text in turns)))
THREE = ANGRY + "\nlong: {longer: 1, role: agent, after: upset}"


def outcome(one, on):
    try:
        return [hit.evidence for hit in hits(one, on)]
    except Unknown:
        return None


@given(
    CALLS, st.sampled_from(["upset", "complains", "long"]), st.sampled_from(["upset && complains", "long", "!upset"])
)
def test_de_morgan_holds_of_whole_rules(on, left, right):
    extra = "&& (upset || !upset || complains || long)"
    pairs = [
        (f"!({left} && ({right}))", f"!{left} || !({right})"),
        (f"!({left} || ({right}))", f"!{left} && !({right})"),
    ]
    for one, other in pairs:
        told = [outcome(rule(THREE, f'"({when}) {extra}"'), on) for when in (one, other)]
        assert told[0] == told[1]


WITH_OPTIONS = """
id: AC01
description: Words of one's own.
options: {said: [投诉, 12378], far: 4, least: 0.5, who: customer, loud: false, none: [], missing: pass}
conditions:
  a: {role: "${who}", keyword: {any: "${said}"}, min_confidence: "${least}", when_missing: "${missing}"}
  b: {longer: {than: {above: "${far}"}, loud: "${loud}", tags: "${none}"}}
when: a && b
"""


def test_options_are_the_fields_of_the_class_with_their_types():
    [one] = rules(WITH_OPTIONS)
    assert defaults(one) == {
        "said": ("投诉", "12378"),
        "far": 4,
        "least": 0.5,
        "who": "customer",
        "loud": False,
        "none": (),
        "missing": "pass",
    }
    assert one.__doc__ == "Words of one's own."
    assert vars(one()) == defaults(one)


def test_options_change_what_the_rule_looks_for():
    [one] = rules(WITH_OPTIONS)
    said = call("c: 我要退款退款")
    assert hits(one(), said) == []
    assert hits(configure(one, {"said": ["退款"]}), said)
    assert hits(configure(one, {"said": ["退款"], "far": 9}), said) == []
    assert hits(configure(one, {"said": ["退款"], "who": "agent"}), said) == []


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"fars": 3}, "unknown option fars; did you mean far?"),
        ({"far": "x"}, "option far = 'x' is not int"),
        ({"far": -1}, "condition b: longer.than: above = -1.0 is less than 0"),
        ({"who": "client"}, "condition a: role: 'client' is no role"),
        ({"said": []}, "condition a: keyword: "),
        ({"said": ["$complaint"]}, "no lexicon is called $complaint; did you mean complaints?"),
        ({"missing": "hit"}, "condition a: when_missing: 'hit' is no answer; known: fail, pass, unknown"),
        ({"least": 2}, "condition a: min_confidence: 2.0 is not a confidence from 0 to 1"),
    ],
)
def test_options_that_the_conditions_refuse_are_refused(values, what):
    [one] = rules(WITH_OPTIONS)
    with pytest.raises(ValueError) as raised:
        configure(one, values)
    assert what in str(raised.value)


def test_lexicons_may_stand_in_options():
    [one] = rules(WITH_OPTIONS)
    assert hits(configure(one, {"said": ["$complaints"]}), call("c: 我要举报他们"))


def test_a_number_option_of_several():
    [one] = rules("id: AC01\noptions: {both: [1, 2.5]}\nconditions: {a: {longer: {limits: '${both}'}}}\nwhen: a")
    assert defaults(one) == {"both": (1.0, 2.5)}
    [one] = rules("id: AC01\noptions: {both: [1, 2]}\nconditions: {a: {longer: {limits: '${both}'}}}\nwhen: a")
    assert defaults(one) == {"both": (1, 2)}


def test_a_rule_pickles_with_its_options():
    one = configure(rules(WITH_OPTIONS)[0], {"said": ["退款"]})
    again = pickle.loads(pickle.dumps(one))
    assert isinstance(again, DeclaredRule)
    assert (again.id, again.said, again.source, again.origin_line) == ("AC01", ("退款",), one.source, 2)
    assert hits(again, call("c: 我要退款退款")) == hits(one, call("c: 我要退款退款"))


def test_words_that_somebody_else_has_looked_for_are_used():
    one = rule(ANGRY, "complains || upset")
    on = call("c happy: 我要投诉")
    assert list(one.look(on, Scanner(one.word_lists()).scan(on))) == hits(one, on)


def test_what_each_condition_says_can_be_shown():
    answers = rule(ANGRY, "complains || upset").answers(call("c: 我要投诉"))
    assert {name: answer.truth for name, answer in answers.items()} == {"upset": None, "complains": True}


def test_it_explains_itself():
    one = rule(
        "greets: {role: agent, first: {turns: 3}, keyword: {any: [您好]}, when_missing: pass}",
        "(!greets)",
        "applies_to: queue=='a'",
    )
    told = one.explain()
    [greets] = told.conditions
    assert (told.when, told.applies_to) == ("!greets", "queue == 'a'")
    assert (greets.name, greets.operator, greets.given) == ("greets", "keyword", "[您好]")
    assert greets.scope == "the agent's turns; the first 3 turns"
    assert greets.when_missing == "pass"
    assert greets.about.startswith("Words said")
    assert greets.written == "{role: agent, first: {turns: 3}, keyword: [您好], when_missing: pass}"
    assert rule("a: {longer: 3}", "a").explain().conditions[0].scope == "the whole call"


def source(text, lexicons=None):
    from qc_rules.language import parse_rules

    [one] = parse_rules(text, "x", OPERATORS, lexicons or {})
    return one.source


SIMPLE = "id: AC01\nconditions: {a: {keyword: [投诉]}}\nwhen: a"


def test_the_source_tells_whether_the_rule_is_the_same():
    assert source(SIMPLE) == source("# a comment\n" + SIMPLE.replace("[投诉]", "{any: [投诉]}"))
    assert source(SIMPLE) != source(SIMPLE.replace("投诉", "举报"))
    assert source(SIMPLE) != source(SIMPLE + "\nversion: 2")


def test_the_source_changes_with_the_lexicons_that_the_rule_names():
    text = SIMPLE.replace("[投诉]", "$c")
    one, other = ({"c": Lexicon("c", (word,)), "d": Lexicon("d", ("x",))} for word in ("投诉", "举报"))
    assert source(text, one) != source(text, other)
    assert source(text, one) == source(text, one | {"d": Lexicon("d", ("y",))})
    assert source(SIMPLE, one) == source(SIMPLE, other)


@pytest.mark.parametrize(
    ("parameter", "default", "any_lexicon"),
    [
        ("tags", "[投诉]", True),
        ("tags", "[]", True),
        ("limit", "投诉", True),
        ("limit", "3.5", False),
        ("limits", "[1, 2]", False),
    ],
)
def test_an_option_of_words_may_be_set_to_any_lexicon(parameter, default, any_lexicon):
    text = f"id: AC01\noptions: {{o: {default}}}\nconditions: {{a: {{longer: {{{parameter}: '${{o}}'}}}}}}\nwhen: a"
    one, other = ({"c": Lexicon("c", (word,))} for word in ("投诉", "举报"))
    assert (source(text, one) != source(text, other)) is any_lexicon


def test_the_source_names_the_operators_nested_ones_too():
    text = source("id: AC01\nconditions: {a: {nowhere: {keyword: [投诉]}}}\nwhen: a")
    assert "Nowhere" in text
    assert "qc_rules.operators.keyword.Keyword" in text


def test_an_empty_call_is_no_trouble():
    assert hits(rule(ANGRY, "upset && complains"), Call(call_id="C1", duration=0)) == []
