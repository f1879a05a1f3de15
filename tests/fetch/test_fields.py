from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from callqa.fetch.fields import Problems, channel_roles, timestamp, typed
from callqa.settings import SourceSettings

ZONE = ZoneInfo("Asia/Shanghai")
MOMENT = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-05T09:30:00+08:00",
        "2026-01-05T01:30:00Z",
        "2026-01-05 09:30:00",
        "2026/1/5 9:30",
        "2026-01-05T09:30",
        "1767576600",
        1767576600000,
        1767576600.0,
        datetime(2026, 1, 5, 9, 30),
        datetime(2026, 1, 5, 9, 30, tzinfo=timezone(timedelta(hours=8))),
    ],
)
def test_a_timestamp_is_stored_in_utc_and_read_in_the_sources_zone_where_it_has_none(value):
    assert timestamp(value, ZONE) == MOMENT
    assert timestamp(value, ZONE).tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        "0:agent,1:customer",
        "0=agent; 1=customer",
        '{"0": "agent", "1": "Customer"}',
        "0:坐席,1:客户",
        ["agent", "customer"],
    ],
)
def test_channel_roles_are_read_from_text_json_and_lists(value):
    assert channel_roles(value) == {0: "agent", 1: "customer"}


def test_a_parquet_map_of_roles_comes_as_pairs():
    assert channel_roles([(1, "agent")]) == {1: "agent"}


def test_values_get_their_types_and_unknown_columns_go_to_extra():
    problems = Problems()
    fields = typed(
        {
            "direction": "呼入", "satisfaction": "4.5", "hold_seconds": 12, "language_hint": "zh-CN", "agent_id": 1001.0,
            "started_at": "2026-01-05 09:30:00", "campaign": "spring", "tags": ["a", "b"],
        },
        SourceSettings(),
        problems,
    )  # fmt: skip
    assert fields == {
        "direction": "inbound", "satisfaction": 4.5, "hold_seconds": 12.0, "language_hint": "zh", "agent_id": "1001",
        "started_at": MOMENT, "extra": {"campaign": "spring", "tags": '["a", "b"]'},
    }  # fmt: skip
    assert problems.notes == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("started_at", "yesterday"),
        ("started_at", "99999999999999999"),
        ("started_at", "2026-13-05T00:00:00"),
        ("started_at", "2026/2/31 10:00"),
        ("direction", "sideways"),
        ("channel_roles", "0:agent,1:boss"),
        ("channel_roles", "left:agent"),
        ("channel_roles", '{"0": '),
        ("channel_roles", "agent"),
        ("language_hint", "klingon"),
        ("satisfaction", "very"),
        ("satisfaction", "nan"),
        ("satisfaction", {"a": 1}),
        ("ivr_seconds", "-3"),
        ("hold_seconds", "inf"),
    ],
)
def test_a_broken_value_is_left_out_and_noted_with_its_column_and_value(column, value):
    problems = Problems()
    fields = typed({column: value, "queue": "billing"}, SourceSettings(), problems)
    assert fields == {"queue": "billing", "extra": {}}
    assert len(problems.notes) == 1
    assert problems.notes[0].startswith(f"{column}={str(value)!r}: ")


def test_the_fields_own_name_wins_over_an_alias():
    fields = typed({"agent": "alias", "agent_id": "own"}, SourceSettings(), Problems())
    assert fields == {"agent_id": "own", "extra": {"agent": "alias"}}


def test_no_column_of_the_customers_number_is_kept_as_dialled():
    fields = typed({"phone": "13812345678", "caller": "13900001111"}, SourceSettings(), Problems())
    assert fields == {"customer_number": "138****5678", "extra": {}}


def test_text_that_utf8_cannot_hold_does_not_stop_the_day():
    assert typed({"queue": "a\ud800b"}, SourceSettings(), Problems())["queue"] == "a?b"
