"""The pages of rules: made from what is installed, and those of the repository are up to date."""

import dataclasses
import json
import re
import textwrap

import pytest

import qc_rules
from qc_rules.language import parse_rules
from qc_rules.language.sources import operators_in
from qc_rules.operators.catalog import BUILT_IN
from tests.conftest import REPOSITORY

PAGES = REPOSITORY / "docs" / "rules"


def test_the_repositorys_pages_are_what_the_standard_pack_and_the_operators_say(callqa):
    code, _, err = callqa("rules", "docs", "--pack", "standard", "--out", PAGES, "--check")
    assert code == 0, err


def test_every_rule_and_operator_has_a_page_and_every_link_leads_somewhere():
    files = sorted(PAGES.rglob("*.md"))
    assert {f"operators/{operator.name}.md" for operator in BUILT_IN} <= {str(f.relative_to(PAGES)) for f in files}
    for file in files:
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", file.read_text(encoding="utf-8")):
            assert (file.parent / link).exists(), (file.name, link)


@pytest.mark.parametrize("operator", BUILT_IN, ids=lambda operator: operator.name)
def test_every_operators_page_says_what_it_does_when_it_cannot_tell_and_each_parameter(operator):
    page = (PAGES / "operators" / f"{operator.name}.md").read_text(encoding="utf-8")
    assert len(page.split("\n\n")[3]) > 10
    assert re.search(r"^(Unknown:|Unknown |Never unknown)", page, re.M)
    for field in dataclasses.fields(operator):
        assert f"| `{field.name.rstrip('_')}` |" in page


@pytest.mark.parametrize("operator", BUILT_IN, ids=lambda operator: operator.name)
def test_every_operators_example_is_a_condition(operator, lexicons):
    page = (PAGES / "operators" / f"{operator.name}.md").read_text(encoding="utf-8")
    [example] = re.findall(r"^```yaml\n(.*?)^```", page, re.M | re.S)
    if "condition: hold" in example:
        example += "hold: {keyword: [请稍等]}\n"
    names = re.findall(r"^(\w+):", example, re.M)
    text = f"id: ZZ01\nconditions:\n{textwrap.indent(example, '  ')}\nwhen: {' || '.join(names)}\n"
    [rule] = parse_rules(text, operator.name, {one.name: one for one in BUILT_IN}, lexicons)
    used = operators_in(rule().plan.conditions[names[0]].operator)
    assert operator.name in {type(one).name for one in used}


@pytest.fixture(scope="module")
def lexicons():
    return {lexicon.name: lexicon for pack in qc_rules.installed() for lexicon in pack.lexicons}


def test_pages_are_written_kept_and_removed(callqa, acme, tmp_path):
    out = tmp_path / "pages"
    written = json.loads(callqa("rules", "docs", "--out", out, "--pack", "acme", "--json")[1])["written"]
    assert {"README.md", "language.md", "AC01.md", "AC02.md", "operators/keyword.md"} <= set(written)
    assert "HR01.md" not in written
    (out / "mine.md").write_text("by hand")
    (out / "AC02.md").write_text("changed by hand")
    (out / "AC99.md").write_text((out / "AC01.md").read_text())
    again = json.loads(callqa("rules", "docs", "--out", out, "--pack", "acme", "--json")[1])
    assert (again["written"], again["removed"]) == (["AC02.md"], ["AC99.md"])
    assert (out / "mine.md").read_text() == "by hand"


def test_a_page_that_is_not_up_to_date_is_found_and_left(callqa, acme, tmp_path):
    check = ("rules", "docs", "--out", tmp_path, "--pack", "acme")
    callqa(*check)
    assert callqa(*check, "--check")[0] == 0
    (tmp_path / "AC02.md").write_text((tmp_path / "AC02.md").read_text() + "more")
    (tmp_path / "AC99.md").write_text((tmp_path / "AC01.md").read_text())
    (tmp_path / "AC01.md").unlink()
    code, _, err = callqa(*check, "--check")
    assert code == 1
    assert "AC01.md, AC02.md, AC99.md" in " ".join(err.split())
    assert not (tmp_path / "AC01.md").exists()


def test_a_rules_page_has_its_conditions_options_examples_and_source(callqa, acme, tmp_path):
    callqa("rules", "docs", "--out", tmp_path, "--pack", "acme")
    page = (tmp_path / "AC02.md").read_text(encoding="utf-8")
    for text in (
        "# AC02 Rash promise · 过度承诺",
        "| severity | major |",
        "Hits when `promised`, where",
        "| `promised` | the agent's turns; within 4 turns after any match of asked |",
        "| `turns` | a whole number | `4` |",
        "**hit**: a return is promised",
        "1: agent@3-5: 您放心，稳赚不赔",
        'turns: "${turns}"',
        "when: promised",
    ):
        assert text in page or text.replace('"', "'") in page or text.replace('"', "") in page, text


def test_options_that_an_operator_sets_are_not_on_the_page(callqa, acme, tmp_path, monkeypatch):
    (tmp_path / "qa.toml").write_text("[rules.options.AC02]\nturns = 7\n")
    monkeypatch.setenv("CALLQA_CONFIG", str(tmp_path / "qa.toml"))
    callqa("rules", "docs", "--out", tmp_path / "pages", "--pack", "acme")
    assert "| `turns` | a whole number | `4` |" in (tmp_path / "pages" / "AC02.md").read_text(encoding="utf-8")


def test_a_pack_that_nobody_has_is_refused(callqa, tmp_path):
    code, _, err = callqa("rules", "docs", "--out", tmp_path, "--pack", "standart")
    assert (code, "did you mean standard?" in err) == (2, True)
