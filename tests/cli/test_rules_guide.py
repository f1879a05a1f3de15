"""docs/rules.md can be followed literally: its files work with its commands."""

import json
import re
import shlex
import textwrap

import pytest

from qc_rules import scorecards
from qc_rules.language import parse_rules
from qc_rules.lexicons import read_lexicons
from qc_rules.operators.catalog import BUILT_IN
from tests.conftest import REPOSITORY

GUIDE = REPOSITORY / "docs" / "rules.md"


def blocks(language: str) -> list[str]:
    """The code blocks of a language; those of numbered steps are moved to the margin."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```", GUIDE.read_text(encoding="utf-8"), re.M | re.S)
    return [textwrap.dedent(text) for _, text in found]


@pytest.fixture
def folder(tmp_path):
    """The guide's files, as it names them."""
    files = [block.partition("\n") for block in [*blocks("yaml"), *blocks("toml")] if block.startswith("# ")]
    for name, text in [(head.removeprefix("# "), text) for head, _, text in files]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "my-call.yaml").write_text("- agent: 我们给您回电\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def commands(callqa, folder, monkeypatch):
    """Run a command of the guide that begins so, in the folder of its files."""
    lines = [line.removeprefix("$ ") for block in blocks("console") for line in block.splitlines()]

    def run(beginning: str, *more: str):
        [line] = [line for line in lines if line.startswith(f"callqa {beginning}")]
        monkeypatch.chdir(folder)
        return callqa(*shlex.split(line)[1:], *more)

    return run


def test_the_rules_cases_come_out_as_the_guide_says(commands):
    code, out, err = commands("rules test rules/callback")
    assert (code, "4 cases" in out) == (0, True), out + err


def test_the_rule_is_tried_on_a_call(commands):
    code, out, err = commands("rules check my-call.yaml", "--json")
    assert code == 0, err
    assert [(row["rule"], row["result"], row["message"]) for row in json.loads(out)] == [
        ("CB01", "hit", "the agent promises to call back (给您回电) and does not say when")
    ]


def test_with_the_guides_settings_it_is_listed_and_explained(callqa, folder):
    _, out, _ = callqa("rules", "list", "--config", folder / "qa.toml", "--json")
    assert [row["rule"] for row in json.loads(out)["rules"] if row["pack"] == "local"] == ["CB01"]
    code, out, _ = callqa("rules", "explain", "CB01", "--config", folder / "qa.toml")
    assert (code, "around any match of promised" in out) == (0, True)


def test_the_other_commands_of_the_guide_are_there(commands, tmp_path):
    assert commands("rules list")[0] == 0
    assert commands("rules explain HR01")[0] == 0
    assert commands("rules new my-pack", "--folder", str(tmp_path / "new"))[0] == 0
    code, _, err = commands("rules backtest", "--help")
    assert code == 0, err


def test_its_scorecard_is_one():
    [text] = [block for block in blocks("yaml") if "pass_mark" in block]
    card = scorecards.load(text, "docs/rules.md")
    assert [item.rule for item in card.items()] == ["SC01", "SC02", "SA01", "FW01"]


def test_its_lexicon_is_one():
    [text] = [block for block in blocks("yaml") if block.startswith("lexicons:")]
    assert [lexicon.name for lexicon in read_lexicons(text, "docs/rules.md")] == ["our_products"]


def test_its_conditions_are_conditions():
    [text] = [block for block in blocks("yaml") if block.startswith("greeted:")]
    conditions = (
        "".join(f"  {line}\n" for line in text.splitlines())
        .replace("$greeting", "[您好]")
        .replace("$hold_return", "[久等]")
    )
    rule = f"id: ZZ01\nconditions:\n{conditions}  hold: {{role: agent, keyword: [请稍等]}}\nwhen: greeted || thanked\n"
    assert parse_rules(rule, "docs/rules.md", {operator.name: operator for operator in BUILT_IN})


def test_every_operator_is_in_its_table_and_every_link_leads_somewhere():
    text = GUIDE.read_text(encoding="utf-8")
    assert set(re.findall(r"\[`(\w+)`\]\(rules/operators/", text)) == {operator.name for operator in BUILT_IN}
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text.replace("\n", " ")):
        assert (GUIDE.parent / link).exists(), link


def test_the_page_of_the_language_shows_a_rule_that_is_one():
    page = (REPOSITORY / "docs" / "rules" / "language.md").read_text(encoding="utf-8")
    [text] = re.findall(r"^```yaml\n(.*?)^```", page, re.M | re.S)
    [rule] = parse_rules(text, "language.md", {operator.name: operator for operator in BUILT_IN})
    assert (rule.id, rule().complaints) == ("HR01", ("投诉", "举报", "12378"))
