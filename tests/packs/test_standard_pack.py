"""The standard pack is a pack like any other, its words are callqa's, and it is right about the demo's calls."""

import ast
import csv
import inspect
import re
import subprocess
import sys
from importlib.metadata import entry_points

import pytest

import qc_rules
from callqa import contracts
from qc_rules import Call, Event, Turn, vocabulary
from qc_rules.declaration import check_declaration
from qc_rules.language import DeclaredRule
from qc_rules.loader import installed
from tests.conftest import DEMO_CALLS, REPOSITORY

[PACK] = [pack for pack in installed() if pack.name == "standard"]
RULES = PACK.rules
LANGUAGES = ("zh", "yue", "en", "ja", "ko")
TRUE_BUT_NOT_HEARD = {"20260106-110020-b10": ["LG01"]}
"""An agent who answers Cantonese in Mandarin: the demo's model, told to expect Cantonese, hears it in both."""


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


def test_it_has_the_rules_that_calls_were_always_judged_by():
    versions = {rule.id: rule.version for rule in RULES}
    assert {rule: versions[rule] for rule in ("AW01", "ES01", "HR01", "IV01", "SA01")} == {
        "AW01": 1, "ES01": 1, "HR01": 2, "IV01": 1, "SA01": 2,
    }  # fmt: skip


def test_all_but_three_of_its_rules_are_yaml():
    assert {rule.id for rule in RULES if not issubclass(rule, DeclaredRule)} == {"AW01", "ES01", "IV01"}


def test_its_words_are_few_enough_to_read_and_in_all_five_languages():
    assert len(PACK.lexicons) >= 20
    for file in sorted((REPOSITORY / "qc_rules/standard/src/qc_rules_standard/lexicons").glob("*.yaml")):
        comments = re.findall(r"^ +# (\w+)$", file.read_text(encoding="utf-8"), re.M)
        assert set(comments) >= set(LANGUAGES), file.name


def test_its_scorecard_has_rules_of_the_pack_in_four_sections():
    [card] = PACK.scorecards
    assert [section.title() for section in card.sections] == ["Opening", "Service", "Compliance", "Closing"]
    assert {item.rule for item in card.items()} <= {rule.id for rule in RULES}
    assert {item.rule for item in card.items() if item.critical == "fail"} == {"FW01", "PD01"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_a_page_and_names_in_both_languages(rule):
    check_declaration(rule)
    page = inspect.getdoc(rule)
    for heading in ("What it catches", "Why it matters", "Options", "known", "Limits"):
        assert heading.lower() in page.lower(), heading
    for option in vars(rule()):
        assert f"`{option}" in page, option
    assert set(rule.name) == {"zh", "en"}


@pytest.mark.parametrize("rule", [rule for rule in RULES if issubclass(rule, DeclaredRule)], ids=lambda rule: rule.id)
def test_every_yaml_rule_speaks_both_languages(rule):
    assert set(rule.document.messages()) == {"zh", "en"}


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
            emotion=said["emotion"], channel=said["channel"], language=said["language"], loudness=-26.0,
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
    return Call(
        call_id=truth["call_id"], duration=truth["duration"], turns=turns, events=events,
        call_state=truth["call_state"], channels=truth["channels"], metadata=side_car(truth),
    )  # fmt: skip


def side_car(truth):
    """What the telephone system reports of the call."""
    with (DEMO_CALLS / truth["day"] / "calls.csv").open(encoding="utf-8", newline="") as file:
        [row] = [row for row in csv.DictReader(file) if row["file"] == truth["file"]]
    return {"disconnect_reason": row["disconnect_reason"], "hold_seconds": float(row["hold_seconds"] or 0)}


def test_on_what_is_really_said_in_the_demos_calls_the_right_rules_hit(ground_truth):
    rules = [rule() for rule in RULES]
    heard = [truth for truth in ground_truth if truth["status"] != "rejected"]
    hits = {
        truth["call_id"]: [o.rule for o in qc_rules.judge(true_call(truth), rules) if o.result == "hit"]
        for truth in heard
    }
    assert hits == {
        truth["call_id"]: sorted(truth["rules"] + TRUE_BUT_NOT_HEARD.get(truth["call_id"], [])) for truth in heard
    }
