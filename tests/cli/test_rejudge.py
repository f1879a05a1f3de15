"""`callqa rejudge`: what it prints and what it ends with."""

import json

import pytest

from callqa import turns
from callqa.settings import LakeSettings, Settings
from tests.rejudge.conftest import acme  # noqa: F401 - a fixture
from tests.rejudge.packs import word_rule
from tests.rejudge.published import DAY, calls, hits, publish


@pytest.fixture
def settings(acme, tmp_path):  # noqa: F811
    """A published day of one call that AC01 hits; AC01 then listens for something else."""
    acme.install(word_rule("AC01", "投诉"))
    chosen = Settings(lake=LakeSettings(root=str(tmp_path / "lake")))
    publish(chosen, calls(c1="我要投诉", c2="谢谢"), tmp_path)
    acme.install(word_rule("AC01", "谢谢", version=2), version="1.1")
    return chosen


def arguments(settings, *more: str) -> list[str]:
    return ["rejudge", "--from", str(DAY), "--to", "2026-01-06", "--lake", settings.lake.root, *more]


def test_a_dry_run_says_what_would_change_and_where_it_is_written(callqa, settings):
    code, out, _ = callqa(*arguments(settings, "--rule", "AC01", "--dry-run"))
    assert code == 0
    assert "difference: AC01" in out
    assert "would change; nothing was published" in out
    assert "skipped: nothing was ever published for this day" in out
    assert "difference.json" in out
    assert hits(settings) == [("c1", "AC01", 1, "hit")]


def test_the_result_as_json_and_what_readers_then_see(callqa, settings):
    code, out, _ = callqa(*arguments(settings, "--pack", "acme", "--json"))
    result = json.loads(out)
    assert code == 0
    assert [(d["day"], d["outcome"]) for d in result["days"]] == [(str(DAY), "published"), ("2026-01-06", "skipped")]
    assert result["changes"]["rules"]["AC01"]["new_hits"] == 1
    assert hits(settings) == [("c2", "AC01", 2, "hit")]
    code, out, _ = callqa(*arguments(settings, "--pack", "acme"))
    assert (code, "unchanged: nothing was published" in out) == (0, True)


def test_a_day_that_the_gate_refuses_ends_with_the_gates_code(callqa, settings, monkeypatch):
    monkeypatch.setenv("CALLQA_GATE__MIN_MEAN_CONFIDENCE", "0.99")
    code, out, _ = callqa(*arguments(settings, "--rule", "AC01"))
    assert code == 7
    assert "refused by the gate: day.mean_confidence" in out


def test_a_day_that_another_run_is_at_work_on_is_left_alone_and_the_code_says_so(callqa, settings):
    turns.take(settings.lake.root, DAY, run_id="night", by="daily_call_qa")
    code, out, _ = callqa(*arguments(settings, "--rule", "AC01"))
    assert code == 11
    assert "left alone:" in out
    assert "run night" in out
    assert hits(settings) == [("c1", "AC01", 1, "hit")]


@pytest.mark.parametrize(
    ("more", "message"),
    [(["--rule", "AC09"], "no rule AC09"), (["--pack", "acne"], "did you mean acme?")],
)
def test_what_is_nowhere_is_refused(callqa, settings, more, message):
    code, _, err = callqa(*arguments(settings, *more))
    assert code == 2
    assert message in err


def test_a_date_that_is_none_is_refused(callqa, tmp_path):
    code, _, err = callqa("rejudge", "--from", "2026-1-5", "--to", "2026-01-06", "--lake", tmp_path)
    assert (code, "is not a date" in err) == (2, True)
