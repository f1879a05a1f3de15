"""The demo's own home and words; the demo itself is `make demo`."""

from __future__ import annotations

import pytest

from callqa import settings
from callqa_airflow import demo
from callqa_airflow.home import ROOT


@pytest.fixture
def an_operators_environment(monkeypatch):
    """Somebody whose real Airflow, recordings and lake are set in the environment."""
    monkeypatch.setenv("AIRFLOW_HOME", "/srv/airflow")
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "postgresql+psycopg2://live")
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("CALLQA_SOURCE__ROOT", "/srv/recordings")
    monkeypatch.setenv("CALLQA_LAKE__ROOT", "/srv/lake")
    monkeypatch.setenv("CALLQA_LAKE__CATALOG_URI", "postgresql+psycopg2://live/catalog")
    monkeypatch.setenv("CALLQA_ENGINE__MODEL", "iic/SenseVoiceSmall")


def test_the_demo_touches_nothing_that_an_operator_runs(an_operators_environment):
    environment = demo.home().environment()
    chosen = settings.load(ROOT / "qa.toml", environment)
    assert not [value for name, value in environment.items() if name.startswith("AIRFLOW") and "live" in value]
    assert environment["AIRFLOW_HOME"] == str(ROOT / ".callqa" / "demo")
    assert environment["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert chosen.lake.root == str(ROOT / ".callqa" / "demo" / "lake")
    assert chosen.lake.catalog_uri == ""
    assert chosen.source.root == str(settings.DEMO_FOLDER / "calls")
    assert chosen.engine.model == "demo"


def test_a_port_that_somebody_chose_is_taken(monkeypatch):
    monkeypatch.setenv("AIRFLOW__API__PORT", "8123")
    assert demo.home().url() == "http://127.0.0.1:8123"


def test_the_days_are_those_of_the_demo_in_order():
    assert demo.days() == ["2026-01-05", "2026-01-06", "2026-01-07"]


def test_a_failed_tasks_log_shows_the_error_with_its_remedy():
    entry = {
        "event": "Task failed with exception",
        "error_detail": [{"exc_type": "SourceError", "exc_value": "no folder /x\n  remedy: set source.root"}],
    }
    assert demo._line(entry) == "Task failed with exception\nSourceError: no folder /x\n  remedy: set source.root"
    assert demo._line("a plain line") == "a plain line"
