"""Airflow's connections open the source, and what is in them gets nowhere else."""

from __future__ import annotations

import json
import shutil

import pytest

from callqa import storage
from callqa.errors import SettingsError
from callqa.settings import Settings, SourceSettings
from callqa_airflow import connections, stages
from tests.conftest import DEMO_CALLS
from tests.fetch.servers import PASSWORD, USER, sftp_server
from tests.late.test_at_once import DagRun

SECRET = "s3cret-of-the-recorder"


def settings_of(**source: object) -> Settings:
    return Settings(source=SourceSettings.model_validate(source))


@pytest.fixture
def connection(monkeypatch):
    """Makes a connection as an operator does without a database: in the environment."""

    def make(name: str, **fields: object) -> None:
        extra = fields.pop("extra", None)
        fields |= {"extra": json.dumps(extra)} if extra else {}
        monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(fields))

    return make


def opened(**source: object) -> SourceSettings:
    return connections.opened(settings_of(**source)).source


def test_without_a_connection_nothing_is_asked(monkeypatch):
    plain = settings_of(root="/recordings")
    assert connections.opened(plain) is plain


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (
            {
                "conn_type": "aws",
                "login": "AK",
                "password": SECRET,
                "extra": {"endpoint_url": "http://minio:9000", "region_name": "cn-1", "service_config": None},
            },
            {
                "key": "AK",
                "secret": SECRET,
                "endpoint_url": "http://minio:9000",
                "client_kwargs": {"region_name": "cn-1"},
            },
        ),
        (
            {
                "conn_type": "sftp",
                "host": "recorder",
                "port": 2222,
                "login": "qa",
                "password": SECRET,
                "extra": {"host_key": "AAAAB3", "no_host_key_check": "true"},
            },
            {"host": "recorder", "port": 2222, "username": "qa", "password": SECRET, "host_key": "ssh-rsa AAAAB3"},
        ),
        (
            {
                "conn_type": "ssh",
                "host": "recorder",
                "login": "qa",
                "extra": {"private_key": SECRET, "private_key_passphrase": "p", "no_host_key_check": True},
            },
            {"host": "recorder", "username": "qa", "private_key": SECRET, "passphrase": "p", "check_host_key": "false"},
        ),
        (
            {
                "conn_type": "https",
                "login": "qa",
                "password": SECRET,
                "extra": {"X-Api-Key": "k", "timeout": 30, "verify": False},
            },
            {"username": "qa", "password": SECRET, "headers": {"X-Api-Key": "k"}},
        ),
        ({"conn_type": "generic", "extra": {"storage": {"account_key": SECRET}}}, {"account_key": SECRET}),
    ],
    ids=["aws", "sftp", "ssh", "https", "generic"],
)
def test_a_connection_becomes_the_options_of_its_storage(connection, given, wanted):
    connection("recordings", **given)
    assert opened(root="s3://bucket", connection="recordings").storage == wanted


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (
            {
                "conn_type": "postgres",
                "host": "db",
                "port": 5433,
                "login": "qa",
                "password": "p@ss/w:rd",
                "schema": "calls",
                "extra": {"sslmode": "require"},
            },
            "postgresql+psycopg://qa:p%40ss%2Fw%3Ard@db:5433/calls?sslmode=require",
        ),
        ({"conn_type": "mysql", "host": "db", "login": "qa", "schema": "calls"}, "mysql+pymysql://qa@db/calls"),
        ({"conn_type": "sqlite", "host": "/data/cdr.db"}, "sqlite:////data/cdr.db"),
        ({"conn_type": "generic", "extra": {"url": "oracle://x"}}, "oracle://x"),
    ],
    ids=["postgres", "mysql", "sqlite", "generic"],
)
def test_a_connection_becomes_the_address_of_its_database(connection, given, wanted):
    connection("cdr", **given)
    assert opened(root="/calls", calls={"query": "select :day", "connection": "cdr"}).calls.database == wanted


def test_a_connection_that_is_not_there_is_named_with_the_remedy():
    with pytest.raises(SettingsError, match="no connection nobody") as caught:
        opened(root="s3://bucket", connection="nobody")
    assert "AIRFLOW_CONN_NOBODY" in caught.value.remedy


def test_a_connection_of_another_type_is_refused(connection):
    connection("mail", conn_type="smtp")
    with pytest.raises(SettingsError, match="type smtp, which opens no recordings"):
        opened(root="s3://bucket", connection="mail")
    with pytest.raises(SettingsError, match="no database"):
        opened(root="/calls", calls={"query": "select :day", "connection": "mail"})


def test_what_a_connection_holds_is_in_nothing_that_is_written(connection):
    connection("recordings", conn_type="aws", login="AK", password=SECRET)
    connection("cdr", conn_type="postgres", host="db", login="qa", password=SECRET)
    chosen = connections.opened(
        settings_of(root="s3://bucket", connection="recordings", calls={"query": "select :day", "connection": "cdr"})
    )
    assert SECRET in str(chosen.source.storage)
    assert SECRET in chosen.source.calls.database
    for written in (repr(chosen), str(chosen.source), chosen.model_dump_json(), str(chosen.model_dump())):
        assert SECRET not in written
    # Another key is no other day.
    assert storage.digest_of(chosen.source.model_dump()) == storage.digest_of(settings_of(
        root="s3://bucket", connection="recordings", calls={"query": "select :day", "connection": "cdr"}
    ).source.model_dump())  # fmt: skip


@pytest.mark.slow
def test_tasks_read_an_sftp_server_by_its_connection_and_leave_no_trace_of_what_opens_it(
    connection, tmp_path, monkeypatch, caplog
):
    """The server, the tasks' bodies and the processes that read recordings are the real ones."""
    day = "2026-01-07"
    (tmp_path / "there" / day).mkdir(parents=True)
    shutil.copy(DEMO_CALLS / day / "100500-c5.wav", tmp_path / "there" / day)
    with sftp_server(tmp_path / "there") as server:
        extra = {"host_key": server.host_key}
        connection(
            "recordings",
            conn_type="sftp",
            host="127.0.0.1",
            port=server.port,
            login=USER,
            password=PASSWORD,
            extra=extra,
        )
        monkeypatch.setenv("CALLQA_SOURCE__ROOT", server.root)
        monkeypatch.setenv("CALLQA_SOURCE__CONNECTION", "recordings")
        params = {"day": day, "lake": str(tmp_path / "lake")}
        run = stages.fetch(params, DagRun("manual__1", "manual"))
        prepared = stages.prepare(run["shards"][0], run)
    assert (run["recordings"], prepared["counts"]["rejected"], prepared["counts"]["recordings"]) == (1, 0, 1)
    assert PASSWORD not in json.dumps([run, prepared], default=str) + caplog.text
    files = [file for file in (tmp_path / "lake").rglob("*") if file.is_file()]
    assert files
    assert [file for file in files if PASSWORD.encode() in file.read_bytes()] == []
