"""One archived call judged again: what the chosen rules say now, and what the others said then."""

from __future__ import annotations

import pytest

from callqa.errors import UsageError
from callqa.rejudge import Choice
from callqa.settings import RuleSettings
from tests.rejudge.archived import Archive
from tests.rejudge.packs import word_rule
from tests.rejudge.published import calls

ACME = Choice(packs=("acme",))
ROBOT = word_rule("AC09", "机器人", flags=("invalid",))


@pytest.fixture
def archive(tmp_path) -> Archive:
    return Archive(tmp_path / "archive")


def test_rules_that_are_not_chosen_stay_as_published_whatever_they_would_say_now(acme, archive):
    acme.install(word_rule("AC01", "投诉"), word_rule("AC02", "退款", score=-7))
    archive.first(calls(c1="我要投诉和退款"))
    score, before = archive.row("c1").score, archive.findings("c1")
    acme.install(word_rule("AC01", "谢谢", version=2), word_rule("AC02", "没有", version=5, score=-90), version="2.0")
    archive.again(Choice(rules=("AC01",)))
    after = archive.findings("c1")
    assert "AC01" not in after
    assert after["AC02"] == before["AC02"]
    row = archive.row("c1")
    assert row.score == score + 10
    assert {"acme 1.0", "acme 2.0"} <= set(row.rule_packs)
    assert "AC02" in row.rules_hit


def test_a_rule_that_is_no_longer_installed_keeps_its_findings_unless_it_is_chosen(acme, archive):
    acme.install(word_rule("AC01", "投诉"), word_rule("AC02", "退款", flags=("money",)))
    archive.first(calls(c1="我要投诉和退款"))
    acme.install(word_rule("AC01", "谢谢", version=2), version="2.0")
    archive.again(Choice(rules=("AC01",)))
    assert archive.hits() == [("c1", "AC02", 1)]
    assert "money" in archive.row("c1").flags
    archive.again(Choice(rules=("AC02",)))
    assert archive.hits() == []
    assert "money" not in archive.row("c1").flags


def test_a_pack_that_is_gone_and_chosen_loses_its_findings_and_its_name(acme, archive):
    acme.install(word_rule("AC01", "投诉"))
    archive.first(calls(c1="我要投诉"))
    acme.uninstall()
    assert archive.again(ACME)["rules"]["AC01"]["gone_hits"] == 1
    assert archive.hits() == []
    assert not any(pack.startswith("acme") for pack in archive.row("c1").rule_packs)


def test_a_disabled_rule_is_judged_by_nobody_and_loses_its_findings_when_all_run(acme, archive):
    acme.install(word_rule("AC01", "投诉"), word_rule("AC02", "退款"))
    archive.first(calls(c1="我要投诉和退款"))
    archive.again(Choice(), RuleSettings(disable=["AC01"]))
    assert archive.hits() == [("c1", "AC02", 1)]


def test_options_of_the_settings_are_those_that_judge(acme, archive):
    acme.install(word_rule("AC01", "投诉"))
    archive.first(calls(c1="谢谢"))
    archive.again(ACME, RuleSettings(options={"AC01": {"words": ["谢谢"]}}))
    assert archive.hits() == [("c1", "AC01", 1)]


def test_the_number_of_clear_rules_is_that_of_a_day_judged_anew(acme, archive):
    acme.install(word_rule("AC01", "投诉"), word_rule("AC02", "退款"), word_rule("AC03", "没有"))
    archive.first(calls(c1="我要投诉"))
    clear = archive.row("c1").rules_clear
    acme.install(word_rule("AC01", "没听到"), word_rule("AC02", "投诉"), word_rule("AC03", "没有"), version="1.1")
    archive.again(Choice(rules=("AC01",)))
    assert archive.row("c1").rules_clear == clear + 1
    archive.again(Choice(rules=("AC02",)))
    assert archive.row("c1").rules_clear == clear


def test_a_call_that_a_chosen_rule_now_calls_invalid_has_that_finding_alone_and_no_score(acme, archive):
    acme.install(word_rule("AC01", "投诉"), ROBOT.replace("机器人", "没有"))
    archive.first(calls(c1="机器人投诉", c2="投诉"))
    acme.install(word_rule("AC01", "投诉"), ROBOT, version="1.1")
    assert archive.again(Choice(rules=("AC09",)))["columns"]["status"] == 1
    row = archive.row("c1")
    assert (row.status, row.score, row.rules_hit, row.flags) == ("invalid", None, ["AC09"], ["invalid"])
    assert list(archive.findings("c1")) == ["AC09"]
    assert archive.row("c2").status == "analysed"


