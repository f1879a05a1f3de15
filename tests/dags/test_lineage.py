"""What the DAGs tell an OpenLineage backend: a real server on loopback hears real runs."""

# ruff: noqa: F811 - tests take fixtures that are imported
from __future__ import annotations

import dataclasses
import inspect
import json
import logging
import os
import pkgutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import attr
import pytest
from airflow.dag_processing.dagbag import DagBag
from openlineage.client.serde import Serde

from callqa import storage, warehouse
from callqa.contracts import TABLES
from callqa.settings import LakeSettings, Settings, SourceSettings
from callqa_airflow import lineage
from callqa_airflow.lineage import backend, datasets, events
from tests.dags.conftest import DEMO_CALLS, REPO
from tests.dags.test_rejudge_archive import DAY as REJUDGED
from tests.dags.test_rejudge_archive import (
    NEXT,
    settings,  # noqa: F401 - a fixture
)
from tests.dags.test_rejudge_archive import run as rejudge  # noqa: F401 - a fixture
from tests.rejudge.conftest import acme  # noqa: F401 - a fixture
from tests.rejudge.packs import word_rule
from tests.rejudge.published import calls, publish

SHORT = ("100500-c5.wav", "101200-c6.wav")
"""A ring-back and a busy tone of 2026-01-07: 17 s together."""


class Backend:
    """Takes events as Marquez and the like do, at `POST /api/v1/lineage`."""

    def __init__(self) -> None:
        self.events: list[dict] = []
        self.status = 201
        self.stuck = threading.Event()
        """While it is clear, nobody gets an answer."""
        self.stuck.set()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server.stuck.wait()
                if server.status == 201:
                    assert self.path == "/api/v1/lineage"
                    server.events.append(json.loads(body))
                self.send_response(server.status)
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.stuck.set()
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def environment(**variables: str) -> Iterator[None]:
    """Variables for a while; the client adds some of its own to the process's."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def listening() -> Iterator[Backend]:
    """A backend that hears everything."""
    server = Backend()
    try:
        with environment(OPENLINEAGE_URL=server.url, OPENLINEAGE_NAMESPACE="callqa-test"):
            yield server
    finally:
        server.close()


@pytest.fixture
def heard() -> Iterator[Backend]:
    with listening() as server:
        yield server


@pytest.fixture
def clean(monkeypatch, tmp_path) -> None:
    """Nothing is configured, and no file of the developer's own is found."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    with environment():
        yield


def run_day(lake: Path, source: Path, day: str):
    """The daily DAG, parsed anew, in Airflow's own test runner."""
    dag = DagBag(dag_folder=str(REPO / "dags" / "daily_call_qa.py")).dags["daily_call_qa"]
    return dag.test(run_conf={"source": str(source), "lake": str(lake), "day": day})


def types(told: list[dict]) -> list[str]:
    return [event["eventType"] for event in told]


def facet(event: dict, name: str) -> dict:
    return event["run"]["facets"][name]


def tables(event: dict, kind: str = "outputs") -> dict[str, dict]:
    return {dataset["name"].rpartition("/")[2]: dataset for dataset in event[kind]}


# What is told of a day


@pytest.fixture(scope="module")
def day_twice(demo_settings, demo_runs, airflow_database, tmp_path_factory):
    """A whole demo day by the DAG, and once more: (lake, day, the events of each run)."""
    lake = tmp_path_factory.mktemp("told")
    (lake / "cache").symlink_to(f"{demo_settings.lake.root}/cache")
    day = min(demo_runs)
    told = []
    for _ in range(2):
        with listening() as server:
            assert run_day(lake, DEMO_CALLS, day).state == "success"
            told.append(server.events)
    return lake, day, told


