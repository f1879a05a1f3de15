"""`callqa warehouse export`: what it writes, prints and ends with."""

import json

import pytest

from callqa.settings import LakeSettings
from tests import rows
from tests.conftest import REPOSITORY
from tests.warehouse.published import publish

OTHER_DAY = rows.DAY.replace(day=7)


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """Two published days with one between them that is not."""
    folder = tmp_path_factory.mktemp("warehouse-export")
    settings = LakeSettings(root=str(folder / "lake"))
    publish(settings, rows.clean(), folder, run="r1")
    publish(settings, rows.clean(OTHER_DAY), folder, run="r2")
    return settings.root


def test_a_day_in_several_formats(callqa, lake, tmp_path):
    chosen = ("--format", "csv", "--format", "contact-lens", "--format", "csv")
    code, out, _ = callqa("warehouse", "export", "2026-01-05", *chosen, "--out", tmp_path, "--lake", lake)
    assert code == 0
    assert "calls.csv: 5" in out
    assert "left out 1: rejected: nothing was heard" in out
    assert sorted(path.name for path in (tmp_path / "2026-01-05").iterdir()) == ["contact-lens", "csv"]


def test_a_range_is_the_published_days_in_it(callqa, lake, tmp_path):
    days = ("--from", "2026-01-01", "--to", "2026-01-31")
    code, out, _ = callqa(
        "warehouse", "export", *days, "--format", "daily-json", "--out", tmp_path, "--lake", lake, "--json"
    )
    assert code == 0
    assert [one["day"] for one in json.loads(out)] == ["2026-01-05", "2026-01-07"]
    assert json.loads((tmp_path / "2026-01-07" / "daily-json" / "daily_qc.json").read_text(encoding="utf-8"))


def test_one_call_with_options(callqa, lake, tmp_path):
    options = ("--call", "c-001", "--headers", "zh", "--bom", "--redacted")
    code, _, _ = callqa(
        "warehouse", "export", "2026-01-05", "--format", "csv", *options, "--out", tmp_path, "--lake", lake
    )
    assert code == 0
    text = (tmp_path / "2026-01-05_c-001" / "csv" / "calls.csv").read_text(encoding="utf-8")
    assert text.startswith("\ufeff日期,通话编号,")
    assert len(text.splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["2026-01-06", "--format", "csv"], "nothing is published for 2026-01-06"),
        (["--from", "2026-02-01", "--to", "2026-02-28", "--format", "csv"], "nothing is published from 2026-02-01"),
        (["2026-01-05", "--format", "csv", "--format", "pdf"], "no format is called 'pdf'"),
        (["2026-01-05", "--format", "csv", "--call", "c-9"], "no call c-9 is published"),
        (["2026-1-5", "--format", "csv"], "is not a date"),
        (["--format", "csv"], "which days is not clear"),
        (["2026-01-05", "--from", "2026-01-05", "--to", "2026-01-05", "--format", "csv"], "which days is not clear"),
        (["--from", "2026-01-05", "--to", "2026-01-07", "--format", "csv", "--call", "c-001"], "--call is of one day"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(callqa, lake, tmp_path, arguments, message):
    code, _, err = callqa("warehouse", "export", *arguments, "--out", tmp_path / "out", "--lake", lake)
    assert code == 2
    assert message in err
    assert not (tmp_path / "out").exists()


def test_an_earlier_export_stays_unless_it_may_be_overwritten(callqa, lake, tmp_path):
    wanted = ("warehouse", "export", "2026-01-05", "--format", "csv", "--out", tmp_path, "--lake", lake)
    assert callqa(*wanted)[0] == 0
    code, _, err = callqa(*wanted)
    assert (code, "is there already" in err) == (2, True)
    assert callqa(*wanted, "--overwrite")[0] == 0


def test_a_dashboards_file_is_a_query_of_the_command_line(callqa, lake):
    sql = (REPOSITORY / "docs" / "sql" / "dashboard" / "mood_by_day.sql").read_text(encoding="utf-8")
    code, out, _ = callqa("query", "--lake", lake, "--json", "--", sql)
    assert code == 0
    assert [(row["call_date"], row["calls"]) for row in json.loads(out)] == [("2026-01-05", 4), ("2026-01-07", 4)]
