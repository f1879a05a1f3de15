"""Scorecards in the stage: which judge, what becomes of them in the call's row, and what they leave alone."""

import dataclasses

import pytest

from callqa.contracts import CardScore, SectionScore
from callqa.errors import RulePackError
from callqa.judge.scores import result_of
from callqa.judge.verdict import Panel
from qc_rules import ActiveRule, Call, Pack, Rule
from qc_rules.scorecards import Item, Scorecard, Section, load, score_call
from tests.judge.rows import event, recording, said_by_customer, turn
from tests.judge.test_stage import RISKY, call_rows, finding_rows, only, run
from tests.qc_rules.conftest import site  # noqa: F401 - a fixture

CARD = """
id: service
version: 3
name: Service
pass_mark: 60
sections:
  - name: Risk
    weight: 60
    items:
      - {rule: HR01, points: 1}
      - {rule: ES01, points: 1}
  - name: People
    weight: 40
    items:
      - {rule: AW01}
      - {rule: SA01}
"""
PACK = '''
from qc_rules import hookimpl
from qc_rules.scorecards import load

@hookimpl
def register_scorecards():
    return [load("""{card}""", "acme: card.yaml")]
'''
CLAIMS_ONLY = """
    from dataclasses import dataclass
    from qc_rules import Rule, hookimpl
    from qc_rules.scorecards import load

    @dataclass(frozen=True)
    class Claims(Rule):
        id = "CL01"
        score = -10
        applies_to = "queue == 'claims'"

        def check(self, call):
            yield self.hit(call)

    @hookimpl
    def register_rules():
        return [Claims]

    @hookimpl
    def register_scorecards():
        card = "{id: claims, pass_mark: 50, sections: [{name: All, items: [{rule: CL01}, {rule: HR01}]}]}"
        return [load(card, "claims.yaml")]
"""


def cards(result, call_id="c1"):
    return {card.card: card for card in call_rows(result)[call_id].scorecards}


def test_a_call_is_scored_on_the_installed_cards(tmp_path, site):  # noqa: F811
    site.install("acme", PACK.format(card=CARD))
    card = cards(run(tmp_path, [recording()], RISKY))["service"]
    assert card == CardScore(
        card="service",
        version=3,
        score=70.0,
        passed=True,
        coverage=0.8,
        sections=[SectionScore(name="Risk", score=50.0, coverage=1.0), SectionScore(name="People", score=100.0, coverage=0.5)],
        rules_passed=["ES01", "SA01"],
        rules_failed=["HR01"],
        rules_unknown=["AW01"],
    )  # fmt: skip


def test_cards_leave_score_findings_and_flags_as_they_are(tmp_path, site):  # noqa: F811
    before = run(tmp_path / "before", [recording()], RISKY)
    site.install("acme", PACK.format(card=CARD))
    after = run(tmp_path / "after", [recording()], RISKY)
    assert finding_rows(before) == finding_rows(after)
    assert before["outcomes"] == after["outcomes"]
    row, known = call_rows(after)["c1"], call_rows(before)["c1"]
    assert row.score == known.score == 80.0
    others = [card for card in row.scorecards if card.card != "service"]
    assert dataclasses.replace(row, scorecards=others) == known


def test_an_invalid_call_and_a_rejected_one_are_on_no_card(tmp_path, site):  # noqa: F811
    site.install("acme", PACK.format(card=CARD))
    robot = [turn(n, 5.0 * n, 5.0 * n + 4, "尊敬的客户", role="unknown", event_tags=["bgm"]) for n in range(3)]
    music = [event("bgm", said.start, said.end) for said in robot]
    rejected = recording("c2", reject_reason="not_audio", duration=None, sha256=None)
    result = run(tmp_path, [recording(channel_roles={}, channels=1), rejected], robot, music)
    assert call_rows(result)["c1"].status == "invalid"
    assert (cards(result), cards(result, "c2")) == ({}, {})


