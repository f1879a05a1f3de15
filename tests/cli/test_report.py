"""`callqa report`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from callqa import cli
from tests.reports import lakes


@pytest.fixture(scope="module")
def lake(tmp_path_factory) -> str:
    root = tmp_path_factory.mktemp("report")
    chosen = lakes.settings(root)
    lakes.publish(chosen, lakes.made(), root)
    return chosen.lake.root


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(["report", *arguments])
    return int(ended.value.code or 0)


def test_a_days_pages_are_made_in_the_lake_and_those_asked_for_are_named(lake, capsys):
    assert run("--day", "2026-01-05", "--lake", lake, "--for", "planners", "--language", "zh", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert list(said["pages"]) == ["planners"]
    assert list(said["pages"]["planners"]) == ["zh"]
    assert Path(said["pages"]["planners"]["zh"]).is_file()
    assert (Path(lake) / "reports" / "2026-01-05" / "overview.en.html").is_file()
    assert said["summary"]["made"] == 13
    assert run("--day", "2026-01-05", "--lake", lake, "--json") == 0
    assert json.loads(capsys.readouterr().out)["changed"] is False


def test_with_a_folder_only_what_is_asked_for_is_written(lake, tmp_path, capsys):
    out = tmp_path / "out"
    options = ("--for", "training", "--period", "week", "--language", "en", "--out", str(out))
    assert run("--day", "2026-01-07", "--lake", lake, *options) == 0
    assert sorted(path.name for path in out.iterdir()) == ["report.json", "training.en.html"]
    assert "training.en.html" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--day", "yesterday"), "yesterday"),
        (("--day", "2026-02-01"), "nothing is published for 2026-02-01"),
        (("--day", "2026-01-05", "--for", "board"), "--for board"),
        (("--day", "2026-01-05", "--language", "de"), "--language de"),
        (("--day", "2026-01-05", "--period", "year"), "'year' is no period"),
    ],
)
def test_what_there_is_not_is_refused(lake, capsys, arguments, named):
    assert run(*arguments, "--lake", lake, "--json") == 2
    assert named in json.loads(capsys.readouterr().out)["error"]
