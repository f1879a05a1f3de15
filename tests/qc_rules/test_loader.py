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


def test_a_pack_whose_import_is_cancelled_stops_loading(site):
    site.install("quitter", "import asyncio\nraise asyncio.CancelledError('never')\n")
    with pytest.raises(PackError, match=r"quitter.*CancelledError: never"):
        qc_rules.installed()


def test_a_pack_whose_error_cannot_be_read_stops_loading(site):
    source = "class E(Exception):\n    def __str__(self):\n        return 5\nraise E\n"
    site.install("mute", source)
    with pytest.raises(PackError, match=r"rule pack mute .*E: \(its message cannot be read\)"):
        qc_rules.installed()


REFUSING = """
    from dataclasses import dataclass
    from qc_rules import Rule, hookimpl

    @dataclass(frozen=True)
    class Refusing(Rule):
        id = "AA01"
        turns: int = 3

        def __post_init__(self):
            if self.turns != 3:
                {refusal}

        def check(self, call):
            return []

    @hookimpl
    def register_rules():
        return [Refusing]
"""


@pytest.mark.parametrize(
    ("refusal", "said"), [("raise KeyError('no')", "KeyError: 'no'"), ("raise SystemExit", "SystemExit")]
)
def test_whatever_a_rule_raises_at_its_options_is_told_with_pack_and_rule(site, refusal, said):
    site.install("acme", REFUSING.format(refusal=refusal))
    with pytest.raises(PackError, match=rf"rule pack acme .*: rule AA01: {said}"):
        qc_rules.load(options={"AA01": {"turns": 4}})


def test_whatever_a_rule_raises_at_its_defaults_is_told_with_the_pack(site):
    site.install("acme", REFUSING.format(refusal="raise KeyError('no')").replace("!= 3", "== 3"))
    with pytest.raises(PackError, match=r"rule pack acme .*: Refusing: KeyError: 'no'"):
        qc_rules.installed()


def test_a_name_that_could_not_be_stored_is_refused(site):
    site.install(
        "acme", REFUSING.format(refusal="pass").replace('id = "AA01"', 'id = "AA01"; name = {"en": "\\ud800"}')
    )
    with pytest.raises(PackError, match=r"rule pack acme .*: Refusing: name is "):
        qc_rules.installed()


def test_a_second_pack_of_the_same_name_is_refused_by_both_names(site):
    site.install("acme", RULE.format(rule_id="AC01"), entry="shared")
    site.install("other", RULE.format(rule_id="OT01"), entry="shared")
    with pytest.raises(PackError, match=r"called shared: .*qc-rules-acme.*qc-rules-other"):
        qc_rules.installed()


def test_two_rules_with_one_id_are_refused_by_both_packs(site):
    site.install("acme", RULE.format(rule_id="AC01"))
    site.install("other", RULE.format(rule_id="AC01"))
    with pytest.raises(PackError, match=r"id AC01: Farewell of rule pack acme .*Farewell of rule pack other"):
        qc_rules.installed()


def test_a_pack_may_not_be_called_as_the_settings_own_rule_files_are(site):
    site.install("acme", RULE.format(rule_id="AC01"), entry="local")
    with pytest.raises(PackError, match=r"qc-rules-acme is called local"):
        qc_rules.installed()


