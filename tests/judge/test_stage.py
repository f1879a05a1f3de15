"""A shard's rows in, findings and one row a call out."""

import os
from pathlib import Path

import pytest

from callqa import judge, storage
from callqa.contracts import Call, Finding
from callqa.errors import RulePackError, StageError
from callqa.settings import RuleSettings
from tests.judge.rows import event, recording, said_by_customer, shard, turn
from tests.qc_rules.conftest import RULE, site  # noqa: F401 - a fixture

RISKY = [
    turn(0, 0, 2, "您好，请问有什么可以帮您？", emotion="happy"),
    said_by_customer(1, 3, 6, "我要投诉你们！", emotion="angry"),
]
CRASHING = """
    from dataclasses import dataclass
    from qc_rules import Rule, hookimpl

    @dataclass(frozen=True)
    class Crashing(Rule):
        id = "CR01"
        score = -50

        def check(self, call):
            raise KeyError("queue")

    @hookimpl
    def register_rules():
        return [Crashing]
"""


FIVE = ("AW01", "ES01", "HR01", "IV01", "SA01")


def only(*packs, **more):
    """Five rules of the standard pack, and all of the packs that a test installs."""
    return RuleSettings(enable=[*FIVE, *packs], **more)


DEFAULTS = only()


def run(folder: Path, *rows, settings=DEFAULTS):
    return judge.run(shard(folder, *rows), run_dir=str(folder), settings=settings)


def call_rows(result):
    return {row.call_id: row for row in storage.read_rows(result["calls"], Call)}


def finding_rows(result):
    return {(row.call_id, row.rule): row for row in storage.read_rows(result["findings"], Finding)}


def test_a_risky_call_has_a_finding_a_score_and_a_flag(tmp_path):
    result = run(tmp_path, [recording()], RISKY)
    finding = finding_rows(result)["c1", "HR01"]
    assert (finding.outcome, finding.severity, finding.score, finding.asr_model) == ("hit", "critical", -20.0, "demo")
    assert (finding.rule_version, finding.pack, finding.pack_version) == (2, "standard", "0.1.0")
    assert [(piece.turn, piece.text, piece.condition) for piece in finding.evidence[:2]] == [
        (1, "我要投诉你们！", "upset"),
        (1, "投诉", "complains"),
    ]
    row = call_rows(result)["c1"]
    assert (row.status, row.score, row.flags) == ("analysed", 80.0, ["risk"])
    assert (row.rules_hit, row.rules_unknown, row.rules_crashed, row.rules_clear) == (["HR01"], ["AW01"], [], 3)
    assert (row.asr_model, row.asr_digest, row.rule_packs) == ("demo", "d1", ["standard 0.1.0"])
    assert result["outcomes"] == {"hit": 1, "clear": 3, "unknown": 1, "crash": 0}


def test_what_parse_said_is_passed_on(tmp_path):
    parsed = shard(tmp_path, [recording()], RISKY)
    result = judge.run(parsed, run_dir=str(tmp_path), settings=DEFAULTS)
    assert {name: result[name] for name in parsed} == parsed
    assert set(result) - set(parsed) == {"findings", "calls", "outcomes"}


def test_an_unknown_outcome_is_a_finding_with_its_reason_and_costs_nothing(tmp_path):
    result = run(tmp_path, [recording()], RISKY)
    finding = finding_rows(result)["c1", "AW01"]
    assert (finding.outcome, finding.score, finding.evidence) == ("unknown", 0.0, [])
    assert (finding.message, finding.reason) == ("Agent well-being", "no installed detector reports yawns")


def test_a_rejected_recording_has_a_row_and_is_not_judged(tmp_path):
    rejected = recording("c2", reject_reason="not_audio", reject_detail="text", duration=None, sha256=None)
    result = run(tmp_path, [recording(), rejected], RISKY)
    row = call_rows(result)["c2"]
    assert (row.status, row.reject_reason, row.score, row.rules_clear) == ("rejected", "not_audio", None, 0)
    assert (row.language, row.talk_seconds, row.rule_packs) == ("unknown", {}, [])
    assert {call_id for call_id, _ in finding_rows(result)} == {"c1"}


