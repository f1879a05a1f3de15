"""`callqa rules test`: the cases of packs and of folders."""

import json

import pytest

WRONG = """
AC01:
  - clear: wrong
    call: ['agent: 喂']
"""
RULE = "id: ZZ01\nconditions: {long: {duration: {seconds: {above: 60}}}}\nwhen: long\n"


def test_every_installed_pack_is_tested(callqa, acme):
    code, out, err = callqa("rules", "test", "--json")
    tested = {row["tested"]: row for row in json.loads(out)}
    assert code == 0, (out, err)
    assert set(tested) == {"acme", "standard"}
    assert tested["acme"]["rules"] == ["AC01", "AC02"]
    assert tested["acme"]["cases"] == 8
    assert [row["problems"] for row in tested.values()] == [[], []]


@pytest.mark.parametrize("name", ["acme", "standard"])
def test_one_pack_is_tested_by_its_name(callqa, acme, name):
    code, out, _ = callqa("rules", "test", name)
    assert code == 0
    assert out.startswith(f"{name}: ")
    assert len(out.splitlines()) == 1


def test_a_case_that_fails_is_shown_and_the_exit_code_is_1(callqa, acme):
    file = acme / "qc_rules_acme" / "cases.yaml"
    text = file.read_text(encoding="utf-8")
    wrong = "  - clear: wrong\n    call: ['agent: 喂']\n\nAC02:"
    file.write_text(text.replace("\nAC02:", wrong), encoding="utf-8")
    code, out, _ = callqa("rules", "test", "acme")
    assert code == 1
    for line in (
        "AC01 clear: wrong",
        "expected clear, came out hit",
        "0: agent@0-2: 喂",
        "9 cases, 1 answer otherwise",
    ):
        assert line in out


def test_a_gap_in_a_packs_cases_is_an_error(callqa, acme):
    cases = (acme / "qc_rules_acme" / "cases.yaml").read_text(encoding="utf-8")
    (acme / "qc_rules_acme" / "cases.yaml").write_text(cases.partition("AC02:")[0], encoding="utf-8")
    code, _, err = callqa("rules", "test", "acme")
    assert code == 6
    assert "rule AC02 has no hit case" in err


def test_a_folder_of_cases_tests_installed_rules(callqa, acme, tmp_path):
    (tmp_path / "cases.yaml").write_text(WRONG, encoding="utf-8")
    code, out, _ = callqa("rules", "test", tmp_path, "--json")
    [tested] = json.loads(out)
    assert (code, tested["cases"], len(tested["problems"])) == (1, 1, 1)
    assert callqa("rules", "test", tmp_path / "cases.yaml")[0] == 1


def test_rules_of_a_file_are_tested_without_installing_them(callqa, tmp_path):
    (tmp_path / "rules.yaml").write_text(RULE, encoding="utf-8")
    (tmp_path / "cases.yaml").write_text("ZZ01: [{hit: long, duration: 61}, {clear: short, duration: 60}]")
    code, out, err = callqa("rules", "test", tmp_path, "--file", tmp_path / "rules.yaml")
    assert (code, "2 cases" in out) == (0, True), err
    (tmp_path / "cases.yaml").write_text("ZZ01: [{hit: long, duration: 61}]")
    code, _, err = callqa("rules", "test", tmp_path, "--file", tmp_path / "rules.yaml")
    assert (code, "rule ZZ01 has no clear case" in " ".join(err.split())) == (6, True)


def test_what_cannot_be_tested_is_a_clean_error(callqa, acme, tmp_path):
    code, _, err = callqa("rules", "test", "acmee")
    assert (code, "did you mean acme?" in " ".join(err.split())) == (2, True)
    code, _, err = callqa("rules", "test", tmp_path)
    assert (code, "there are no cases" in " ".join(err.split())) == (6, True)
    code, _, err = callqa("rules", "test", acme)
    assert (code, "is a package" in " ".join(err.split())) == (2, True)
    code, _, err = callqa("rules", "test", "--file", tmp_path / "rules.yaml")
    assert (code, "--file goes with" in " ".join(err.split())) == (2, True)