@pytest.mark.slow
def test_a_published_day_is_one_run_that_starts_and_completes(day_twice):
    _, day, (told, again) = day_twice
    assert types(told) == ["START", "COMPLETE"]
    assert [event["eventTime"] for event in told] == sorted(event["eventTime"] for event in told)
    assert {(event["job"]["namespace"], event["job"]["name"]) for event in told} == {
        ("callqa-test", "daily_call_qa.day")
    }
    assert len({event["run"]["runId"] for event in told}) == 1
    assert {event["run"]["runId"] for event in told}.isdisjoint(event["run"]["runId"] for event in again)
    for event in told:
        assert facet(event, "nominalTime")["nominalStartTime"] == f"{day}T00:00:00+08:00"
        assert facet(event, "nominalTime")["nominalEndTime"] == "2026-01-06T00:00:00+08:00"
        assert "parent" not in event["run"]["facets"], "nobody tells of that run here"


@pytest.mark.slow
def test_the_folder_of_recordings_is_read(day_twice):
    _, day, ((start, complete), _) = day_twice
    for event in (start, complete):
        (source,) = event["inputs"]
        assert (source["namespace"], source["name"]) == ("file", str(DEMO_CALLS))
        assert source["inputFacets"]["subset"]["inputCondition"]["locations"] == [f"{DEMO_CALLS}/{day}"]
    there = [file.stat().st_size for file in (DEMO_CALLS / day).iterdir() if file.name != "calls.csv"]
    statistics = complete["inputs"][0]["inputFacets"]["inputStatistics"]
    assert (statistics["fileCount"], statistics["size"]) == (len(there), sum(there))


@pytest.mark.slow
def test_the_tables_are_written_as_the_ledger_says(day_twice):
    lake, day, ((start, complete), _) = day_twice
    there = warehouse.publication(LakeSettings(root=str(lake)), date.fromisoformat(day), 1)
    assert set(tables(start)) == set(tables(complete)) == set(TABLES)
    for name, table in tables(complete).items():
        rows = getattr(there, f"rows_{name}")
        assert table["namespace"] == "file"
        assert table["name"] == f"{lake}/warehouse/tables/{name}"
        assert table["facets"]["version"]["datasetVersion"] == str(getattr(there, f"snapshot_{name}"))
        assert table["outputFacets"]["outputStatistics"]["rowCount"] == rows > 0
        published = list((lake / "warehouse" / "files" / name).rglob("*.parquet"))
        assert table["outputFacets"]["outputStatistics"]["fileCount"] == len(published) == 1
        assert table["outputFacets"]["outputStatistics"]["size"] == published[0].stat().st_size
        assert table["outputFacets"]["subset"]["outputCondition"]["partitions"] == [{"dimensions": {"call_date": day}}]
        assert table["facets"]["symlinks"]["identifiers"][0]["name"] == f"qa.{name}"
        assert "version" not in tables(start)[name]["facets"], "it is not written yet"
    ours = facet(complete, "callqa_publication")
    assert (ours["sequence"], ours["contentDigest"]) == (1, there.content_digest)
    assert (ours["gateResultId"], ours["runId"]) == (there.gate_result_id, there.run_id)
    assert (ours["outcome"], ours["approved"]) == ("published", False)


@pytest.mark.slow
def test_the_columns_are_those_that_the_tables_have(day_twice):
    lake, _, ((_, complete), _) = day_twice
    for name, table in tables(complete).items():
        described = warehouse.query(LakeSettings(root=str(lake)), f"describe {name}")[1]
        told = [column["name"] for column in table["facets"]["schema"]["fields"]]
        assert told == [row[0] for row in described]
    turns = {column["name"]: column for column in tables(complete)["turns"]["facets"]["schema"]["fields"]}
    assert turns["start"]["type"] == "double"
    (word,) = turns["words"]["fields"]
    assert (turns["words"]["type"], word["name"], word["type"]) == ("array", "_element", "struct")
    assert [part["name"] for part in word["fields"]] == ["text", "start", "end", "confidence"]


