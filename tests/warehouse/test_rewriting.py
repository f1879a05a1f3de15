from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from callqa import arrow, contracts, storage, warehouse
from callqa.contracts import Turn
from callqa.errors import HeldError, StageError, StalePublicationError, UsageError
from callqa.settings import LakeSettings
from callqa.warehouse import rewriting
from tests import rows
from tests.warehouse import erasing
from tests.warehouse.erasing import CALL, NEXT, rewrite
from tests.warehouse.published import ALL, publish, seen


@pytest.fixture
def lake(tmp_path) -> LakeSettings:
    """A warehouse with two days; the first has the call that is to be erased."""
    settings = LakeSettings(root=str(tmp_path / "lake"))
    publish(settings, erasing.day_with(), tmp_path, run="r1")
    publish(settings, rows.clean(NEXT, marker="N"), tmp_path, run="r2")
    return settings


def silent(name: str, table: pa.Table) -> pa.Table:
    """The change of a retention: what was said goes, its row stays."""
    if name != "turns":
        return table
    index = table.schema.get_field_index("text_match")
    return table.set_column(index, table.schema.field(index), pa.array([""] * table.num_rows, pa.string()))


def test_the_day_is_published_again_without_the_rows_and_the_ledger_says_what_why_and_by_whom(lake, tmp_path):
    first = warehouse.publications(lake, rows.DAY)[0]
    made, changed = rewrite(lake, tmp_path)
    assert changed
    assert (made.sequence, made.origin, made.approved_by, made.approval_reason, made.gate_result_id) == (
        2,
        "erasure",
        "li",
        "asked for by letter 12",
        "gate",
    )
    assert (made.rows_calls, made.rows_turns, made.rows_events, made.rows_findings) == (5, 8, 4, 4)
    assert warehouse.publications(lake, rows.DAY) == [first, made]
    assert seen(lake) == {"A": ALL, "N": ALL}
    for table in contracts.TABLES:
        assert warehouse.query(lake, f"select count(*) from {table} where call_id = '{CALL}'")[1] == [(0,)]


def test_the_rows_that_stay_are_the_same_in_every_column(lake, tmp_path):
    rewrite(lake, tmp_path)
    clean = rows.clean(marker="A")
    for table, record in contracts.TABLES.items():
        answer = warehouse.table(lake, f"from {table} where call_date = '2026-01-05'").cast(arrow.schema_of(record))
        key = [(name, "ascending") for name in ("call_id", "turn") if name in answer.column_names]
        ordered = sorted(getattr(clean, table), key=lambda row: (row.call_id, getattr(row, "turn", 0)))
        assert arrow.from_table(record, answer.sort_by(key)) == ordered, table


def test_values_change_and_tables_without_a_change_keep_their_files(lake, tmp_path):
    def files():
        with warehouse.reading(lake) as reading:
            return {table: reading.files(table) for table in contracts.TABLES}

    before = files()
    made, _ = rewrite(lake, tmp_path, change=silent)
    after = files()
    assert {table for table in before if before[table] != after[table]} == {"turns"}
    assert made.rows_turns == 10
    said = warehouse.query(lake, "select distinct text_match, text from turns where call_date = '2026-01-05'")[1]
    assert said == [("", "我要退款。A")]
    for path in after["turns"]:
        assert storage.file_digest(path) == Path(path).stem


def test_where_no_row_changes_nothing_is_published(lake, tmp_path):
    rewrite(lake, tmp_path)
    newest = warehouse.publications(lake, rows.DAY)[-1]
    files = sorted((Path(lake.root) / "warehouse" / "files").rglob("*"))
    assert rewrite(lake, tmp_path) == (newest, False)
    assert sorted((Path(lake.root) / "warehouse" / "files").rglob("*")) == files


def test_the_same_change_gives_the_same_bytes(lake, tmp_path):
    made, _ = rewrite(lake, tmp_path)
    warehouse.roll_back(lake, rows.DAY, 1, by="li", reason="a test")
    again, changed = rewrite(lake, tmp_path)
    assert (again.sequence, changed) == (4, True)
    assert again.content_digest == made.content_digest


