"""`callqa archive`: the plan and the report of days of the past."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from callqa.errors import EmptyDayError, SourceError, UsageError
from callqa.settings import LakeSettings
from tests import rows
from tests.archive import sources
from tests.warehouse import published

FIRST = dt.date(2016, 1, 4)
RANGE = ("--from", "2016-01-04", "--to", "2016-01-10")


@pytest.fixture
def source(tmp_path):
    for number in range(5):
        sources.day(tmp_path / "source", FIRST + dt.timedelta(days=number), [3600.0] * 3)
    return tmp_path / "source"


def test_a_plan_for_people_has_the_numbers_and_the_commands(callqa, source, tmp_path):
    code, out, err = callqa("archive", "plan", *RANGE, "--source", source, "--lake", tmp_path / "lake")
    assert (code, err) == (0, "")
    assert "7, with recordings 5" in out
    assert "15 (by side-car 15)" in out or "15.0 (by side-car 15)" in out
    assert "airflow backfill create --dag-id daily_call_qa --from-date 2016-01-04T00:00+08:00" in out
    assert "airflow dags trigger archive_report" in out
    assert not (tmp_path / "lake").exists()


def test_a_plan_for_scripts_is_one_object(callqa, source, tmp_path):
    code, out, _ = callqa("archive", "plan", *RANGE, "--source", source, "--lake", tmp_path / "lake", "--json")
    made = json.loads(out)
    assert code == 0
    assert (made["days"]["asked"], made["recordings"]["value"], made["hours"]["value"]) == (7, 15, 15.0)
    assert json.loads(made["commands"]["backfill"].partition("--dag-run-conf '")[2].rstrip("'"))["source"] == str(
        source
    )


@pytest.mark.parametrize(
    ("arguments", "kind", "why"),
    [
        (("--from", "2016-01-10", "--to", "2016-01-04"), UsageError, "there is no day"),
        (("--from", "2016-01-04", "--to", "2999-01-01"), UsageError, "is not over"),
        (("--from", "1016-01-04", "--to", "2016-01-04"), UsageError, "before 2000"),
        (("--from", "04/01/2016", "--to", "2016-01-04"), UsageError, "is not a date"),
        (("--from", "2019-01-01", "--to", "2019-12-31"), EmptyDayError, "no recordings"),
        ((*RANGE, "--source", "/nowhere/at/all"), SourceError, "does not exist"),
        ((*RANGE, "--seconds", "-1"), UsageError, "seconds"),
    ],
)
def test_nonsense_is_refused_with_its_exit_code_and_a_remedy(callqa, source, tmp_path, arguments, kind, why):
    given = arguments if "--source" in arguments else (*arguments, "--source", source)
    code, out, _ = callqa("archive", "plan", *given, "--lake", tmp_path / "lake", "--json")
    told = json.loads(out)
    assert code == told["exit_code"] == kind.exit_code
    assert why in told["error"]
    assert told["remedy"]


def test_a_report_says_what_became_of_the_days(callqa, tmp_path):
    lake = LakeSettings(root=str(tmp_path / "lake"))
    published.publish(lake, rows.clean(FIRST), tmp_path, run="r1")
    code, out, _ = callqa("archive", "report", *RANGE, "--lake", lake.root)
    assert code == 0
    assert "1 published, 6 nothing" in out
    assert "not_audio: 1" in out
    assert "2016-01-05: nothing" in out
    made = json.loads(callqa("archive", "report", *RANGE, "--lake", lake.root, "--json")[1])
    assert made["totals"]["recordings"] == 5
    assert len(made["days"]) == 7