@pytest.mark.slow
def test_what_the_gate_found_is_told_of_the_run_and_of_its_tables(day_twice):
    lake, _, ((_, complete), _) = day_twice
    (result,) = {path.read_text(encoding="utf-8") for path in (lake / "runs").rglob("gate/audit.json")}
    audited = {check["id"]: check for check in json.loads(result)["checks"]}
    told = {test["name"]: test for test in facet(complete, "test")["tests"]}
    assert set(told) == set(audited)
    assert {test["status"] for test in told.values()} == {"pass", "skip"}
    for name, table in tables(complete).items():
        found = table["facets"]["dataQualityAssertions"]["assertions"]
        columns = {column["name"] for column in table["facets"]["schema"]["fields"]}
        assert found
        assert all(one["success"] and audited[one["name"]]["table"] == name for one in found)
        assert {one["column"] for one in found if "column" in one} <= columns
    assert any(
        one.get("column") == "call_date"
        for one in tables(complete)["turns"]["facets"]["dataQualityAssertions"]["assertions"]
    )


@pytest.mark.slow
def test_a_day_that_is_published_already_is_told_as_unchanged(day_twice):
    _, _, ((_, first), again) = day_twice
    assert types(again) == ["START", "COMPLETE"]
    ours = facet(again[1], "callqa_publication")
    assert (ours["outcome"], ours["sequence"]) == ("unchanged", 1)
    for name, table in tables(again[1]).items():
        assert table["facets"]["version"] == tables(first)[name]["facets"]["version"]
        written = table["outputFacets"]["outputStatistics"]
        assert (written["rowCount"], written["size"], written["fileCount"]) == (0, 0, 0)


@pytest.mark.slow
def test_nobody_is_named_in_any_event_of_a_demo_day(day_twice):
    """No recording, no call, no number, no person, no word that was said."""
    lake, day, told = day_twice
    text = json.dumps(told, ensure_ascii=False)
    rows = warehouse.query(
        LakeSettings(root=str(lake)),
        "select file_name, call_id, customer_id, customer_number, agent_id, agent_name, sha256 from calls",
    )[1]
    names = {str(value) for row in rows for value in row if value} | {Path(row[0]).stem for row in rows}
    said = {row[0] for row in warehouse.query(LakeSettings(root=str(lake)), "select text from turns")[1]}
    said |= {row[0] for row in warehouse.query(LakeSettings(root=str(lake)), "select message from findings")[1]}
    numbers = {line.split(",")[11] for line in (DEMO_CALLS / day / "calls.csv").read_text("utf-8").splitlines()[1:]}
    assert len(names) > 50
    assert len(said) > 20
    assert len(numbers) > 5
    assert [one for one in names | numbers | said if len(one) > 1 and one in text] == []


@pytest.mark.slow
def test_every_event_is_as_openlineage_wants_it(day_twice):
    for event in (one for told in day_twice[2] for one in told):
        assert_valid(event)


def assert_valid(event: dict) -> None:
    """By the client's own classes: no field that a facet does not have, none missing, every value accepted."""
    assert event["schemaURL"].startswith("https://openlineage.io/spec/2-0-2/OpenLineage.json")
    UUID(event["run"]["runId"])
    assert datetime.fromisoformat(event["eventTime"]).tzinfo is not None
    found = [event["run"]["facets"], event["job"]["facets"]]
    for dataset in event["inputs"] + event["outputs"]:
        assert dataset["namespace"]
        assert dataset["name"]
        found += [dataset.get(kind, {}) for kind in ("facets", "inputFacets", "outputFacets")]
    for name, body in ((name, body) for facets in found for name, body in facets.items()):
        kind = events.PublicationRunFacet if name == "callqa_publication" else FACETS[body["_schemaURL"]]
        assert name == "tags" or body["_producer"].startswith("pkg:generic/callqa@"), name
        kind(**{key: value for key, value in body.items() if not key.startswith("_")})