def test_the_days_flat_file_is_made_anew_also_where_nothing_changes(lake, tmp_path):
    flat = Path(lake.root) / "warehouse" / "daily_qc" / "2026-01-05.json"
    assert CALL in flat.read_text()
    rewrite(lake, tmp_path)
    assert [entry["call_id"] for entry in json.loads(flat.read_text())] == [f"c-{n:03d}" for n in range(4)]
    flat.write_text("what a publisher left that was killed before it put its own there")
    rewrite(lake, tmp_path)
    assert len(json.loads(flat.read_text())) == 4


def test_all_rows_of_a_table_may_go(lake, tmp_path):
    made, _ = rewrite(lake, tmp_path, change=lambda name, table: table.slice(0, 0) if name == "events" else table)
    assert (made.rows_events, made.rows_turns) == (0, 10)
    assert warehouse.query(lake, "select count(*) from events where call_date = '2026-01-05'")[1] == [(0,)]
    again, _ = rewrite(lake, tmp_path)
    assert (again.rows_events, again.rows_turns) == (0, 8)
    gone, _ = rewrite(lake, tmp_path, change=lambda _, table: table.slice(0, 0))
    assert gone.rows_calls == 0
    assert seen(lake) == {"N": ALL}
    assert (Path(lake.root) / "warehouse" / "daily_qc" / "2026-01-05.json").read_text() == "[]\n"


def test_a_run_that_began_before_it_is_refused(lake, tmp_path):
    rewrite(lake, tmp_path)
    with pytest.raises(StalePublicationError, match="run rewrite__"):
        publish(lake, rows.clean(marker="C"), tmp_path, run="r3", based_on=1)


def test_the_change_is_made_on_the_newest_publication(lake, tmp_path):
    publish(lake, erasing.day_with(marker="B"), tmp_path, run="r3")
    assert rewrite(lake, tmp_path)[0].sequence == 3
    assert seen(lake) == {"B": ALL, "N": ALL}


def test_another_machine_that_publishes_meanwhile_makes_it_begin_anew(lake, tmp_path, monkeypatch):
    """Its publication comes between the reading and the first commit; the lock of this machine is not its own."""
    from callqa.warehouse import writer

    commit, published = writer.commit, []

    def overtaken(catalog, wanted, digest, kept, admit):
        if not published:
            published.append(True)
            files = erasing.day_with(marker="B").exported(tmp_path / "other")
            other = {t: files[t] for t in contracts.TABLES}
            digests = {t: storage.file_digest(path) for t, path in other.items()}
            day = warehouse.DayFiles(
                day=rows.DAY, run_id="other", attempt=1, files=other, digests=digests, gate_result_id="gate"
            )
            kept_there = {t: writer._kept(lake, t, day) for t in contracts.TABLES}
            commit(catalog, day, day.content_digest, kept_there, lambda _: None)
        return commit(catalog, wanted, digest, kept, admit)

    monkeypatch.setattr(writer, "commit", overtaken)
    assert rewrite(lake, tmp_path)[0].sequence == 3
    assert seen(lake) == {"B": ALL, "N": ALL}
    assert warehouse.query(lake, f"select count(*) from calls where call_id = '{CALL}'")[1] == [(0,)]


@pytest.mark.parametrize("held", [CALL, None])
def test_rows_of_a_held_call_are_not_changed(lake, tmp_path, held):
    warehouse.place_hold(lake, rows.DAY, held, by="wang", reason="complaint 7", matter="court 12/26")
    with pytest.raises(HeldError, match=r"is held since .* by wang for court 12/26 \(complaint 7\)"):
        rewrite(lake, tmp_path)
    assert warehouse.latest_sequence(lake, rows.DAY) == 1
    assert CALL in (Path(lake.root) / "warehouse" / "daily_qc" / "2026-01-05.json").read_text()
    warehouse.release_hold(lake, rows.DAY, held, by="wang", reason="settled", matter="court 12/26")
    assert rewrite(lake, tmp_path)[1]


def test_calls_beside_a_held_one_are_changed(lake, tmp_path):
    warehouse.place_hold(lake, rows.DAY, "c-001", by="wang", reason="complaint 7", matter="court 12/26")
    warehouse.place_hold(lake, NEXT, CALL, by="wang", reason="complaint 7", matter="court 12/26")
    assert rewrite(lake, tmp_path)[1]