def test_an_invalid_call_is_judged_by_no_other_rule_and_not_scored(tmp_path):
    robot = [turn(n, 5.0 * n, 5.0 * n + 4, "尊敬的客户", role="unknown", event_tags=["bgm"]) for n in range(3)]
    music = [event("bgm", said.start, said.end) for said in robot]
    result = run(tmp_path, [recording(channel_roles={}, channels=1)], robot, music)
    assert list(finding_rows(result)) == [("c1", "IV01")]
    row = call_rows(result)["c1"]
    assert (row.status, row.score, row.flags) == ("invalid", None, ["invalid"])
    assert (row.rules_hit, row.rules_unknown, row.rules_clear, row.turn_count) == (["IV01"], [], 0, 3)
    assert result["outcomes"] == {"hit": 1, "clear": 0, "unknown": 0, "crash": 0}


def test_calls_keep_the_shards_order_and_findings_follow_it(tmp_path):
    names = ["c3", "c1", "c2"]
    said = "我要投诉你们，付了钱一直不发货！"
    turns = [said_by_customer(0, 0, 3, said, call_id=name, emotion="angry") for name in sorted(names)]
    result = run(tmp_path, [recording(name) for name in names], turns)
    assert [row.call_id for row in storage.read_rows(result["calls"], Call)] == names
    order = [(row.call_id, row.rule) for row in storage.read_rows(result["findings"], Finding)]
    assert order == [(name, rule) for name in names for rule in ("AW01", "HR01")]


def test_an_empty_shard_gives_files_of_no_rows(tmp_path):
    result = run(tmp_path, [], [])
    assert (call_rows(result), finding_rows(result)) == ({}, {})
    assert result["outcomes"] == {"hit": 0, "clear": 0, "unknown": 0, "crash": 0}


def test_a_crashing_rule_is_recorded_and_all_others_still_judge(tmp_path, site):  # noqa: F811
    site.install("crashing", CRASHING, version="7")
    result = run(tmp_path, [recording()], RISKY, settings=only("crashing"))
    finding = finding_rows(result)["c1", "CR01"]
    assert (finding.outcome, finding.pack, finding.pack_version, finding.score) == ("crash", "crashing", "7", 0.0)
    assert finding.reason.startswith("KeyError: 'queue' (pack_crashing.py:")
    row = call_rows(result)["c1"]
    assert (row.rules_crashed, row.rules_hit, row.score) == (["CR01"], ["HR01"], 80.0)
    assert row.rule_packs == ["crashing 7", "standard 0.1.0"]


def test_a_score_does_not_fall_below_zero(tmp_path, site):  # noqa: F811
    site.install("harsh", CRASHING.replace("-50", "-500").replace('raise KeyError("queue")', "yield self.hit(call)"))
    assert call_rows(run(tmp_path, [recording()], RISKY, settings=only("harsh")))["c1"].score == 0.0


def test_disabled_rules_and_options_are_obeyed(tmp_path):
    result = run(
        tmp_path, [recording()], RISKY, settings=only(disable=["AW01"], options={"HR01": {"emotions": ["sad"]}})
    )
    assert finding_rows(result) == {}
    assert result["outcomes"]["clear"] == 4


@pytest.mark.parametrize("settings", [RuleSettings(disable=["HR1"]), RuleSettings(options={"SA01": {"shared": 1}})])
def test_settings_of_rules_that_do_not_exist_are_our_error(tmp_path, settings):
    with pytest.raises(RulePackError, match="did you mean") as raised:
        run(tmp_path, [recording()], RISKY, settings=settings)
    assert raised.value.remedy


