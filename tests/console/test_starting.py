"""What somebody sees who starts callqa for the first time."""

from __future__ import annotations

import json

import pytest

from callqa import settings, warehouse
from callqa_airflow import first_days, stack
from callqa_airflow.home import Home
from tests.conftest import DEMO_DAYS
from tests.console import server


@pytest.fixture
def of_the_demo(tmp_path, monkeypatch):
    """The repository's qa.toml with a lake of the test's own, by environment as `make up` has it."""
    monkeypatch.setenv("CALLQA_LAKE__ROOT", str(tmp_path / "lake"))
    monkeypatch.setenv("CALLQA_CONFIG", str(server.ROOT / "qa.toml"))
    return tmp_path / "lake"


def test_the_demos_days_are_wanted_where_nothing_is_published(of_the_demo):
    assert first_days.wanted(settings.load(server.ROOT / "qa.toml")) == list(DEMO_DAYS)


def test_whoever_has_recordings_of_their_own_gets_no_demo(of_the_demo, tmp_path, monkeypatch):
    monkeypatch.setenv("CALLQA_SOURCE__ROOT", str(tmp_path))
    assert first_days.main() == 0
    assert not of_the_demo.exists()


def test_nobody_gets_it_against_their_will(of_the_demo, monkeypatch):
    monkeypatch.setenv("CALLQA_DEMO_DAYS", "no")
    assert first_days.main() == 0
    assert not of_the_demo.exists()


def test_settings_that_are_none_are_named(of_the_demo, monkeypatch, capsys):
    monkeypatch.setenv("CALLQA_GATE__MAX_CRASH_SHARE", "2")
    assert first_days.main() == 2
    assert "CALLQA_GATE__MAX_CRASH_SHARE" in capsys.readouterr().err


@pytest.mark.slow
def test_it_is_published_once(of_the_demo, demo_settings, demo_runs, capsys):
    of_the_demo.mkdir()
    (of_the_demo / "cache").symlink_to(f"{demo_settings.lake.root}/cache")
    assert first_days.main() == 0
    assert [line.split(":")[0].strip() for line in capsys.readouterr().out.splitlines()[1:]] == list(DEMO_DAYS)
    lake = demo_settings.with_folders(lake=str(of_the_demo)).lake
    assert [(one.call_date.isoformat(), one.sequence) for one in warehouse.publications(lake)] == [
        (day, 1) for day in DEMO_DAYS
    ]
    assert first_days.main() == 0
    assert capsys.readouterr().out == ""


@pytest.mark.slow
def test_an_empty_warehouse_has_a_page_that_helps_and_a_broken_setting_is_named(tmp_path, capsys):
    """One server: first with nothing published; then qa.toml is changed under it, and put right again."""
    qa = tmp_path / "qa.toml"
    qa.write_text(f'[lake]\nroot = "{tmp_path}/lake"\n')
    home: Home = server.made_home(tmp_path / "home", str(tmp_path / "lake"), {})
    home = Home(
        home.folder,
        {
            name: value
            for name, value in {**home.extra, "CALLQA_CONFIG": str(qa)}.items()
            if not name.startswith("CALLQA_CONSOLE")
        },
    )
    with server.serving(home):
        stack._show_console(home)
        assert f"Console:      {home.url()}/callqa/today" in capsys.readouterr().out
        ada = server.get(home, "/callqa/today", server.token(home, "ada"))
        assert (ada.status_code, "callqa run --date 2026-01-05" in ada.text) == (200, True)
        mara = server.token(home, "mara")
        assert server.get(home, "/callqa/audit", mara).status_code == 403
        qa.write_text(qa.read_text() + '[console]\nroles = { mara = "admin" }\n')
        assert server.get(home, "/callqa/audit", mara).status_code == 200
        qa.write_text(qa.read_text().replace("admin", "queen"))
        broken = server.get(home, "/callqa/audit", mara)
        assert broken.status_code == 503
        assert "console.roles.mara" in json.dumps(broken.json())