def _facets() -> dict[str, type]:
    import openlineage.client.generated as generated

    modules = [import_module(f"{generated.__name__}.{m.name}") for m in pkgutil.iter_modules(generated.__path__)]
    classes = {kind for module in modules for _, kind in inspect.getmembers(module, inspect.isclass)}
    return {kind._get_schema(): kind for kind in classes if attr.has(kind) and hasattr(kind, "_get_schema")}


FACETS = _facets()


@pytest.mark.slow
def test_a_refused_day_that_a_person_published_completes_with_what_failed(day_twice, day):
    lake, text, _ = day_twice
    (run_dir,) = {
        path.parent
        for path in (lake / "runs").glob(f"{text}__*/outcome.json")
        if not storage.read_json(path)["unchanged"]
    }
    outcome = {
        **storage.read_json(run_dir / "outcome.json"),
        "approved_by": "Wang Fang",
        "approval_reason": "feed known",
    }
    result = storage.read_json(run_dir / "gate" / "audit.json")
    result["checks"][0] |= {"success": False, "result": "failed", "observed": {"wrong": 1, "rows": 12}}
    gated = {
        "passed": False,
        "result": storage.write_json(day.settings.lake.root + "/audit.json", result),
        "result_id": "x",
    }
    exported = {table: str(run_dir / "export" / f"{table}.parquet") for table in TABLES}
    told = json.loads(Serde.to_json(events.published(day, outcome, gated, exported)))
    assert told["eventType"] == "COMPLETE"
    assert facet(told, "callqa_publication")["approved"] is True
    (failed,) = [test for test in facet(told, "test")["tests"] if test["status"] == "fail"]
    assert (failed["severity"], failed["actual"], failed["expected"]) == ("error", "1", "0")
    assert "Wang Fang" not in json.dumps(told)
    assert "feed known" not in json.dumps(told)
    assert_valid(told)


# Days that end otherwise


@pytest.mark.slow
def test_a_refused_day_fails_with_the_checks_that_refused_it(airflow_database, source, tmp_path, heard, monkeypatch):
    monkeypatch.setenv("CALLQA_GATE__DECISION_HOURS", "0")
    folder = source("2026-01-07", SHORT[0])
    (folder / "2026-01-07" / "secret-name.wav").write_bytes(b"")
    assert run_day(tmp_path / "lake", folder, "2026-01-07").state == "failed"
    assert types(heard.events) == ["START", "FAIL"]
    last = heard.events[-1]
    assert last["outputs"] == []
    assert facet(last, "callqa_publication")["outcome"] == "refused"
    failed = {test["name"]: test for test in facet(last, "test")["tests"] if test["status"] == "fail"}
    assert failed["day.rejected_share"]["severity"] == "error"
    assert failed["day.rejected_share"]["actual"] == "0.5"
    assert facet(last, "errorMessage")["message"] == "the quality gate refused 2026-01-07: day.rejected_share"
    assert "secret-name" not in json.dumps(heard.events)
    assert_valid(last)


@pytest.mark.slow
def test_a_day_that_breaks_off_fails_once_however_many_shards_do(
    airflow_database, source, tmp_path, heard, monkeypatch
):
    monkeypatch.setenv("CALLQA_SHARDS__SECONDS", "9")
    monkeypatch.setenv("CALLQA_ENGINE__MODEL", str(tmp_path))
    assert run_day(tmp_path / "lake", source("2026-01-07", *SHORT), "2026-01-07").state == "failed"
    assert types(heard.events) == ["START", "FAIL"]
    message = facet(heard.events[-1], "errorMessage")["message"]
    assert message == "task shard.transcribe failed: callqa.errors.ModelError; see its log"
    assert len({event["run"]["runId"] for event in heard.events}) == 1
    assert_valid(heard.events[-1])


@pytest.mark.slow
def test_a_day_without_recordings_fails_as_soon_as_it_began(airflow_database, source, tmp_path, heard):
    assert run_day(tmp_path / "lake", source("2026-01-05", "090112-a1.wav"), "2026-01-07").state == "failed"
    assert types(heard.events) == ["START", "FAIL"]
    assert (
        facet(heard.events[1], "errorMessage")["message"]
        == "task fetch failed: callqa.errors.EmptyDayError; see its log"
    )


