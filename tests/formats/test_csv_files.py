from __future__ import annotations

import csv
from datetime import date, datetime

import duckdb
import pytest

from callqa.formats.csv_files import plain
from callqa.settings import SourceSettings
from tests.formats.published import FORMULA


def read(path, encoding="utf-8"):
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def folder(archive, tmp_path_factory):
    return archive.export("csv", tmp_path_factory.mktemp("csv"))[0]


def test_every_call_has_a_row_with_readable_columns(folder):
    calls = read(folder / "calls.csv")
    assert [call["call"] for call in calls] == ["c-000", "c-001", "c-002", "c-003", "c-004", "c-broken"]
    full = calls[0]
    assert full["started (Asia/Shanghai)"] == "2026-01-05 11:04:05"
    assert (full["queue"], full["team"], full["agent"], full["direction"]) == ("claims", "east", "a7", "outbound")
    assert (full["flags"], full["rules hit"], full["score"]) == ("risk, vip", "HR01", "80.0")
    assert (full["agent talks (s)"], full["customer interrupts"], full["agent interrupts"]) == ("20.0", "1", "")


def test_of_a_rejected_recording_only_what_is_known_stands_there(folder):
    row = read(folder / "calls.csv")[-1]
    known = {name for name, value in row.items() if value}
    assert known == {"day", "call", "started (Asia/Shanghai)", "direction", "status", "reject reason", "recording"}
    assert row["reject reason"] == "not_audio"


def test_a_value_that_is_no_number_is_empty(folder):
    assert read(folder / "calls.csv")[2]["confidence"] == ""
    assert read(folder / "calls.csv")[2]["started (Asia/Shanghai)"] == ""


def test_a_text_that_a_spreadsheet_would_run_stays_a_text(folder):
    full = read(folder / "calls.csv")[0]
    assert full["agent name"] == "'" + FORMULA
    assert full["customer"] == "'+8613800000000"


def test_a_finding_has_its_evidence_and_whose_call_it_is(folder):
    findings = read(folder / "findings.csv")
    assert len(findings) == 6
    hit, unknown = findings[:2]
    assert (hit["agent"], hit["queue"], hit["rule"], hit["outcome"]) == ("a7", "claims", "HR01", "hit")
    assert hit["evidence"] == "1:08 我要投诉; 0:00 never greets"
    assert (hit["evidence from (s)"], hit["evidence to (s)"], hit["pieces of evidence"]) == ("0.0", "80.0", "2")
    assert (unknown["outcome"], unknown["reason"], unknown["evidence"]) == ("unknown", "no roles", "")


def test_a_scorecard_has_a_row_a_call_and_card(folder):
    (card,) = read(folder / "scorecards.csv")
    assert (card["call"], card["scorecard"], card["version"], card["score"], card["passed"]) == (
        "c-000", "service", "2", "72.5", "false",
    )  # fmt: skip
    assert (card["rules passed"], card["sections"]) == ("GR01, ID01", "Opening: 100; Talk: -")


@pytest.mark.parametrize(
    ("headers", "first"), [("en", "day,call,"), ("zh", "日期,通话编号,"), ("both", "day 日期,call 通话编号,")]
)
def test_headers_are_in_the_language_asked_for(archive, tmp_path, headers, first):
    folder, _ = archive.export("csv", tmp_path, headers=headers)
    assert (folder / "calls.csv").read_text(encoding="utf-8").startswith(first)


def test_a_byte_order_mark_only_where_it_is_asked_for(archive, folder, tmp_path):
    marked, _ = archive.export("csv", tmp_path, bom=True)
    assert (marked / "calls.csv").read_bytes() == b"\xef\xbb\xbf" + (folder / "calls.csv").read_bytes()


def test_times_are_the_contact_centres_own(archive, tmp_path):
    folder, _ = archive.export("csv", tmp_path, source=SourceSettings(timezone="America/New_York"))
    assert read(folder / "calls.csv")[0]["started (America/New_York)"] == "2026-01-04 22:04:05"


def test_one_call_alone(archive, tmp_path):
    folder, made = archive.export("csv", tmp_path, call="c-000")
    assert made["files"] == {"calls.csv": 1, "findings.csv": 2, "scorecards.csv": 1}
    assert folder == tmp_path / "2026-01-05_c-000" / "csv"
    assert [row["call"] for row in read(folder / "findings.csv")] == ["c-000", "c-000"]


def test_another_reader_finds_the_same_rows(folder):
    sql = (
        f"select call, seconds, turns from read_csv('{folder / 'calls.csv'}', header = true) where status = 'analysed'"
    )
    assert duckdb.sql(sql).fetchall() == [(f"c-00{n}", 60.0, 2) for n in (0, 2, 3, 4)]


@pytest.mark.parametrize("first", list("=+-@\t\r\n＝＋－＠"))
def test_each_sign_that_begins_a_formula_is_guarded(first):
    assert plain(f"{first}1+1") == f"'{first}1+1"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (-20.0, "-20.0"),
        (-3, "-3"),
        ("a=b", "a=b"),
        (None, ""),
        (float("inf"), ""),
        (True, "true"),
        (False, "false"),
        (date(2026, 1, 5), "2026-01-05"),
        (datetime(2026, 1, 5, 11, 4, 5), "2026-01-05 11:04:05"),
    ],
)
def test_a_cell_as_text(cell, text):
    assert plain(cell) == text
