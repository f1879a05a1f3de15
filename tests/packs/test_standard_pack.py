"""The standard pack is a pack like any other, its words are callqa's, and it is right about the demo's calls."""

import ast
import inspect
import subprocess
import sys
from importlib.metadata import entry_points

import pytest

import qc_rules
import qc_rules_standard
from callqa import contracts
from qc_rules import Call, Event, Turn, vocabulary
from qc_rules.declaration import check_declaration
from tests.conftest import REPOSITORY

RULES = sorted(qc_rules_standard.register_rules(), key=lambda rule: rule.id)


def imports_of(file):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_it_is_found_through_its_entry_point_and_nothing_imports_it():
    assert [p.value for p in entry_points(group="qc_rules") if p.name == "standard"] == ["qc_rules_standard"]
    files = [*(REPOSITORY / "include").rglob("*.py"), *(REPOSITORY / "qc_rules" / "sdk").rglob("*.py")]
    assert len(files) > 20
    private_doors = [str(file) for file in files for name in imports_of(file) if name.startswith("qc_rules_standard")]
    assert private_doors == []


def test_it_imports_nothing_but_the_kit_and_the_standard_library():
    for file in (REPOSITORY / "qc_rules" / "standard" / "src").rglob("*.py"):
        for name in imports_of(file):
            top = name.split(".")[0]
            assert top in {"qc_rules", "qc_rules_standard"} or top in sys.stdlib_module_names, (file, name)


def test_its_rules_are_imported_when_asked_for_and_not_when_found():
    code = "import sys, qc_rules_standard; print([m for m in sys.modules if m.startswith('qc_rules_standard.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_it_has_the_five_rules():
    assert [rule.id for rule in RULES] == ["AW01", "ES01", "HR01", "IV01", "SA01"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_a_page_and_names_in_both_languages(rule):
    check_declaration(rule)
    page = inspect.getdoc(rule)
    for heading in ("What it catches", "Why it matters", "Options", "known", "Limits"):
        assert heading.lower() in page.lower(), heading
    for option in vars(rule()):
        assert f"`{option}" in page, option
    assert set(rule.name) == {"zh", "en"}


def test_the_kits_words_are_callqas():
    assert vocabulary.EMOTIONS == contracts.EMOTIONS
    assert vocabulary.ROLES == contracts.ROLES
    assert vocabulary.SEVERITIES == contracts.SEVERITIES
    assert vocabulary.TONES == contracts.TONES
    assert set(contracts.EVENT_CLASSES) > vocabulary.DETECTED_EVENTS


def true_call(truth):
    """The call as it would be heard without any mistake."""
    turns = [
        Turn(
            turn=number, start=said["start"], end=said["end"], text=said["text"], role=said["role"],
            emotion=said["emotion"], channel=said["channel"],
        )
        for number, said in enumerate(truth["turns"])
    ]  # fmt: skip
    events = [
        Event(class_=said["event"], start=said["start"], end=said["end"], channel=said["channel"], role=said["role"])
        for said in truth["turns"]
        if said["event"] != "speech"
    ]
    events += [Event(class_="bgm", start=hold["start"], end=hold["end"]) for hold in truth["holds"]]
    if truth["call_state"]:
        events.append(Event(class_=truth["call_state"], start=0, end=truth["duration"]))
    return Call(call_id=truth["call_id"], duration=truth["duration"], turns=turns, events=events)


def test_on_what_is_really_said_in_the_demos_calls_the_right_rules_hit(ground_truth):
    rules = [rule() for rule in RULES]
    heard = [truth for truth in ground_truth if truth["status"] != "rejected"]
    hits = {
        truth["call_id"]: [o.rule for o in qc_rules.judge(true_call(truth), rules) if o.result == "hit"]
        for truth in heard
    }
    assert {rule for rules in hits.values() for rule in rules} == {rule.id for rule in RULES}
    assert hits == {truth["call_id"]: truth["rules"] for truth in heard}
