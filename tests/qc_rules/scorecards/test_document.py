"""Scorecards from YAML: everything that cannot be is refused with file, line, value and remedy."""

import pytest

from qc_rules import PackError
from qc_rules.scorecards import load
from tests.conftest import REPOSITORY
from tests.qc_rules.scorecards.cards import CARD

FULL = """
id: claims-service
version: 3
name: {en: Claims, zh: 理赔}
applies_to: "queue in ['claims'] && direction == 'inbound'"
pass_mark: 72.5
unknown: fail
min_coverage: 0.4
sections:
  - name: {zh: 合规}
    items:
      - rule: ID01
        points: 2.5
        critical: fail
        unknown: pass
      - {rule: GR01, critical: fail_section}
      - {rule: TH01, passes_on: hit}
"""


def test_everything_that_a_card_can_say():
    card = load(FULL, "acme: service.yaml")
    assert (card.id, card.version, card.title("zh"), card.title("ja")) == ("claims-service", 3, "理赔", "Claims")
    assert (card.applies_to, card.pass_mark) == ("queue in ['claims'] && direction == 'inbound'", 72.5)
    assert (card.min_coverage, card.origin) == (0.4, "acme: service.yaml")
    [section] = card.sections
    assert (section.title(), section.weight) == ("合规", 1)
    told = [(i.rule, i.points, i.critical, i.unknown, i.passes_on, i.line) for i in section.items]
    assert told == [
        ("ID01", 2.5, "fail", "pass", "clear", 12),
        ("GR01", 1, "fail_section", "fail", "clear", 16),
        ("TH01", 1, "", "fail", "hit", 17),
    ]


def test_the_card_in_the_docs_is_one():
    text = (REPOSITORY / "docs" / "scorecards.md").read_text(encoding="utf-8")
    card = load(text.split("```yaml\n")[1].split("```")[0], "docs/scorecards.md")
    assert [section.weight for section in card.sections] == [30, 70]
    assert [item.critical for item in card.items()] == ["", "fail", "fail_section", ""]


def test_what_a_card_need_not_say():
    card = load("{id: a, pass_mark: 0, sections: [{name: All, items: [{rule: HR01}]}]}", "a.yaml")
    assert (card.version, card.title(), card.applies_to, card.min_coverage) == (1, "a", "", 0)
    [item] = card.items()
    assert (item.points, item.critical, item.unknown, item.passes_on) == (1, "", "exclude", "clear")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("pass_mark: 80", "pass_mrk: 80", r"card.yaml:5: .*unknown key pass_mrk; did you mean pass_mark\?"),
        ("points: 2", "point: 2", r"card.yaml:16: .*unknown key point; did you mean points\?"),
        ("weight: 25", "wait: 25", r"card.yaml:8: .*unknown key wait; did you mean weight\?"),
        ("points: 2", "points: -2", r"card.yaml:15: .*points: -2 is not a number from 0"),
        ("weight: 25", "weight: -1", r"card.yaml:7: .*the weight of section Opening: -1 is not a number from 0"),
        ("weight: 25", "weight: many", r"card.yaml:8: .*it is 'many', not a number"),
        ("points: 2", "points: true", r"card.yaml:16: .*it is True, not a number"),
        ("pass_mark: 80\n", "", r"card.yaml:2: pass_mark: a number is missing"),
        ("rule: HR01\n        points: 2", "points: 2", r"card.yaml:15: sections\[1\].items\[0\].rule: text is missing"),
        ("id: service\n", "", r"card.yaml:2: id: text is missing"),
        ("pass_mark: 80", "pass_mark: 101", r"card.yaml:2: pass_mark is 101: a number from 0 to 100"),
        ("pass_mark: 80", "pass_mark: 80\nmin_coverage: 80", r"min_coverage is 80: a number from 0 to 1"),
        ("id: service", "id: Service!", r"id is 'Service!': a word in small letters"),
        ("version: 2", "version: 0", r"version is 0: a whole number from 1"),
        ("version: 2", "version: 2.5", r"version is 2.5: a whole number from 1"),
        ("version: 2", "unknown: exclud", r"card.yaml:3: unknown: it is 'exclud'; did you mean exclude\?"),
        ("points: 2", "critical: fai", r"card.yaml:16: .*it is 'fai'; did you mean fail\?"),
        ("points: 2", "passes_on: miss", r"card.yaml:16: .*it is 'miss'; known: clear, hit"),
        ("rule: HR01", "rule: HR1", r"card.yaml:15: .*rule is 'HR1': two capital letters and two digits"),
        ("rule: HR01", "rule: GR01", r"card.yaml:15: .*rule GR01 is on the scorecard already, on line 10"),
        ("name: Talk", "name: Opening", r"section Opening is on it twice"),
        ("name: Talk", "name: 7", r"card.yaml:12: .*it is 7, not a name"),
        ("name: {en: Opening, zh: 开场}", "name: {en: 1}", r"card.yaml:7: .*it is 1, not text"),
        ("name: {en: Opening, zh: 开场}", "name:", r"a name, or names by language is missing"),
        ("version: 2", "applies_to: queue = 'claims'", r"card.yaml:3: applies_to: .*write =="),
        ("version: 2", "version: 2\nid: again", r"card.yaml:4: .*id"),
        ("- {rule: SA01, points: 1}", "- SA01", r"card.yaml:17: .*an item is 'SA01', not a mapping of rule, points"),
        ("id: service", "id: [", r"card.yaml:\d+: it is no YAML"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(old, new, said):
    assert old in CARD
    with pytest.raises(PackError, match=said) as raised:
        load(CARD.replace(old, new), "card.yaml")
    assert raised.value.remedy


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"a.yaml:1: a scorecard is None, not a mapping"),
        ("- a", r"a.yaml:1: a scorecard is \['a'\], not a mapping of id, version"),
        ("{id: a, pass_mark: 1}", r"a.yaml:1: sections: it is None, not a list of sections"),
        ("{id: a, pass_mark: 1, sections: []}", r"sections: it is \[\], not a list of sections"),
        ("{id: a, pass_mark: 1, sections: [{name: x, items: []}]}", r"items: it is \[\], not a list of items"),
        (
            "{id: a, pass_mark: 1, sections: [{name: x, items: [{rule: AA01, points: 0}]}]}",
            "all its items have 0 points",
        ),
        ("{id: a, pass_mark: 1, sections: [{name: x, weight: 0, items: [{rule: AA01}]}]}", "no section has a weight"),
    ],
)
def test_what_scores_nothing_is_refused(text, said):
    with pytest.raises(PackError, match=said):
        load(text, "a.yaml")


def test_a_rule_that_nobody_has_is_refused_with_its_line():
    card = load(CARD, "acme: card.yaml")
    card.check(["GR01", "ID01", "HR01", "SA01", "ZZ99"])
    with pytest.raises(PackError, match=r"acme: card.yaml:15: .* no installed pack has rule HR01; did you mean HR02\?"):
        card.check(["GR01", "ID01", "HR02", "SA01"])


def test_where_a_card_came_from_does_not_make_it_another():
    assert load(CARD, "one.yaml") == load("\n" + CARD, "two.yaml")
    assert load(CARD, "one.yaml") != load(CARD.replace("points: 3", "points: 2"), "one.yaml")
