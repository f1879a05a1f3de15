"""Personal data that is left in what tables quote."""

from __future__ import annotations

import pyarrow.parquet as pq

from callqa import storage
from callqa.contracts import Evidence, Finding, Turn, Word
from callqa.gate import personal
from tests import rows

NUMBER = "13800138000"


def keys(table: str, path: str) -> list[tuple]:
    found = personal.unmasked(table, path)
    return list(zip(*(column.to_pylist() for column in found.columns), strict=True))


def test_every_text_of_a_turn_and_its_words_are_looked_at(tmp_path):
    words = [Word(text=c, start=0.0, end=1.0, confidence=0.9) for c in NUMBER]
    turns = [
        rows.turn("a", 0, text=f"打{NUMBER}吧"),
        rows.turn("a", 1, text_match="6222 0212 3456 7894"),
        rows.turn("a", 2, text_raw="<|zh|>110101199003070011"),
        rows.turn("a", 3, words=words),
        rows.turn("a", 4, text=f"打12378，订单20260107，卡号6222021234567890，<|{NUMBER}|>"),
        rows.turn("b", 0, words=[]),
        rows.turn("b", 1, words=words[:6]),
        rows.turn("b", 2, words=words[6:]),
    ]
    path = storage.write_rows(tmp_path / "turns.parquet", Turn, turns)
    assert keys("turns", path) == [("a", 0), ("a", 1), ("a", 2), ("a", 3)]


def test_what_findings_quote_is_looked_at_and_a_missing_reason_is_no_text(tmp_path):
    quoted = [Evidence(turn=0, start=0.0, end=1.0, text=text, condition="c") for text in ("138", "00138000", NUMBER)]
    findings = [
        rows.finding("a", message=NUMBER),
        rows.finding("b", reason=NUMBER),
        rows.finding("c", evidence=quoted[2:]),
        rows.finding("d", evidence=[]),
        rows.finding("e", evidence=quoted[:1]),
    ]
    path = storage.write_rows(tmp_path / "findings.parquet", Finding, findings)
    assert keys("findings", path) == [("a", "HR01"), ("b", "HR01"), ("c", "HR01")]


def test_no_row_is_lost_between_row_groups(tmp_path):
    turns = [
        rows.turn("a", n, words=[Word(text=NUMBER if n % 3 == 0 else "好", start=0.0, end=1.0, confidence=0.9)])
        for n in range(20)
    ]
    path = tmp_path / "turns.parquet"
    pq.write_table(storage.read_table(storage.write_rows(path, Turn, turns)), path, row_group_size=4)
    assert keys("turns", str(path)) == [("a", n) for n in range(0, 20, 3)]


def test_a_file_without_rows_has_none(tmp_path):
    assert keys("turns", storage.write_rows(tmp_path / "turns.parquet", Turn, [])) == []