def test_a_pack_that_cannot_be_loaded_stops_the_stage(tmp_path, site):  # noqa: F811
    site.install("broken", "import a_module_that_nobody_has\n")
    with pytest.raises(RulePackError, match="rule pack broken"):
        run(tmp_path, [recording()], RISKY)


def test_the_same_rows_give_the_same_bytes(tmp_path):
    results = [run(tmp_path / name, [recording()], RISKY, [event("cough", 7, 8)]) for name in ("one", "other")]
    for name in ("findings", "calls"):
        one, other = (Path(result[name]).read_bytes() for result in results)
        assert one == other


def test_finished_work_is_not_done_again_and_changed_inputs_are(tmp_path):
    first = run(tmp_path, [recording()], RISKY)
    os.utime(first["calls"], (1, 1))
    assert run(tmp_path, [recording()], RISKY) == first
    assert Path(first["calls"]).stat().st_mtime == 1
    run(tmp_path, [recording()], RISKY[:1])
    assert Path(first["calls"]).stat().st_mtime > 1


def test_a_rule_that_was_edited_or_given_other_options_judges_again(tmp_path, site):  # noqa: F811
    def outcomes(*packs, **options):
        return run(tmp_path, [recording()], RISKY, settings=only(*packs, options=options))["outcomes"]

    assert outcomes()["hit"] == 1
    assert outcomes(HR01={"emotions": ["sad"]})["hit"] == 0
    site.install("acme", RULE.format(rule_id="AC01"))
    assert outcomes("acme")["hit"] == 2


@pytest.mark.parametrize(
    ("recordings", "turns", "said"),
    [
        ([recording()], [turn(0, 0, 1, call_id="c9")], "call c9 .* is not in "),
        ([recording(reject_reason="truncated")], [turn(0, 0, 1)], "call c1 .* was rejected"),
        ([recording(), recording()], [], "call c1 is twice"),
        ([recording(duration=None)], [], r"call c1 \(c1.wav\) cannot be judged: its duration is None"),
        ([recording()], [turn(0, 4, 1)], "turn 0 lies from 4.0 to 1.0 s"),
        ([recording()], [turn(0, 0, float("nan"))], "turn 0 lies from 0.0 to nan s"),
        ([recording()], [turn(0, 0, 1), turn(0, 2, 3)], "two of its turns have one number"),
    ],
)
def test_a_call_that_cannot_be_made_of_its_rows_is_named(tmp_path, recordings, turns, said):
    with pytest.raises(StageError, match=said):
        run(tmp_path, recordings, turns)


def test_a_file_that_is_not_there_is_named(tmp_path):
    parsed = {**shard(tmp_path, [recording()], RISKY), "turns": str(tmp_path / "gone.parquet")}
    with pytest.raises(StageError, match=r"gone\.parquet"):
        judge.run(parsed, run_dir=str(tmp_path), settings=RuleSettings())


def test_packs_are_told_with_their_rules_configured_and_the_disabled_ones_too():
    [standard] = judge.packs(RuleSettings(disable=["HR01"], options={"SA01": {"share": 0.25}}))
    assert (standard.name, standard.distribution, standard.version) == ("standard", "qc-rules-standard", "0.1.0")
    rules = {rule.id: rule for rule in standard.rules}
    assert set(FIVE) <= set(rules)
    assert "HR01" not in standard.running
    assert rules["SA01"].share == 0.25


def test_an_invalid_call_names_all_packs_of_the_day_so_that_the_gate_sees_one_set(tmp_path, site):  # noqa: F811
    site.install("crashing", CRASHING)
    result = run(
        tmp_path,
        [recording("c1"), recording("c2")],
        [said_by_customer(0, 0, 2, "我要投诉你们！", call_id="c1")],
        settings=only("crashing"),
    )
    calls = call_rows(result)
    assert {call.status for call in calls.values()} == {"analysed", "invalid"}
    assert calls["c1"].rule_packs == calls["c2"].rule_packs
    assert len(calls["c2"].rule_packs) == 2
