"""Packs are found through their entry points, and whatever is wrong with one is said, not skipped."""

import os
import pickle
import subprocess
import sys

import pytest

import qc_rules
from qc_rules import Call, PackError, Turn
from tests.qc_rules.conftest import RULE


def test_a_pack_is_found_with_its_version_and_rules(site):
    site.install("acme", RULE.format(rule_id="AC01"), version="2.5")
    packs = {pack.name: pack for pack in qc_rules.installed()}
    assert (packs["acme"].distribution, packs["acme"].version) == ("qc-rules-acme", "2.5")
    assert [rule.id for rule in packs["acme"].rules] == ["AC01"]
    assert "standard" in packs


def test_the_rules_of_a_pack_judge_calls_beside_all_others(site):
    site.install("acme", RULE.format(rule_id="AC01"))
    rules = [active.rule for active in qc_rules.load()]
    call = Call(call_id="1", duration=9, turns=(Turn(turn=0, start=0, end=2, text="你好", role="agent"),))
    by_rule = {outcome.rule: outcome for outcome in qc_rules.judge(call, rules)}
    assert by_rule["AC01"].result == "hit"
    assert set(by_rule) > {"AC01", "HR01", "IV01"}


def test_rules_come_in_the_order_of_their_ids_whatever_the_pack(site):
    site.install("zz", RULE.format(rule_id="AA01"))
    site.install("aa", RULE.format(rule_id="ZZ99"))
    ids = [active.rule.id for active in qc_rules.load()]
    assert ids == sorted(ids)
    assert {"AA01", "ZZ99"} < set(ids)


def test_a_pack_that_cannot_be_imported_stops_loading(site):
    site.install("broken", "import a_module_that_nobody_has\n")
    with pytest.raises(PackError, match=r"rule pack broken \(qc-rules-broken 1.0\).*a_module_that_nobody_has"):
        qc_rules.installed()


def test_a_pack_that_exits_when_imported_stops_loading(site):
    site.install("quitter", "raise SystemExit('not today')\n")
    with pytest.raises(PackError, match=r"quitter.*SystemExit: not today"):
        qc_rules.installed()


def test_a_second_pack_of_the_same_name_is_refused_by_both_names(site):
    site.install("acme", RULE.format(rule_id="AC01"), entry="shared")
    site.install("other", RULE.format(rule_id="OT01"), entry="shared")
    with pytest.raises(PackError, match=r"called shared: .*qc-rules-acme.*qc-rules-other"):
        qc_rules.installed()


def test_two_rules_with_one_id_are_refused_by_both_packs(site):
    site.install("acme", RULE.format(rule_id="HR01"))
    with pytest.raises(PackError, match=r"id HR01: Farewell of rule pack acme.*HighRisk of rule pack standard"):
        qc_rules.installed()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = 1\n", "mark a function register_rules with @hookimpl"),
        (
            "from qc_rules import hookimpl\n@hookimpl\ndef register_rules():\n    raise KeyError('lost')\n",
            "KeyError: 'lost'",
        ),
        ("from qc_rules import hookimpl\n@hookimpl\ndef register_rules():\n    pass\n", "returns None"),
        ("from qc_rules import hookimpl\n@hookimpl\ndef register_rulez():\n    return []\n", "register_rulez"),
        ("from qc_rules import hookimpl\n@hookimpl\ndef register_rules(call):\n    return []\n", "call"),
        (
            "from qc_rules import Rule, hookimpl\n@hookimpl\ndef register_rules():\n    return Rule\n",
            "not a list of rule classes",
        ),
        (
            "from qc_rules import hookimpl\n@hookimpl\ndef register_rules():\n    return [dict]\n",
            "which is not a rule class",
        ),
    ],
)
def test_a_pack_whose_hook_is_wrong_is_named(site, source, said):
    site.install("acme", source)
    with pytest.raises(PackError, match="rule pack acme") as raised:
        qc_rules.installed()
    assert said in str(raised.value)


