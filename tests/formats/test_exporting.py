from __future__ import annotations

import datetime as dt
import json

import pytest

from callqa.errors import UsageError
from callqa.formats import FORMATS, export_day, newest
from callqa.settings import LakeSettings
from tests import rows
from tests.warehouse.published import publish


def test_a_note_says_what_an_export_was_made_from(archive, tmp_path):
    folder, made = archive.export("csv", tmp_path)
    note = json.loads((folder / "export.json").read_text(encoding="utf-8"))
    assert {**note, "folder": str(folder)} == made
    assert (note["day"], note["sequence"], note["run_id"], note["call"]) == ("2026-01-05", 1, "r1", None)
    assert note["content_digest"] == archive.publication.content_digest
    assert note["snapshots"]["turns"] == archive.publication.snapshot_turns


def test_the_newest_publication_is_the_one_of_the_ledger(tmp_path):
    lake = LakeSettings(root=str(tmp_path / "lake"))
    publish(lake, rows.clean(marker="a"), tmp_path, run="r1")
    second, _ = publish(lake, rows.clean(marker="b"), tmp_path, run="r2")
    assert newest(lake, rows.DAY) == second


def test_a_day_that_was_never_published_is_an_error(archive, tmp_path):
    with pytest.raises(UsageError, match="nothing is published for 2026-02-01"):
        newest(archive.lake, dt.date(2026, 2, 1))


def test_a_format_that_is_none_is_an_error(archive, tmp_path):
    with pytest.raises(UsageError, match="no format is called 'pdf'") as caught:
        archive.export("pdf", tmp_path)
    assert "contact-lens" in caught.value.remedy
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format_", FORMATS)
def test_a_call_that_is_not_there_is_an_error(archive, tmp_path, format_):
    with pytest.raises(UsageError, match="no call c-009 is published for 2026-01-05"):
        archive.export(format_, tmp_path, call="c-009")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format_", FORMATS)
def test_a_day_without_calls_is_an_export_without_rows(tmp_path, format_):
    lake = LakeSettings(root=str(tmp_path / "lake"))
    publication, _ = publish(lake, rows.empty(), tmp_path, run="r1")
    made = export_day(lake, publication, format_, tmp_path / "out")
    assert set(made["files"].values()) == {0}
    assert made["left_out"] == []
