"""A warehouse that was made before the contract gained scorecards and announcements goes on being used."""

import dataclasses
from datetime import date

import pytest

from callqa import arrow, contracts, warehouse
from callqa.contracts import Call, CardScore, SectionScore, Turn
from callqa.settings import LakeSettings
from callqa.warehouse import catalog
from tests import rows
from tests.warehouse.published import publish

GAINED = {"calls": ("scorecards", "rules_not_applicable"), "turns": ("announcement",)}
NEXT = date(2026, 1, 6)
CARD = CardScore(
    card="service",
    version=2,
    score=None,
    passed=None,
    coverage=0.25,
    sections=[SectionScore(name="Opening", score=None, coverage=0.5), SectionScore(name="Talk", score=7.5, coverage=0.0)],
    rules_unknown=["HR01"],
    reason="25% of it could be told, less than 40%",
)  # fmt: skip


def without(record, names):
    """The record as it was before it had these fields."""
    kept = [f for f in dataclasses.fields(record) if f.name not in names]
    made = [(f.name, f.type, dataclasses.field(default=f.default, default_factory=f.default_factory)) for f in kept]
    space = {"__module__": record.__module__}
    return dataclasses.make_dataclass(record.__name__, made, kw_only=True, frozen=True, namespace=space)


@pytest.fixture
def older(monkeypatch):
    """Publish as the version did that knew none of the gained columns."""

    def publish_older(lake, day, folder, **run):
        with monkeypatch.context() as patch:
            known = {name: without(contracts.TABLES[name], names) for name, names in GAINED.items()}
            patch.setattr(contracts, "TABLES", {**contracts.TABLES, **known})
            patch.setattr(catalog, "RECORDS", {**catalog.RECORDS, **known})
            narrow = {n: [arrow.widen(record, row) for row in getattr(day, n)] for n, record in known.items()}
            return publish(lake, dataclasses.replace(day, **narrow), folder, **run)

    return publish_older


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    return LakeSettings(root=str(tmp_path / "lake"))


def newer(**changes):
    day = rows.clean(NEXT, calls=2, marker="new")
    day.calls = [dataclasses.replace(call, scorecards=[CARD], rules_not_applicable=["CL01"]) for call in day.calls]
    day.turns = [dataclasses.replace(turn, announcement=turn.turn == 0) for turn in day.turns]
    return dataclasses.replace(day, **changes)


def test_older_days_read_as_if_nothing_were_scored_or_announced(lake, tmp_path, older):
    older(lake, rows.clean(marker="old"), tmp_path, run="old")
    assert {"scorecards", "rules_not_applicable"} <= set(warehouse.table(lake, "from calls").column_names)
    day = newer()
    publish(lake, day, tmp_path, run="new")
    calls = arrow.from_table(Call, warehouse.table(lake, "from calls order by call_date, call_id"))
    turns = arrow.from_table(Turn, warehouse.table(lake, "from turns order by call_date, call_id, turn"))
    assert [call for call in calls if call.call_date == NEXT] == day.calls
    assert [turn for turn in turns if turn.call_date == NEXT] == day.turns
    before = [call for call in calls if call.call_date == rows.DAY]
    assert len(before) == 5
    assert {(len(call.scorecards), len(call.rules_not_applicable)) for call in before} == {(0, 0)}
    assert {turn.announcement for turn in turns if turn.call_date == rows.DAY} == {False}


def test_scores_can_be_asked_for_in_sql_over_old_and_new_days(lake, tmp_path, older):
    older(lake, rows.clean(marker="old"), tmp_path, run="old")
    publish(lake, newer(), tmp_path, run="new")
    sql = """
        select c.card, c.version, c.coverage, c.sections[2].name, count(*)
        from calls, unnest(scorecards) as u(c) group by all
    """
    assert warehouse.query(lake, sql)[1] == [("service", 2, 0.25, "Talk", 3)]


def test_through_iceberg_too_the_columns_are_there_and_empty_on_older_days(lake, tmp_path, older):
    older(lake, rows.clean(marker="old"), tmp_path, run="old")
    publish(lake, newer(), tmp_path, run="new")
    with catalog.opened(lake) as opened:
        found = catalog.load(opened, "calls").scan().to_arrow()
    cards = [call.scorecards for call in arrow.from_table(Call, found)]
    assert sorted(cards, key=len) == [[]] * 5 + [[CARD]] * 3


def test_an_older_day_that_is_run_again_gains_the_columns(lake, tmp_path, older):
    older(lake, rows.clean(NEXT, calls=2, marker="old"), tmp_path, run="old")
    day = newer()
    publication, changed = publish(lake, day, tmp_path, run="new", based_on=1)
    assert (publication.sequence, changed) == (2, True)
    assert arrow.from_table(Call, warehouse.table(lake, "from calls order by call_id")) == day.calls


def test_a_record_inside_a_column_may_gain_a_field(lake, tmp_path, monkeypatch):
    score = without(CardScore, {"reason", "rules_failed"})
    call = dataclasses.make_dataclass(
        "Call", [("scorecards", list[score], dataclasses.field(default_factory=list))], bases=(Call,), kw_only=True,
        frozen=True, namespace={"__module__": Call.__module__},
    )  # fmt: skip
    with monkeypatch.context() as patch:
        patch.setattr(contracts, "TABLES", {**contracts.TABLES, "calls": call})
        patch.setattr(catalog, "RECORDS", {**catalog.RECORDS, "calls": call})
        day = rows.clean(marker="old")
        old = score(card="service", version=1, score=80.0, passed=True, coverage=1.0)
        calls = [dataclasses.replace(arrow.widen(call, row), scorecards=[old]) for row in day.calls]
        publish(lake, dataclasses.replace(day, calls=calls), tmp_path, run="old")
    new = newer()
    publish(lake, new, tmp_path, run="new")
    found = arrow.from_table(Call, warehouse.table(lake, "from calls order by call_date, call_id"))
    assert [row for row in found if row.call_date == NEXT] == new.calls
    sql = "select distinct c.card, c.score, c.rules_failed, c.reason from calls, unnest(scorecards) as u(c) where c.version = 1"
    assert warehouse.query(lake, sql)[1] == [("service", 80.0, None, None)]