def test_a_value_of_a_held_row_is_held_too(lake, tmp_path):
    warehouse.place_hold(lake, rows.DAY, "c-001", by="wang", reason="complaint 7", matter="court 12/26")
    with pytest.raises(HeldError, match="2026-01-05: turns would be changed: call c-001"):
        rewrite(lake, tmp_path, change=silent)


def test_a_hold_that_another_machine_places_meanwhile_is_seen_before_the_publication(lake, tmp_path, monkeypatch):
    from callqa.warehouse import holds, writer

    commit, placed = writer.commit, []

    def overtaken(catalog, *wanted):
        if not placed:
            placed.append(holds.Hold(call_date=rows.DAY, call_id=CALL, action="hold", by="wang", reason="r", matter="m",
                                     at=holds.datetime.now(holds.UTC)))  # fmt: skip
            writer.append(catalog, "holds", arrow.to_table(holds.Hold, placed))
        return commit(catalog, *wanted)

    monkeypatch.setattr(writer, "commit", overtaken)
    with pytest.raises(HeldError, match="by wang for m"):
        rewrite(lake, tmp_path)
    assert warehouse.latest_sequence(lake, rows.DAY) == 1


def test_a_change_that_gives_other_columns_or_more_rows_is_refused(lake, tmp_path):
    for change in (lambda _, table: table.drop_columns("call_date"), lambda _, table: pa.concat_tables([table, table])):
        with pytest.raises(StageError, match="a change of published rows gave"):
            rewrite(lake, tmp_path, change=change)
    assert warehouse.latest_sequence(lake, rows.DAY) == 1


def test_a_day_that_was_never_published_and_a_change_that_nobody_wants_are_refused(lake, tmp_path):
    with pytest.raises(UsageError, match="2026-02-01 was never published"):
        rewrite(lake, tmp_path, day=rows.date(2026, 2, 1))
    with pytest.raises(UsageError, match="without a name or a reason"):
        warehouse.rewrite_day(lake, rows.DAY, silent, origin="x", by=" ", reason="why")


def test_a_file_that_is_gone_stops_it_before_anything_changes(lake, tmp_path):
    for file in (Path(lake.root) / "warehouse" / "files" / "events").rglob("*.parquet"):
        file.unlink()
    with pytest.raises(StageError, match="a file of the newest publication"):
        rewrite(lake, tmp_path)
    assert warehouse.latest_sequence(lake, rows.DAY) == 1


def test_what_a_killed_rewriting_left_in_its_workplace_goes_with_the_next_one(lake, tmp_path):
    left = Path(lake.root) / "warehouse" / "rewriting" / "turns.parquet"
    left.parent.mkdir()
    left.write_text("rows of the day")
    rewrite(lake, tmp_path)
    assert not left.parent.exists()


def test_a_large_file_is_changed_batch_by_batch_from_the_first_change_on(lake, tmp_path, monkeypatch):
    monkeypatch.setattr(rewriting, "BATCH_ROWS", 7)
    monkeypatch.setattr(rewriting, "GROUP_ROWS", 20)
    turns = [rows.turn(f"c-{n // 10:03d}", n % 10, text=str(n)) for n in range(100)]
    source = storage.write_rows(tmp_path / "turns.parquet", Turn, turns)
    sizes = []

    def change(table: pa.Table) -> pa.Table:
        sizes.append(table.num_rows)
        return table.filter(pc.not_equal(table["text"], "60"))

    target = tmp_path / "changed.parquet"
    assert rewriting.write_changed(lake, [source], change, target) == 99
    assert arrow.from_table(Turn, pq.read_table(target)) == [turn for turn in turns if turn.text != "60"]
    assert max(sizes) == 7
    assert sum(sizes) == 100
    assert pq.read_metadata(target).num_row_groups == 5
    assert rewriting.write_changed(lake, [source], lambda table: table, tmp_path / "none.parquet") is None
    assert not (tmp_path / "none.parquet").exists()


def test_files_of_an_older_contract_keep_their_columns(lake, tmp_path):
    older = pa.Table.from_pylist(
        [dataclasses.asdict(rows.event(CALL)), dataclasses.asdict(rows.event("c-1"))]
    ).drop_columns("score")
    source = storage.write_table(tmp_path / "events.parquet", older)
    rewriting.write_changed(lake, [source], lambda table: table.slice(1), tmp_path / "new.parquet")
    assert pq.read_schema(tmp_path / "new.parquet").names == older.column_names
