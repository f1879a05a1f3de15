"""`callqa rules new` writes a pack that is whole, and writes over nothing."""

import json
import subprocess
import sys
import tomllib

import pytest

from callqa.cli.rules.new import TEMPLATE, prefix
from callqa.errors import UsageError
from qc_rules.testing import pack_cases


def test_a_pack_is_written_with_rules_words_cases_and_a_test(callqa, tmp_path):
    code, out, _ = callqa("rules", "new", "my-pack", "--folder", tmp_path / "deep" / "my-pack", "--json")
    written = json.loads(out)
    assert (code, written["pack"]) == (0, "my_pack")
    folder = tmp_path / "deep" / "my-pack"
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()) == written["files"]
    assert {
        "pyproject.toml",
        "README.md",
        "qc_rules_my_pack/__init__.py",
        "qc_rules_my_pack/farewell.py",
        "qc_rules_my_pack/rules.yaml",
        "qc_rules_my_pack/lexicons.yaml",
        "qc_rules_my_pack/cases.yaml",
        "tests/test_rules.py",
    } == set(written["files"])
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    assert project["name"] == "qc-rules-my-pack"
    assert project["entry-points"]["qc_rules"] == {"my_pack": "qc_rules_my_pack"}


def test_nothing_of_the_template_is_left_in_it(callqa, tmp_path):
    callqa("rules", "new", "my-pack", "--folder", tmp_path / "p")
    for file in (p for p in (tmp_path / "p").rglob("*") if p.is_file()):
        text = file.read_text(encoding="utf-8")
        assert "example" not in text, file
        assert "EX0" not in text, file


def test_it_says_what_to_do_next(callqa, tmp_path):
    _, out, _ = callqa("rules", "new", "my-pack", "--folder", tmp_path / "p")
    assert f"pip install -e {tmp_path / 'p'}" in out
    assert "callqa rules test my-pack" in out


def test_it_lists_and_passes_its_cases_as_it_is(callqa, acme):
    rules, cases = pack_cases("acme")
    assert [case.problem(rules[case.rule]) for case in cases] == [""] * len(cases)
    assert {case.expected for case in cases} == {"hit", "clear", "unknown"}
    code, out, _ = callqa("rules", "list", "--json")
    listed = {row["rule"]: row["pack"] for row in json.loads(out)["rules"]}
    assert code == 0
    assert (listed["AC01"], listed["AC02"]) == ("acme", "acme")


def test_what_it_writes_is_formatted_and_clean(acme):
    files = [str(path) for path in acme.rglob("*.py")]
    assert len(files) == 3
    for command in (["format", "--check", "--isolated", "--line-length", "120"], ["check", "--isolated"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *files], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("My-Pack", "no name for a pack"),
        ("my_pack", "no name for a pack"),
        ("-x", "No such option"),
        ("1st", "no name for a pack"),
        ("my--pack", "no name for a pack"),
        ("../up", "no name for a pack"),
        ("类", "no name for a pack"),
        ("", "no name for a pack"),
        ("qc-rules-acme", "is put before the name"),
        ("local", "no pack can be called local"),
        ("class", "no pack can be called class"),
        ("standard", "a pack standard is installed"),
    ],
)
def test_a_bad_name_is_refused_and_nothing_is_written(callqa, tmp_path, name, said):
    code, _, err = callqa("rules", "new", name, "--folder", tmp_path / "p")
    assert code == 2
    assert said in " ".join(err.split())
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize("there", ["folder", "file"])
def test_what_is_there_is_not_written_over(callqa, tmp_path, there):
    target = tmp_path / "p"
    target.mkdir() if there == "folder" else target.write_text("mine")
    code, _, err = callqa("rules", "new", "my-pack", "--folder", target)
    assert code == 2
    assert "something at" in err
    assert list(target.iterdir()) == [] if there == "folder" else target.read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_a_clean_error(callqa, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = callqa("rules", "new", "my-pack", "--folder", tmp_path / "file" / "p")
    assert code == 2
    assert "cannot be written" in " ".join(err.split())


@pytest.mark.parametrize(
    ("name", "taken", "letters"),
    [
        ("my-pack", [], "MP"),
        ("acme", [], "AC"),
        ("acme", ["AC01"], "AM"),
        ("high-risk", ["HR01"], "HI"),
        ("a", [], "AA"),
        ("a", ["AA01"], "AB"),
        ("a1-b2", [], "AB"),
    ],
)
def test_its_rules_ids_begin_with_letters_of_the_name_that_no_rule_has(name, taken, letters):
    assert prefix(name, taken) == letters


def test_where_no_letters_are_left_another_name_is_asked_for():
    with pytest.raises(UsageError, match="begins with A"):
        prefix("a", [f"A{chr(letter)}01" for letter in range(ord("A"), ord("Z") + 1)])


def test_the_template_is_shipped_with_the_package():
    assert (TEMPLATE / "pyproject.toml").is_file()