HOOK = "from qc_rules import *\nfrom qc_rules import Rule, hookimpl\n@hookimpl\ndef register_{hook}:\n    {body}\n"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = 1\n", "mark a function register_rules with @hookimpl"),
        (
            "from qc_rules import hookimpl\ndef register_rules(): return []\n"
            "@hookimpl\ndef register_lexicons(): return []\n",
            "its function register_rules is not marked as a hook",
        ),
        (HOOK.format(hook="rules()", body="raise KeyError('lost')"), "its hook register_rules fails: KeyError: 'lost'"),
        (HOOK.format(hook="rules()", body="raise SystemExit(2)"), "SystemExit: 2"),
        (HOOK.format(hook="rules()", body="yield 1 / 0"), "ZeroDivisionError"),
        (HOOK.format(hook="rules()", body="pass"), "register_rules returns None: return a list"),
        (HOOK.format(hook="actions()", body="pass"), "register_actions returns None: return a mapping"),
        (HOOK.format(hook="rulez()", body="return []"), "a hook register_rulez, which there is not; did you mean"),
        (HOOK.format(hook="rule()", body="return []"), "did you mean register_rules?"),
        (HOOK.format(hook="rules(call)", body="return []"), "call"),
        (HOOK.format(hook="rules()", body="return Rule"), "which is not a list"),
        (HOOK.format(hook="rules()", body="return 'rules.yaml'"), "register_rules returns 'rules.yaml'"),
        (HOOK.format(hook="actions()", body="return [print]"), "which is not a mapping"),
        (HOOK.format(hook="rules()", body="return [dict]"), "return classes derived from qc_rules.Rule"),
        (HOOK.format(hook="rules()", body="return [Rule]"), "return classes derived from qc_rules.Rule"),
        (HOOK.format(hook="rules()", body="return [Rule()]"), "the class, not an instance"),
        (HOOK.format(hook="rules()", body="return [7]"), "register_rules gives 7"),
        (HOOK.format(hook="rules()", body="return ['rules.yaml']"), 'files("pack_acme") / "name.yaml"'),
        (
            HOOK.format(hook="operators()", body="return [Rule]"),
            "return classes derived from qc_rules.operators.Operator",
        ),
        (HOOK.format(hook="lexicons()", body="return [('swear', ['x'])]"), "give objects of Lexicon"),
        (HOOK.format(hook="scorecards()", body="return [{}]"), "give objects of Scorecard"),
        (HOOK.format(hook="detectors()", body="return [print]"), "give classes derived from qc_rules.Detector"),
        (HOOK.format(hook="actions()", body="return {'sms': 7}"), "gives 7 as sms, which is not a function"),
        (HOOK.format(hook="actions()", body="return {'sms': lambda: 0}"), "give a function that takes one list"),
        (HOOK.format(hook="actions()", body="return {'sms': dict}"), "not a function of a day's findings"),
        (HOOK.format(hook="actions()", body="return {'': print}"), "calls an action ''"),
        (
            "from qc_rules import hookimpl\n@hookimpl(wrapper=True)\ndef register_rules():\n    return (yield)\n",
            "hooks register: return a list, wrap nothing",
        ),
    ],
)
def test_a_pack_whose_hook_is_wrong_is_named(site, source, said):
    site.install("acme", source)
    with pytest.raises(PackError, match=r"^rule pack acme \(qc-rules-acme 1.0\): ") as raised:
        qc_rules.installed()
    assert said in str(raised.value)
    assert raised.value.remedy


def test_one_raising_hook_is_an_error_and_does_not_lose_the_other_packs(site):
    site.install("bad", "from qc_rules import hookimpl\n@hookimpl\ndef register_rules():\n    raise OSError('disk')\n")
    site.install("good", RULE.format(rule_id="GO01"))
    with pytest.raises(PackError, match=r"rule pack bad .*OSError: disk"):
        qc_rules.load()


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
        ({"AC1": {"turns": 1}}, "options are set for AC1, which no installed pack has or is; did you mean AC01?"),
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


def test_a_pack_is_disabled_by_its_name(site):
    site.install("acme", RULE.format(rule_id="AC01"))
    ids = {active.rule.id for active in qc_rules.load(disable=["acme"])}
    assert "AC01" not in ids
    assert "HR01" in ids


@pytest.mark.parametrize("enable", [["AC01", "OT01"], ["acme", "other"], ["acme", "OT01"]])
def test_only_what_is_enabled_runs_where_something_is(site, enable):
    site.install("acme", RULE.format(rule_id="AC01"))
    site.install("other", RULE.format(rule_id="OT01"))
    assert [active.rule.id for active in qc_rules.load(enable=enable)] == ["AC01", "OT01"]


def test_what_is_disabled_does_not_run_though_it_is_enabled(site):
    site.install("acme", RULE.format(rule_id="AC01"))
    site.install("other", RULE.format(rule_id="OT01"))
    found = qc_rules.load(disable=["AC01"], enable=["acme", "other"])
    assert [active.rule.id for active in found] == ["OT01"]


@pytest.mark.parametrize(("enable", "disable"), [(["HR01"], ["HR01"]), (["HR01"], ["standard"])])
def test_settings_that_disable_all_that_they_enable_are_refused(enable, disable):
    with pytest.raises(PackError, match=r"enabled \(HR01\) all is disabled too: no rule would judge"):
        qc_rules.load(enable=enable, disable=disable)


def test_enabling_what_nobody_has_is_refused():
    with pytest.raises(PackError, match=r"enable names standrad, .*did you mean standard\?"):
        qc_rules.load(enable=["standrad"])


def test_disabling_a_rule_that_nobody_has_is_refused():
    with pytest.raises(PackError, match=r"disable names HR1, .*did you mean HR01\?"):
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
