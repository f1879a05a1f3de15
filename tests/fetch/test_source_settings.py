"""Settings of the source: layouts, and secrets that no file may hold and no message may repeat."""

from __future__ import annotations

import pickle

import pytest

from callqa import settings
from callqa.errors import SettingsError

SECRET = "s3cret-of-the-recorder"


def load(tmp_path, text: str, **environ: str) -> settings.Settings:
    file = tmp_path / "qa.toml"
    file.write_text(text, encoding="utf-8")
    return settings.load(file, environ)


def refused(tmp_path, text: str, **environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text, **environ)
    return str(caught.value)


def test_a_table_of_a_section_is_filled_key_by_key_from_the_environment(tmp_path):
    text = '[source]\nroot = "s3://b"\n[source.storage]\nendpoint_url = "http://minio"\n[source.calls]\nquery = "select :day"\n'
    chosen = load(
        tmp_path,
        text,
        CALLQA_SOURCE__STORAGE__KEY="AK",
        CALLQA_SOURCE__STORAGE__SECRET=SECRET,
        CALLQA_SOURCE__CALLS__DATABASE=f"postgresql://qa:{SECRET}@db/calls",
    ).source
    assert chosen.storage == {"endpoint_url": "http://minio", "key": "AK", "secret": SECRET}
    assert chosen.calls.query == "select :day"
    assert chosen.calls.database.startswith("postgresql://qa:")


def test_what_opens_the_source_goes_to_other_processes_and_into_no_file(tmp_path):
    chosen = load(tmp_path, "", CALLQA_SOURCE__STORAGE__SECRET=SECRET)
    assert pickle.loads(pickle.dumps(chosen)).source.storage == {"secret": SECRET}
    assert SECRET not in chosen.model_dump_json() + repr(chosen)
    assert chosen.with_value("source.late_days=5").source.storage == {"secret": SECRET}
    assert chosen.with_folders(lake=str(tmp_path)).source.storage == {"secret": SECRET}


def test_another_storage_is_not_opened_with_the_key_of_the_first(tmp_path):
    chosen = load(tmp_path, '[source]\nroot = "s3://b"\nconnection = "c"\n', CALLQA_SOURCE__STORAGE__SECRET=SECRET)
    assert chosen.with_folders(source="s3://b/other").source.storage == {"secret": SECRET}
    local = chosen.with_folders(source=str(tmp_path)).source
    assert (local.storage, local.connection) == ({}, "")


@pytest.mark.parametrize(
    "text",
    [
        f'[source.storage]\nsecret = "{SECRET}"\n',
        f'[source]\nroot = "sftp://qa:{SECRET}@recorder/calls"\n',
        f'[source.calls]\ndatabase = "postgresql://qa:{SECRET}@db/calls"\n',
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path, text):
    said = refused(tmp_path, text)
    assert SECRET not in said
    assert "CALLQA_SOURCE__" in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CALLQA_SOURCE__STORAGE", SECRET),
        ("CALLQA_SOURCE__STORAGE", f'{{secret = "{SECRET}"'),
        ("CALLQA_SOURCE__ROOT", f"sftp://qa:{SECRET}@recorder/calls"),
        ("CALLQA_SOURCE__CALLS", f'{{database = "{SECRET}", query = "select 1"}}'),
    ],
)
def test_a_wrong_value_of_the_environment_is_named_without_the_secret_in_it(tmp_path, name, value):
    said = refused(tmp_path, "", **{name: value})
    assert SECRET not in said
    assert name in said


@pytest.mark.parametrize(
    "layout", ["{day:%Y-%m-%d}", "{day:%Y/%m/%d}", "a/{day:%Y%m%d}-*.wav", "{day.year}/{day.month}"]
)
def test_a_layout_says_where_a_day_lies(layout, tmp_path):
    assert load(tmp_path, f'[source]\nlayout = "{layout}"\n').source.layout == layout


@pytest.mark.parametrize("layout", ["inbox", "{date}", "/{day:%Y}", "../{day:%Y}", "*/{day:%Y}", "{day", "{0}"])
def test_a_layout_that_is_none_is_refused(layout, tmp_path):
    assert "layout" in refused(tmp_path, f'[source]\nlayout = "{layout}"\n')


def test_one_place_for_all_days_is_meant_where_the_settings_say_so(tmp_path):
    assert load(tmp_path, '[source]\nlayout = "inbox"\nday_by = "time"\n').source.day_by == "time"


def test_a_query_that_asks_for_no_day_is_refused(tmp_path):
    assert "asks for no day" in refused(tmp_path, '[source.calls]\nquery = "select * from cdr"\n')