@pytest.mark.slow
def test_a_backend_that_is_down_leaves_the_day_as_it_is(airflow_database, source, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    with environment(OPENLINEAGE_URL=nobody):
        assert run_day(tmp_path / "lake", source("2026-01-07", SHORT[0]), "2026-01-07").state == "success"


def test_of_a_task_that_was_killed_the_dag_tells_once_and_without_an_error(clean, heard, tmp_path):
    """Airflow calls the DAG's callback alone, in the DAG processor, with a context that has no exception."""
    dag_run = SimpleNamespace(
        dag_id="daily_call_qa", run_id="r", run_type="manual", logical_date=None, run_after=datetime(2026, 1, 6, tzinfo=UTC),
        data_interval_start=None, clear_number=0,
    )  # fmt: skip
    params = {"day": "2026-01-05", "source": None, "lake": str(tmp_path)}
    context = {"ti": SimpleNamespace(task_id="shard.transcribe"), "params": params, "dag_run": dag_run, "reason": "x"}
    (tmp_path / "runs" / "2026-01-05__r").mkdir(parents=True)
    lineage.day_failed(context)
    lineage.day_failed(context)
    (event,) = heard.events
    assert event["eventType"] == "FAIL"
    assert facet(event, "errorMessage")["message"] == "task shard.transcribe failed; see its log"


# Days that are judged again


@pytest.mark.slow
def test_each_day_judged_again_reads_what_was_published_and_writes_it_anew(rejudge, settings, heard):
    before = {day: warehouse.publication(settings.lake, day, 1) for day in (REJUDGED, NEXT)}
    assert rejudge(rules=["AC01"]).state == "success"
    by_day = {
        str(day): [e for e in heard.events if facet(e, "nominalTime")["nominalStartTime"].startswith(str(day))]
        for day in before
    }
    assert len({event["run"]["runId"] for event in heard.events}) == len(before)
    for day, there in before.items():
        start, complete = by_day[str(day)]
        assert (start["eventType"], complete["eventType"]) == ("START", "COMPLETE")
        assert complete["job"]["name"] == "rejudge_archive.day"
        after = warehouse.publication(settings.lake, day, 2)
        for name in TABLES:
            read, written = tables(complete, "inputs")[name], tables(complete)[name]
            assert read["facets"]["version"]["datasetVersion"] == str(getattr(there, f"snapshot_{name}"))
            assert written["facets"]["version"]["datasetVersion"] == str(getattr(after, f"snapshot_{name}"))
        ours = facet(complete, "callqa_publication")
        assert (ours["outcome"], ours["sequence"], ours["rejudgedSequence"]) == ("published", 2, 1)
        assert_valid(complete)
    heard.events.clear()
    assert rejudge(rules=["AC01"], last=REJUDGED).state == "success"
    assert types(heard.events) == ["START", "COMPLETE"]
    assert facet(heard.events[1], "callqa_publication")["outcome"] == "unchanged"
    assert set(tables(heard.events[1])) == set(TABLES)
    assert_valid(heard.events[1])


@pytest.mark.slow
def test_a_dry_run_writes_nothing(rejudge, settings, heard):
    assert rejudge(last=REJUDGED, dry_run=True).state == "success"
    assert types(heard.events) == ["START", "COMPLETE"]
    assert [event["outputs"] for event in heard.events] == [[], []]
    assert facet(heard.events[1], "callqa_publication")["outcome"] == "dry run"


@pytest.mark.slow
def test_a_day_that_was_published_meanwhile_is_aborted(rejudge, settings, heard, tmp_path, monkeypatch):
    from callqa.rejudge import steps

    gate = steps.gate

    def overtaken(*arguments):
        publish(settings, calls(c9="我要投诉"), tmp_path, run="other")
        return gate(*arguments)

    monkeypatch.setattr(steps, "gate", overtaken)
    assert rejudge(last=REJUDGED).state == "failed"
    assert types(heard.events) == ["START", "ABORT"]
    message = facet(heard.events[1], "errorMessage")["message"]
    assert message == "task day.publish failed: callqa.errors.StalePublicationError; see its log"


@pytest.mark.slow
def test_a_day_judged_again_and_refused_fails_and_the_others_complete(
    rejudge, settings, acme, heard, tmp_path, monkeypatch
):
    acme.install(word_rule("AC01", "投诉"))
    publish(settings, calls(c1="我要投诉", c3="谢谢", c4=None).on(NEXT), tmp_path, run="later")
    acme.install(word_rule("AC01", "谢谢", version=2), version="1.1")
    monkeypatch.setenv("CALLQA_GATE__MAX_REJECTED_SHARE", "0.2")
    assert rejudge(last=NEXT).state == "failed"
    ends = {
        facet(e, "nominalTime")["nominalStartTime"][:10]: e["eventType"]
        for e in heard.events
        if e["eventType"] != "START"
    }
    assert ends == {str(REJUDGED): "COMPLETE", str(NEXT): "FAIL"}
    assert len(heard.events) == 4


# The backend


@pytest.fixture
def day(tmp_path) -> events.Day:
    """A day over a lake in which nothing was published."""
    return events.Day(
        day=date(2026, 1, 5),
        settings=Settings(source=SourceSettings(root="s3://calls/in"), lake=LakeSettings(root=str(tmp_path / "lake"))),
        namespace="callqa-test",
        dag_id="daily_call_qa",
        run_id="manual__2026-01-05",
        moment=datetime(2026, 1, 5, tzinfo=UTC),
        clear_number=0,
    )


@pytest.fixture
def tell(day, clean, caplog):
    """Tells that the day began; the warnings of it, of whatever logger."""

    def go() -> list[str]:
        caplog.clear()
        caplog.set_level(logging.WARNING)
        lineage._send(lambda: events.began(day, writes=True))
        return [record.getMessage() for record in caplog.records if record.levelname in ("WARNING", "ERROR")]

    return go


@pytest.mark.parametrize("status", [401, 404])
def test_a_backend_that_refuses_is_one_warning(tell, heard, status):
    heard.status = status
    (warning,) = tell()
    assert warning.startswith(f"OpenLineage was not told: the backend answered {status}")


def test_a_backend_that_fails_is_tried_again_and_is_one_warning(tell, heard, monkeypatch):
    monkeypatch.setattr(backend, "LIMIT_SECONDS", 1.0)
    heard.status = 500
    assert tell() == ["OpenLineage was not told: the backend did not take the event in 1 s"]


def test_a_backend_that_never_answers_is_one_warning_and_the_task_goes_on(tell, heard, monkeypatch):
    monkeypatch.setattr(backend, "LIMIT_SECONDS", 0.2)
    heard.stuck.clear()
    assert tell() == ["OpenLineage was not told: the backend did not take the event in 0.2 s"]


def test_a_backend_that_is_down_is_one_warning_without_the_keys_in_its_address(tell, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    transport = {
        "type": "http",
        "url": f"http://someone:secret-word@127.0.0.1:{port}",
        "endpoint": "lineage?key=secret-key",
        "retry": {"total": 1, "connect": 1},
    }
    monkeypatch.setenv("AIRFLOW__OPENLINEAGE__TRANSPORT", json.dumps(transport))
    (warning,) = tell()
    assert "Connection refused" in warning
    assert "secret" not in warning


@pytest.mark.parametrize(
    ("transport", "reason"),
    [
        ("{no json", "JSONDecodeError"),
        ('["http"]', "AttributeError"),
        ('{"type": "http"}', "`url` key not passed"),
        ('{"type": "carrier pigeon"}', "carrier pigeon"),
        ('{"type": "http", "url": "nowhere"}', "Need valid url"),
        ('{"type": "http", "url": "ftp://u:secret@host"}', "Not supported URL scheme"),
    ],
)
def test_a_backend_that_is_misconfigured_is_one_warning_that_says_how(tell, monkeypatch, transport, reason):
    monkeypatch.setenv("AIRFLOW__OPENLINEAGE__TRANSPORT", transport)
    (warning,) = tell()
    assert reason in warning
    assert "secret" not in warning


def test_a_configuration_file_that_is_not_there_is_one_warning(tell, monkeypatch):
    monkeypatch.setenv("AIRFLOW__OPENLINEAGE__CONFIG_PATH", "/nowhere/openlineage.yml")
    (warning,) = tell()
    assert "/nowhere/openlineage.yml" in warning


def test_without_the_client_a_configured_backend_is_one_warning_that_says_what_to_install(tell, monkeypatch):
    monkeypatch.setenv("OPENLINEAGE_URL", "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "openlineage.client", None)
    (warning,) = tell()
    assert "install openlineage-python" in warning


def by_airflow(monkeypatch, transport: dict, folder: Path) -> None:
    monkeypatch.setenv("AIRFLOW__OPENLINEAGE__TRANSPORT", json.dumps(transport))


def by_airflows_file(monkeypatch, transport: dict, folder: Path) -> None:
    (folder / "a.yml").write_text(json.dumps({"transport": transport}), encoding="utf-8")
    monkeypatch.setenv("AIRFLOW__OPENLINEAGE__CONFIG_PATH", str(folder / "a.yml"))


def by_variables(monkeypatch, transport: dict, folder: Path) -> None:
    for name, value in transport.items():
        monkeypatch.setenv(f"OPENLINEAGE__TRANSPORT__{name.upper()}", json.dumps(value))


def by_one_variable(monkeypatch, transport: dict, folder: Path) -> None:
    monkeypatch.setenv("OPENLINEAGE__TRANSPORT", json.dumps(transport))


def by_a_named_file(monkeypatch, transport: dict, folder: Path) -> None:
    (folder / "b.yml").write_text(json.dumps({"transport": transport}), encoding="utf-8")
    monkeypatch.setenv("OPENLINEAGE_CONFIG", str(folder / "b.yml"))


def by_a_file_at_home(monkeypatch, transport: dict, folder: Path) -> None:
    (folder / ".openlineage").mkdir()
    (folder / ".openlineage" / "openlineage.yml").write_text(json.dumps({"transport": transport}), encoding="utf-8")


WAYS = [by_airflow, by_airflows_file, by_variables, by_one_variable, by_a_named_file, by_a_file_at_home]


@pytest.mark.parametrize("configured", WAYS)
def test_a_backend_is_found_wherever_the_field_configures_it(tell, monkeypatch, tmp_path, configured):
    told = tmp_path / "events.jsonl"
    configured(monkeypatch, {"type": "file", "log_file_path": str(told), "append": True}, tmp_path)
    assert tell() == []
    (line,) = told.read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["eventType"] == "START"
    assert_valid(json.loads(line))


@pytest.mark.parametrize("off", ["OPENLINEAGE_DISABLED", "AIRFLOW__OPENLINEAGE__DISABLED"])
def test_lineage_that_is_switched_off_tells_nothing(tell, heard, monkeypatch, off):
    monkeypatch.setenv(off, "true")
    assert tell() == []
    assert heard.events == []


def test_without_a_backend_nothing_is_made_or_imported_and_no_dag_file_imports_openlineage():
    """In a process of its own, as the DAG processor and a task have one."""
    code = """
import sys
from airflow.dag_processing.dagbag import DagBag
from callqa_airflow import lineage
assert DagBag(dag_folder="dags").dags
lineage.day_failed({})
lineage.began(None, "2026-01-05")
print(sorted(name for name in sys.modules if name.startswith(("openlineage", "callqa_airflow.lineage"))))
"""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("OPENLINEAGE")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPO, env=variables, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "['callqa_airflow.lineage', 'callqa_airflow.lineage.backend']"


# Names and ids


@pytest.mark.parametrize(
    ("address", "namespace", "name"),
    [
        ("/data/calls", "file", "/data/calls"),
        ("file:///data/calls/", "file", "/data/calls"),
        ("s3://calls/in/", "s3://calls", "in"),
        ("s3a://calls/in", "s3://calls", "in"),
        ("s3://calls", "s3://calls", "/"),
        ("gcs://calls/in", "gs://calls", "in"),
        ("oss://calls/in", "oss://calls", "in"),
        ("simplecache::s3://calls/in", "s3://calls", "in"),
        ("abfss://box@account.dfs.core.windows.net/in", "abfss://box@account.dfs.core.windows.net", "in"),
        ("sftp://robot:secret@host:2222/in", "sftp://host:2222", "/in"),
        ("https://key:secret@host/in?token=secret#secret", "https://host", "/in"),
        ("hdfs://node:8020/in", "hdfs://node:8020", "/in"),
    ],
)
def test_a_place_is_named_as_openlineage_names_it_and_without_its_keys(address, namespace, name):
    assert datasets.name_of(address) == (namespace, name)


@pytest.mark.parametrize(
    ("lake", "kind", "uri"),
    [
        ({}, "jdbc", "sqlite:///lake/warehouse/catalog.db"),
        (
            {"catalog_uri": "postgresql+psycopg://u:secret@db:5432/qa?password=secret"},
            "jdbc",
            "postgresql://db:5432/qa",
        ),
        ({"catalog_uri": "https://u:secret@catalog/v1?token=secret"}, "rest", "https://catalog/v1"),
        ({"properties": {"type": "glue", "glue.secret-access-key": "secret"}}, "glue", None),
    ],
)
def test_a_catalog_is_described_without_its_keys(lake, kind, uri):
    settings = LakeSettings(root="/lake", warehouse="s3://lake/qa", **lake)
    told = datasets.written(settings, "calls", "2026-01-05", {})
    assert (told.namespace, told.name) == ("s3://lake", "qa/tables/calls")
    catalog = told.facets["catalog"]
    assert (catalog.framework, catalog.type, catalog.metadataUri) == ("iceberg", kind, uri)
    assert catalog.warehouseUri == "s3://lake/qa"
    assert "secret" not in str(told)


def test_a_run_is_the_same_for_every_task_and_another_one_for_every_day_run_dag_and_airflow(day):
    again = changed(day)
    others = [
        changed(day, day=date(2026, 1, 6)),
        changed(day, run_id="manual__2"),
        changed(day, dag_id="rejudge_archive"),
        changed(day, namespace="other"),
    ]
    assert again.uuid == day.uuid == changed(day, clear_number=1, rejudges=4).uuid
    assert len({one.uuid for one in [day, *others]}) == 5


def changed(was: events.Day, **changes) -> events.Day:
    return dataclasses.replace(was, **changes)


def test_the_provider_that_tells_of_the_dag_run_is_joined_by_the_ids_that_it_makes(day, tmp_path, monkeypatch):
    from openlineage.client.uuid import generate_static_uuid

    assert "parent" not in events.began(day, writes=True).run.facets
    installed = tmp_path / "site" / "apache_airflow_providers_openlineage-2.19.0.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {events.PROVIDER}\nVersion: 2.19.0\n", "utf-8")
    monkeypatch.syspath_prepend(str(installed.parent))
    parent = events.began(dataclasses.replace(day, clear_number=2), writes=True).run.facets["parent"]
    expected = generate_static_uuid(instant=day.moment, data=b"callqa-test.daily_call_qa.2")
    assert parent.run.runId == parent.root.run.runId == str(expected)
    assert (parent.job.namespace, parent.job.name) == ("callqa-test", "daily_call_qa")
