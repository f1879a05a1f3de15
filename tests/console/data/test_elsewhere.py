"""The console over a catalog in PostgreSQL and files in an object store: the same answers."""

from __future__ import annotations

import random
import secrets

import pytest

from callqa.settings import LakeSettings
from qa_console import data
from qa_console.data.engine import Limits
from tests.console.data.conftest import EVERYBODY
from tests.console.data.made import FIRST, Made, random_day, settings
from tests.console.data.test_engine import marked, markers
from tests.warehouse.conftest import BUCKET, object_store, postgres  # noqa: F401 - fixtures

PLACES = ["postgres", "s3", "postgres and s3"]


@pytest.fixture(params=PLACES)
def made(request, tmp_path) -> Made:
    lake: dict = {"root": str(tmp_path / "lake")}
    if "postgres" in request.param:
        uri, name = request.getfixturevalue("postgres"), f"console_{secrets.token_hex(4)}"
        import sqlalchemy

        # Without a pool: the server waits for connections that are open when it is to end.
        engine = sqlalchemy.create_engine(uri, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text(f"create database {name}"))
        lake["catalog_uri"] = uri.replace("/postgres", f"/{name}")
    if "s3" in request.param:
        lake |= {
            "warehouse": f"s3://{BUCKET}/console-{secrets.token_hex(4)}",
            "properties": request.getfixturevalue("object_store"),
        }
    return Made(settings(tmp_path).model_copy(update={"lake": LakeSettings(**lake)}), tmp_path)


def test_lists_calls_days_and_searches_are_answered(made):
    console = data.Console(made.settings, Limits(check_seconds=0.0))
    with console.page(EVERYBODY) as page:
        assert page.days == []
    made.publish(random_day(random.Random(5), FIRST, 30), "run")
    with console.page(EVERYBODY) as page:
        assert data.calls(page, data.Filters()).total == 30
        for call in made.calls[:5]:
            detail = data.call(page, call.call_date, call.call_id)
            assert detail.row == call
            assert list(detail.turns) == [turn for turn in made.turns if turn.call_id == call.call_id]
        assert data.today(page).totals.made == 30
        said = {turn.call_id for turn in made.turns if "退款" in turn.text}
        assert {line.call_id for line in data.calls(page, data.Filters(said="退款"), limit=200).lines} == said
    assert sum(piece.count("\r\n") for piece in data.export_csv(console, EVERYBODY, data.Filters())) == 31


def test_a_publication_while_a_page_is_open(made):
    console = data.Console(made.settings, Limits(check_seconds=0.0))
    made.publish(marked("one"), "one")
    with console.page(EVERYBODY) as before:
        assert markers(before) == {"one"}
        made.publish(marked("two"), "two")
        with console.page(EVERYBODY) as after:
            assert markers(after) == {"two"}
        assert markers(before) == {"one"}
