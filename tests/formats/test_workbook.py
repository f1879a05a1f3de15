from __future__ import annotations

import datetime as dt
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from callqa.formats import workbook
from tests.formats.published import FORMULA

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read(path: Path) -> dict[str, list[dict[str, object]]]:
    """The sheets of a workbook by name, row by row, read from its XML: header to value."""
    with zipfile.ZipFile(path) as file:
        names = [s.attrib["name"] for s in ElementTree.fromstring(file.read("xl/workbook.xml")).iter(f"{MAIN}sheet")]
        pages = [file.read(f"xl/worksheets/sheet{number}.xml") for number in range(1, len(names) + 1)]
        assert b"<f>" not in b"".join(pages)
    return {name: _rows(ElementTree.fromstring(page)) for name, page in zip(names, pages, strict=True)}


def _rows(sheet: ElementTree.Element) -> list[dict[str, object]]:
    rows = [
        {re.sub(r"\d", "", cell.attrib["r"]): _value(cell) for cell in row.iter(f"{MAIN}c")}
        for row in sheet.iter(f"{MAIN}row")
    ]
    return [{rows[0][column]: value for column, value in row.items()} for row in rows[1:]]


def _value(cell: ElementTree.Element) -> object:
    kind = cell.attrib.get("t")
    if kind == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{MAIN}t"))
    value = cell.find(f"{MAIN}v")
    assert value is not None
    assert kind in (None, "n", "b"), kind
    return value.text == "1" if kind == "b" else float(value.text)


@pytest.fixture(scope="module")
def sheets(archive, tmp_path_factory):
    folder, made = archive.export("xlsx", tmp_path_factory.mktemp("xlsx"))
    assert sorted(path.name for path in folder.iterdir()) == ["2026-01-05.xlsx", "export.json"]
    assert list(made["files"].values()) == [6, 6, 1]
    return read(folder / "2026-01-05.xlsx")


def test_calls_findings_and_scorecards_have_a_sheet_each(sheets):
    assert list(sheets) == ["calls", "findings", "scorecards"]
    assert [row["call"] for row in sheets["calls"]] == ["c-000", "c-001", "c-002", "c-003", "c-004", "c-broken"]
    assert sheets["findings"][0]["evidence"] == "1:08 我要投诉; 0:00 never greets"
    assert sheets["scorecards"][0]["passed"] is False


def test_numbers_are_numbers_and_times_are_excels(sheets):
    full = sheets["calls"][0]
    assert (full["score"], full["turns"]) == (80.0, 2.0)
    started = dt.datetime(1899, 12, 30) + dt.timedelta(days=full["started (Asia/Shanghai)"])
    assert abs(started - dt.datetime(2026, 1, 5, 11, 4, 5)) < dt.timedelta(milliseconds=1)
    assert full["day"] == (dt.date(2026, 1, 5) - dt.date(1899, 12, 30)).days


def test_a_text_is_never_a_formula_and_needs_no_apostrophe(sheets):
    assert sheets["calls"][0]["agent name"] == FORMULA
    assert sheets["calls"][0]["customer"] == "+8613800000000"


def test_what_is_not_known_is_an_empty_cell(sheets):
    assert "confidence" not in sheets["calls"][2]
    assert "seconds" not in sheets["calls"][-1]


def test_more_rows_than_a_sheet_holds_go_on_in_further_sheets(archive, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "ROW_LIMIT", 3)
    folder, made = archive.export("xlsx", tmp_path, headers="zh")
    sheets = read(folder / "2026-01-05.xlsx")
    assert list(sheets) == ["通话", "通话 2", "通话 3", "质检发现", "质检发现 2", "质检发现 3", "评分卡"]
    assert [len(rows) for rows in sheets.values()] == [2, 2, 2, 2, 2, 2, 1]
    assert [row["通话编号"] for row in sheets["通话 3"]] == ["c-004", "c-broken"]
    assert made["files"]["2026-01-05.xlsx:calls"] == 6


def test_a_text_longer_than_a_cell_ends_in_an_ellipsis():
    assert workbook.fitting("字" * workbook.TEXT_LIMIT) == "字" * workbook.TEXT_LIMIT
    assert workbook.fitting("字" * 40_000) == "字" * (workbook.TEXT_LIMIT - 1) + "…"
    cut = workbook.fitting("😡" * 40_000)
    assert len(cut.encode("utf-16-le")) // 2 <= workbook.TEXT_LIMIT
    assert set(cut) == {"😡", "…"}


def test_the_same_publication_gives_the_same_bytes(archive, tmp_path):
    one, two = (archive.export("xlsx", tmp_path / name)[0] / "2026-01-05.xlsx" for name in ("a", "b"))
    assert one.read_bytes() == two.read_bytes()