def test_a_rule_that_is_not_for_the_call_is_neither_clear_nor_on_its_card(tmp_path, site):  # noqa: F811
    site.install("claims", CLAIMS_ONLY)
    names = {"c1": "claims", "c2": "sales", "c3": None}
    calls = [recording(call_id, queue=queue) for call_id, queue in names.items()]
    said = [said_by_customer(0, 0, 2, "查一下我的订单现在到哪里了", call_id=name) for name in names]
    result = run(tmp_path, calls, said, settings=only("claims"))
    rows = call_rows(result)
    assert [row.rules_not_applicable for row in rows.values()] == [[], ["CL01"], []]
    assert ["CL01" in row.rules_hit for row in rows.values()] == [True, False, False]
    assert ["CL01" in row.rules_unknown for row in rows.values()] == [False, False, True]
    assert len({row.rules_clear + len(row.rules_hit) + len(row.rules_unknown) for row in rows.values()}) == 2
    judged = [r.rules_clear + len(r.rules_hit) + len(r.rules_unknown) + len(r.rules_crashed) for r in rows.values()]
    assert judged[0] == judged[1] + 1 == judged[2]
    assert sum(result["outcomes"].values()) == sum(judged)
    found = [cards(result, call_id)["claims"] for call_id in names]
    assert [(card.score, card.coverage) for card in found] == [(50.0, 1.0), (100.0, 1.0), (100.0, 0.5)]
    assert [card.rules_not_applicable for card in found] == [[], ["CL01"], []]


def test_a_rule_that_is_switched_off_is_left_out_of_its_card(tmp_path, site):  # noqa: F811
    site.install("acme", PACK.format(card=CARD))
    card = cards(run(tmp_path, [recording()], RISKY, settings=only(disable=["HR01"])))["service"]
    assert (card.score, card.rules_not_applicable) == (100.0, ["HR01"])


@pytest.mark.parametrize("disable", [["acme"], ["HR01", "ES01", "AW01", "SA01"]])
def test_a_card_without_a_rule_that_runs_or_of_a_pack_that_is_off_does_not_judge(tmp_path, site, disable):  # noqa: F811
    site.install("acme", PACK.format(card=CARD))
    assert "service" not in cards(run(tmp_path, [recording()], RISKY, settings=only(disable=disable)))


def test_a_card_with_a_rule_that_nobody_has_stops_loading(tmp_path, site):  # noqa: F811
    site.install("acme", PACK.format(card=CARD.replace("ES01", "ES91")))
    with pytest.raises(
        RulePackError, match=r"card.yaml:11: .* no installed pack has rule ES91; did you mean"
    ) as raised:
        run(tmp_path, [recording()], RISKY)
    assert raised.value.remedy


def test_a_changed_card_judges_again(tmp_path, site):  # noqa: F811
    site.install("acme", PACK.format(card=CARD))
    assert cards(run(tmp_path, [recording()], RISKY))["service"].passed
    module = site.folder / "pack_acme.py"
    # Another length too: Python goes by size and second, and both versions may be of the same second.
    module.write_text(module.read_text().replace("pass_mark: 60", "pass_mark: 90.5"))
    forget("pack_acme")
    assert cards(run(tmp_path, [recording()], RISKY))["service"].passed is False


def forget(module):
    import importlib
    import sys

    del sys.modules[module]
    importlib.invalidate_caches()


def rule(rule_id, check, **more):
    made = type(rule_id, (Rule,), {"id": rule_id, "__doc__": "", "check": check, **more})()
    return ActiveRule(made, Pack("here", "here", "1"))


def test_a_stored_score_comes_back_as_it_was():
    card, call = load(CARD, "card.yaml"), Call(call_id="c", duration=1.0)
    verdict = Panel([clear("HR01"), lost("ES01")], [card]).judge(call)
    [row] = verdict.scorecards
    assert result_of(row) == score_call(card, [outcome for _, outcome in verdict.judged], call)
    assert row.rules_unknown == ["ES01"]


def clear(rule_id):
    return rule(rule_id, lambda self, call: [])


def lost(rule_id):
    def check(self, call):
        raise RuntimeError("broken")

    return rule(rule_id, check)


def test_a_call_that_is_invalid_is_judged_by_no_other_rule():
    asked = []

    def check(self, call):
        asked.append(self.id)
        return [self.hit(call)]

    panel = Panel([rule("AA01", check), rule("IV01", check, flags=("invalid",))], [CARD_OF_ONE])
    verdict = panel.judge(Call(call_id="c", duration=1.0))
    assert (verdict.invalid, asked, verdict.scorecards, verdict.packs) == (True, ["IV01"], (), ("here 1",))
    assert verdict.on_cards(Call(call_id="c", duration=1.0), [CARD_OF_ONE]).scorecards == ()


CARD_OF_ONE = Scorecard(id="one", sections=(Section({"en": "All"}, (Item("AA01"),)),), pass_mark=50)
