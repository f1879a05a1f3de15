"""`callqa rules explain`: a rule in words."""

import json


def test_a_rule_of_yaml_is_explained_condition_by_condition(callqa, acme):
    code, out, _ = callqa("rules", "explain", "AC02")
    assert code == 0
    for text in (
        "AC02 Rash promise · 过度承诺",
        "version 1 of pack acme 0.1.0",
        "major, -10 points; category: conduct; flags: promise",
        "What it catches: after the customer asks about returns",
        "Hits when: promised",
        "the customer's turns",
        "within 4 turns after any match of asked",
        "turns = 4",
        'asks = ["收益", "利息", "回报", "return", "interest"]',
    ):
        assert text in out, text


def test_a_rule_of_python_is_explained_by_its_docstring(callqa, acme):
    code, out, _ = callqa("rules", "explain", "AC01")
    assert code == 0
    for text in (
        "AC01 Missing farewell",
        "What it catches: none of `phrases`",
        "Unknown: where the speakers",
        "turns = 2",
    ):
        assert text in out, text
    assert "Hits when" not in out


def test_options_that_are_set_are_shown_with_their_defaults(callqa, acme, tmp_path):
    (tmp_path / "qa.toml").write_text('[rules]\ndisable = ["AC02"]\n[rules.options.AC02]\nturns = 7\n')
    _, out, _ = callqa("rules", "explain", "AC02", "--config", tmp_path / "qa.toml")
    assert "turns = 7   # default: 4" in out
    assert "within 7 turns after" in out
    assert "switched off in the settings" in out


def test_a_script_gets_all_of_it(callqa, acme):
    _, out, _ = callqa("rules", "explain", "AC02", "--json")
    facts = json.loads(out)
    assert (facts["rule"], facts["version"], facts["when"], facts["enabled"]) == ("AC02", 1, "promised", True)
    assert [one["name"] for one in facts["conditions"]] == ["asked", "promised"]
    assert facts["conditions"][0]["operator"] == "keyword"
    assert [one["option"] for one in facts["options"]] == ["asks", "turns"]
    assert any("who speaks" in line or "not told apart" in line for line in facts["unknown"])


def test_a_condition_that_counts_where_it_cannot_be_told_is_explained(callqa, tmp_path):
    (tmp_path / "mine.yaml").write_text(
        "id: ZZ01\nconditions: {bad: {role: agent, keyword: [坏], when_missing: fail}}\nwhen: bad\n", encoding="utf-8"
    )
    (tmp_path / "qa.toml").write_text('[rules]\nfiles = ["mine.yaml"]\n')
    _, out, _ = callqa("rules", "explain", "ZZ01", "--config", tmp_path / "qa.toml")
    assert "bad: counts as holding where it cannot be told" in out


def test_a_rule_that_nobody_has_is_refused_with_a_suggestion(callqa):
    code, _, err = callqa("rules", "explain", "HR1")
    assert code == 2
    assert "there is no rule HR1; did you mean HR01?" in err
