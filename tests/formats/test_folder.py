from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.errors import StageError, UsageError
from callqa.formats import folder


def fill(target, text, *, overwrite=False):
    with folder.made(target, overwrite=overwrite) as place:
        (place / folder.NOTE).write_text(text)


def test_the_folder_is_there_when_all_of_it_is_written(tmp_path):
    target = tmp_path / "out" / "2026-01-05" / "csv"
    with folder.made(target) as place:
        (place / "calls.csv").write_text("x")
        assert not target.exists()
    assert (target / "calls.csv").read_text() == "x"
    assert [path.name for path in target.parent.iterdir()] == ["csv"]


def test_a_failure_keeps_the_earlier_export(tmp_path):
    fill(tmp_path / "csv", "one")
    with pytest.raises(ZeroDivisionError), folder.made(tmp_path / "csv", overwrite=True):
        raise ZeroDivisionError
    assert (tmp_path / "csv" / folder.NOTE).read_text() == "one"


def test_an_earlier_export_is_replaced_only_where_it_is_asked_for(tmp_path):
    fill(tmp_path / "csv", "one")
    with pytest.raises(UsageError, match="is there already") as caught:
        fill(tmp_path / "csv", "two")
    assert "--overwrite" in caught.value.remedy
    fill(tmp_path / "csv", "two", overwrite=True)
    assert (tmp_path / "csv" / folder.NOTE).read_text() == "two"
    assert [path.name for path in tmp_path.iterdir()] == ["csv"]


def test_a_folder_that_is_no_export_is_never_replaced(tmp_path):
    (tmp_path / "csv").mkdir()
    (tmp_path / "csv" / "thesis.csv").write_text("years of work")
    with pytest.raises(UsageError, match="is no export"):
        fill(tmp_path / "csv", "two", overwrite=True)
    assert (tmp_path / "csv" / "thesis.csv").exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StageError, match=r"cannot write .*file") as caught:
        fill(tmp_path / "file" / "csv", "one")
    assert "--out" in caught.value.remedy


@given(st.lists(st.text(min_size=1), min_size=2, max_size=2, unique=True))
def test_different_calls_have_different_files_of_harmless_names(ids):
    names = [folder.file_name(one) for one in ids]
    assert names[0] != names[1]
    for name in names:
        assert len(name.encode()) <= folder.LONGEST_NAME
        assert not set(name) & set('/\\:*?"<>|\0' + string.whitespace)
        assert not name.startswith(".")


def test_a_plain_id_is_its_files_name():
    assert folder.file_name("c-000_1.a通话") == "c-000_1.a通话"
    assert folder.file_name("../etc") == "%2E.%2Fetc"


def test_what_was_half_written_goes_away(tmp_path):
    def write() -> None:
        with folder.made(tmp_path / "csv") as place:
            (place / "calls.csv").write_text("x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_export_left_is_removed_by_the_next_but_not_what_one_at_work_has(tmp_path):
    (tmp_path / ".csv.tmp-killed").mkdir()
    (tmp_path / ".csv.tmp-killed" / "calls.csv").write_text("half a")
    with folder.made(tmp_path / "csv") as working:
        assert list(tmp_path.iterdir()) == [working]
        with folder.made(tmp_path / "csv") as other:
            assert sorted(tmp_path.iterdir()) == sorted([working, other])
            (other / folder.NOTE).write_text("one")
        (tmp_path / "csv" / folder.NOTE).unlink()
        (tmp_path / "csv").rmdir()
    assert [path.name for path in tmp_path.iterdir()] == ["csv"]
