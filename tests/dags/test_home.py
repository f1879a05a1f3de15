from __future__ import annotations

import configparser
import json
from pathlib import Path

import pytest
import sqlalchemy

from callqa.errors import SettingsError
from callqa_airflow import home as homes
from callqa_airflow.home import SECRETS, Home


def mode(path) -> int:
    return path.stat().st_mode & 0o777


def test_secrets_and_passwords_are_made_once_and_for_the_owner_only(tmp_path):
    home = Home(tmp_path)
    homes.prepare(home)
    first, word = homes.read_secrets(home), homes.password(home)
    homes.prepare(home)
    assert homes.read_secrets(home) == first
    assert homes.password(home) == word
    assert set(first) == set(SECRETS)
    assert len({*first.values(), word}) == len(SECRETS) + 1
    assert mode(home.state) == 0o700
    assert {mode(home.passwords), mode(home.state / "secrets.env")} == {0o600}


def test_a_password_file_left_open_to_all_is_closed(tmp_path):
    home = Home(tmp_path)
    home.state.mkdir()
    home.passwords.write_text(json.dumps({"admin": "chosen by hand"}))
    home.passwords.chmod(0o644)
    homes.prepare(home)
    assert homes.password(home) == "chosen by hand"
    assert mode(home.passwords) == 0o600


def test_two_homes_have_different_secrets(tmp_path):
    first, second = Home(tmp_path / "a"), Home(tmp_path / "b")
    homes.prepare(first)
    homes.prepare(second)
    assert not set(homes.read_secrets(first).values()) & set(homes.read_secrets(second).values())


def test_a_secret_of_the_environment_wins_over_the_file(tmp_path, monkeypatch):
    home = Home(tmp_path)
    homes.prepare(home)
    monkeypatch.setenv("AIRFLOW__API__SECRET_KEY", "from the vault")
    assert home.environment()["AIRFLOW__API__SECRET_KEY"] == "from the vault"


def test_another_airflow_of_the_same_user_is_not_mistaken_for_ours(tmp_path, monkeypatch):
    monkeypatch.setenv("AIRFLOW_HOME", "/somewhere/else")
    monkeypatch.setenv("AIRFLOW_CONFIG", "/somewhere/else/airflow.cfg")
    environment = Home(tmp_path).environment()
    assert environment["AIRFLOW_HOME"] == str(tmp_path)
    assert environment["AIRFLOW_CONFIG"] == str(homes.ROOT / "airflow.cfg")


def test_tasks_find_the_api_server_at_the_port_that_was_chosen(tmp_path, monkeypatch):
    monkeypatch.setenv("AIRFLOW__API__PORT", "8123")
    assert Home(tmp_path).environment()["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8123/execution/"


def test_without_a_choice_the_port_is_that_of_airflow_cfg(tmp_path, monkeypatch):
    monkeypatch.delenv("AIRFLOW__API__PORT", raising=False)
    assert Home(tmp_path).port() == 8080


def test_a_port_that_is_no_number_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="AIRFLOW__API__PORT = 'http'"):
        Home(tmp_path, {"AIRFLOW__API__PORT": "http"}).port()


def test_a_writer_of_airflows_database_waits_for_the_others(tmp_path):
    """Five seconds, SQLite's own patience, pass quickly on a busy machine; a run asked for then was answered with 500."""
    config = configparser.ConfigParser(interpolation=None)
    config.read(Path(__file__).parents[2] / "airflow.cfg")
    (tmp_path / ".airflow").mkdir()
    address = config["database"]["sql_alchemy_conn"].replace("$AIRFLOW_HOME", str(tmp_path))
    engine = sqlalchemy.create_engine(address)
    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("pragma busy_timeout")).scalar() == 60_000
    engine.dispose()