def test_one_raising_hook_is_an_error_and_does_not_lose_the_other_packs(site):
    site.install("bad", "from qc_rules import hookimpl\n@hookimpl\ndef register_rules():\n    raise OSError('disk')\n")
    site.install("good", RULE.format(rule_id="GO01"))
    with pytest.raises(PackError, match=r"rule pack bad .*OSError: disk"):
        qc_rules.load()


@pytest.mark.parametrize("path", ["'rules.yaml'", "pathlib.Path('rules.yaml')"])
def test_a_rule_file_is_refused_until_rule_files_are_read(site, path):
    site.install(
        "acme",
        f"import pathlib\nfrom qc_rules import hookimpl\n@hookimpl\ndef register_rules():\n    return [{path}]\n",
    )
    with pytest.raises(PackError, match=r"rule pack acme .*rules.yaml.*rules of Python only"):
        qc_rules.installed()


def test_options_are_set_by_rule_id(site):
    site.install("acme", RULE.format(rule_id="AC01"))
    rules = {a.rule.id: a.rule for a in qc_rules.load(options={"AC01": {"phrases": ["bye", "see you"], "turns": 1}})}
    assert (rules["AC01"].phrases, rules["AC01"].turns) == (("bye", "see you"), 1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"AC01": {"phrase": ["bye"]}}, "unknown option phrase; did you mean phrases?"),
        ({"AC01": {"turns": "two"}}, "option turns = 'two' is not int"),
        ({"AC01": {"turns": True}}, "option turns = True is not int"),
        ({"AC01": {"phrases": "bye"}}, "option phrases = 'bye' is not tuple[str, ...]"),
        ({"AC01": {"phrases": ["bye", 3]}}, "is not tuple[str, ...]"),
        ({"AC1": {"turns": 1}}, "options are set for rule AC1, which no installed pack has; did you mean AC01?"),
        ({"SA01": {"share": 1.5}}, "share = 1.5 is not above 0 and up to 1"),
        ({"HR01": {"emotions": ["anger"]}}, "'anger' is not an emotion; did you mean angry?"),
    ],
)
def test_an_option_that_is_not_one_is_refused(site, options, said):
    site.install("acme", RULE.format(rule_id="AC01"))
    with pytest.raises(PackError) as raised:
        qc_rules.load(options=options)
    assert said in raised.value.message
    assert raised.value.remedy


def test_options_of_a_disabled_rule_are_still_checked(site):
    site.install("acme", RULE.format(rule_id="AC01"))
    with pytest.raises(PackError, match="unknown option phrase"):
        qc_rules.load(disable=["AC01"], options={"AC01": {"phrase": []}})


def test_a_disabled_rule_does_not_run():
    assert "HR01" not in [active.rule.id for active in qc_rules.load(disable=["HR01"])]


def test_disabling_a_rule_that_nobody_has_is_refused():
    with pytest.raises(PackError, match=r"disable names rule HR1, .*did you mean HR01\?"):
        qc_rules.load(disable=["HR1"])


def test_a_pack_error_survives_the_way_between_processes():
    error = pickle.loads(pickle.dumps(PackError("acme is broken", remedy="repair it")))
    assert (error.message, error.remedy, str(error)) == (
        "acme is broken",
        "repair it",
        "acme is broken\n  remedy: repair it",
    )


def test_a_process_of_its_own_finds_the_pack_and_the_kit_drags_nothing_heavy_in(site):
    site.install("acme", RULE.format(rule_id="AC01"))
    code = (
        "import sys, qc_rules\n"
        "print([pack.name for pack in qc_rules.installed()])\n"
        "print({'numpy', 'pyarrow', 'pandas', 'torch', 'callqa', 'pydantic', 'airflow'} & set(sys.modules))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(site.folder)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["['acme', 'standard']", "set()"]
