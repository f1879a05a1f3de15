"""`callqa rules check`: rules on a call that somebody wrote down."""

import json

import pytest

RULE = """
id: ZZ01
name: {en: Long call}
conditions:
  long: {duration: {seconds: {above: 60}}}
when: long
"""


@pytest.fixture
def call_file(tmp_path):
    def write(text, name="call.yaml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


SALE = """
call:
  - customer: 这个产品收益怎么样
  - agent: 您放心，稳赚不赔
metadata: {queue: vip}
"""


def test_every_rule_that_is_on_says_what_it_makes_of_the_call(callqa, acme, call_file):
    code, out, _ = callqa("rules", "check", call_file(SALE), "--json")
    outcomes = {row["rule"]: row for row in json.loads(out)}
    assert code == 0
    assert {"AC01", "AC02", "HR01", "IV01"} <= set(outcomes)
    assert (outcomes["AC01"]["result"], outcomes["AC02"]["result"]) == ("hit", "hit")
    [piece] = outcomes["AC02"]["evidence"]
    assert (piece["turn"], piece["text"], piece["condition"]) == (1, "稳赚不赔", "promised")


def test_people_see_what_was_said_the_outcomes_and_the_evidence(callqa, acme, call_file):
    code, out, _ = callqa("rules", "check", call_file(SALE), "--rule", "AC02")
    assert code == 0
    for text in (
        "1: agent@3-5: 您放心，稳赚不赔",
        "known: queue = 'vip'",
        "AC02 Rash promise",
        "outcome: hit: the agent promises: 稳赚不赔",
        "turn 1, 3-5 s: '稳赚不赔' (promised)",
    ):
        assert text in out
    assert "AC01" not in out


def test_the_reason_of_an_unknown_is_said(callqa, acme, call_file):
    _, out, _ = callqa("rules", "check", call_file("- unknown: 再见"), "--rule", "AC01")
    assert "outcome: unknown: the roles of the speakers are not known" in out


def test_json_of_a_call_will_do(callqa, acme, call_file):
    call = json.dumps({"turns": [{"role": "agent", "text": "再见", "start": 0, "end": 2}], "duration": 9})
    _, out, _ = callqa("rules", "check", call_file(call, "call.json"), "--rule", "AC01", "--json")
    assert [row["result"] for row in json.loads(out)] == ["clear"]


def test_a_rule_file_is_tried_without_installing_it(callqa, call_file):
    rules = call_file(RULE, "rules.yaml")
    call = call_file("duration: 61")
    _, out, _ = callqa("rules", "check", call, "--file", rules, "--json")
    assert [(row["rule"], row["result"]) for row in json.loads(out)] == [("ZZ01", "hit")]
    assert callqa("rules", "check", call, "--file", rules, "--rule", "ZZ01")[0] == 0
    code, _, err = callqa("rules", "check", call, "--file", rules, "--rule", "HR01")
    assert (code, "no file given has rule HR01" in err) == (2, True)


def test_a_file_of_word_lists_goes_with_a_rule_file(callqa, call_file):
    words = call_file("lexicons:\n  - {name: our_products, words: [畅享卡]}\n", "words.yaml")
    rules = call_file("id: ZZ01\nconditions: {named: {keyword: $our_products}}\nwhen: named\n", "rules.yaml")
    call = call_file("- agent: 给您介绍畅享卡")
    _, out, _ = callqa("rules", "check", call, "--file", rules, "--file", words, "--json")
    assert [(row["rule"], row["result"]) for row in json.loads(out)] == [("ZZ01", "hit")]
    code, _, err = callqa("rules", "check", call, "--file", rules)
    assert (code, "our_products" in err) == (6, True)


def test_a_rule_file_may_hold_the_next_version_of_an_installed_rule(callqa, call_file):
    rules = call_file(RULE.replace("ZZ01", "HR01"), "rules.yaml")
    _, out, _ = callqa("rules", "check", call_file("duration: 61"), "--file", rules, "--json")
    assert [(row["rule"], row["result"]) for row in json.loads(out)] == [("HR01", "hit")]


def test_options_are_those_of_the_settings(callqa, acme, call_file, tmp_path):
    config = call_file("[rules.options.AC01]\nphrases = ['稳赚不赔']\n", "qa.toml")
    _, out, _ = callqa("rules", "check", call_file(SALE), "--rule", "AC01", "--config", config, "--json")
    assert [row["result"] for row in json.loads(out)] == ["clear"]


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("- agnet: 您好", 6, "call.yaml: turn 0: nobody is called 'agnet'; did you mean agent?"),
        ("call: [", 6, "it is no YAML"),
        ("just text", 6, "is no call"),
    ],
)
def test_what_is_no_call_is_a_clean_error(callqa, call_file, text, code, said):
    found, _, err = callqa("rules", "check", call_file(text))
    assert found == code
    assert said in " ".join(err.split())


def test_files_that_are_not_there_or_no_rules_are_clean_errors(callqa, call_file, tmp_path):
    code, _, err = callqa("rules", "check", tmp_path / "none.yaml")
    assert (code, "none.yaml cannot be read" in " ".join(err.split())) == (2, True)
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    code, _, err = callqa("rules", "check", tmp_path / "binary.yaml")
    assert (code, "is no text" in " ".join(err.split())) == (2, True)
    broken = call_file("id: ZZ01\nwhen: nothing\n", "rules.yaml")
    code, _, err = callqa("rules", "check", call_file("duration: 1"), "--file", broken)
    assert (code, "rules.yaml" in err) == (6, True)
    code, _, err = callqa("rules", "check", call_file("duration: 1"), "--rule", "HR1")
    assert (code, "did you mean HR01?" in err) == (2, True)