def test_a_call_that_is_no_longer_invalid_is_judged_by_every_rule(acme, archive):
    acme.install(word_rule("AC01", "投诉"), ROBOT)
    archive.first(calls(c1="机器人投诉", c2="投诉"))
    assert archive.row("c1").status == "invalid"
    acme.install(word_rule("AC01", "投诉"), ROBOT.replace("机器人", "没有"), version="1.1")
    archive.again(Choice(rules=("AC09",)))
    row, other = archive.row("c1"), archive.row("c2")
    assert (row.status, "AC01" in row.rules_hit) == ("analysed", True)
    assert (row.rules_clear, row.rule_packs) == (other.rules_clear, other.rule_packs)


def test_an_invalid_call_stays_so_by_a_published_rule_that_is_not_chosen(acme, archive):
    acme.install(word_rule("AC01", "投诉"), ROBOT)
    archive.first(calls(c1="机器人投诉", c2="投诉"))
    before = archive.findings("c1")
    acme.install(word_rule("AC01", "机器人", version=2), ROBOT, version="1.1")
    archive.again(Choice(rules=("AC01",)))
    assert archive.row("c1").status == "invalid"
    assert archive.findings("c1") == before


def test_a_rejected_call_stays_as_it_is(acme, archive):
    acme.install(word_rule("AC01", "投诉"))
    archive.first(calls(c1="投诉", c4=None))
    before = archive.row("c4")
    acme.install(word_rule("AC01", "谢谢", version=2), version="1.1")
    archive.again(Choice())
    assert archive.row("c4") == before
    assert before.status == "rejected"


def test_the_model_that_heard_the_call_is_named_as_published(acme, archive):
    acme.install(word_rule("AC01", "谢谢"))
    archive.first(calls(c1="投诉"))
    acme.install(word_rule("AC01", "投诉", version=2), version="1.1")
    archive.again(ACME)
    assert archive.findings("c1")["AC01"].asr_model == "demo"
    assert (archive.row("c1").asr_model, archive.row("c1").asr_digest) == ("demo", "d1")


def test_a_crash_of_a_chosen_rule_is_its_finding_and_a_kept_crash_stays(acme, archive):
    crashing = word_rule("AC01", "投诉").replace("call.turns", "call.nothing")
    acme.install(crashing, word_rule("AC02", "退款"))
    archive.first(calls(c1="投诉"))
    before = archive.findings("c1")["AC01"]
    acme.install(word_rule("AC01", "投诉"), crashing.replace("AC01", "AC02"), version="1.1")
    counts = archive.again(Choice(rules=("AC02",)))["rules"]
    assert (counts["AC02"]["new_crash"], "AC01" in counts) == (1, False)
    assert archive.findings("c1")["AC01"] == before
    assert archive.row("c1").rules_crashed == ["AC01", "AC02"]


@pytest.mark.parametrize("choice", [Choice(), ACME, Choice(rules=("AC01", "AC02", "AC09"))], ids=str)
def test_all_rules_again_give_what_a_run_over_the_recordings_gives(acme, archive, tmp_path, choice):
    day = calls(c1="我要投诉", c2=["退款", "好的", "投诉"], c3="机器人", c4="谢谢", c5="没有", c6=None)
    acme.install(word_rule("AC01", "投诉"), word_rule("AC02", "退款"), ROBOT.replace("机器人", "没有"))
    archive.first(day)
    acme.install(word_rule("AC01", "退款", version=2), word_rule("AC02", "谢谢", score=-3), ROBOT)
    archive.again(choice)
    anew = Archive(tmp_path / "anew")
    anew.first(day)
    assert {i: (call.row, call.findings) for i, call in archive.calls.items()} == {
        i: (call.row, call.findings) for i, call in anew.calls.items()
    }


@pytest.mark.parametrize("given", [{"rules": [""]}, {"rules": ["HR01", " "]}, {"packs": [""]}])
def test_a_blank_name_is_refused_for_without_it_all_rules_would_run(given):
    with pytest.raises(UsageError, match="the name of a rule or pack is blank"):
        Choice.of(given)
