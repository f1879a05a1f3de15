"""A small published day with what exports must get right."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from callqa.contracts import CardScore, Evidence, Publication, SectionScore
from callqa.settings import LakeSettings
from tests import rows
from tests.warehouse.published import publish

DAY = rows.DAY
FORMULA = '=HYPERLINK("http://example.org","click")'
CARD = CardScore(
    card="service",
    version=2,
    score=72.5,
    passed=False,
    coverage=0.9,
    sections=[
        SectionScore(name="Opening", score=100.0, coverage=1.0),
        SectionScore(name="Talk", score=None, coverage=0.0),
    ],
    rules_passed=["GR01", "ID01"],
    rules_failed=["HR01"],
)


def day() -> rows.Day:
    """Six calls: one of everything, an invalid one, one without a time of start, a rejected one, two plain ones."""
    full = rows.call(
        "c-000",
        direction="outbound",
        queue="claims",
        team="east",
        agent_id="a7",
        agent_name=FORMULA,
        customer_id="+8613800000000",
        customer_number="138****5678",
        interruptions={"customer": 1},
        flags=["risk", "vip"],
        scorecards=[CARD],
        uri="https://recordings.example.org/c-000.wav",
    )
    invalid = rows.call("c-001", status="invalid", score=None, flags=["invalid"], call_state="empty_number")
    undated = rows.call("c-002", started_at=None, mean_confidence=float("nan"))
    clean = rows.clean(calls=5)
    said = [
        rows.turn("c-000", 0, text="您好", emotion="neutral", start=5.0, end=9.0, redactions=[], words=[]),
        rows.turn("c-000", 1, text="我要投诉\n马上", emotion="angry", start=8.0, end=14.0, interrupts=True),
        rows.turn("c-000", 2, text="请稍等", emotion="surprised", role="unknown", start=20.0, end=21.0, redactions=[]),
        rows.turn("c-000", 3, text="再见", announcement=True, emotion="happy", start=21.0, end=22.0, redactions=[]),
    ]
    found = rows.finding(
        "c-000",
        evidence=[
            Evidence(turn=1, start=68.0, end=69.99999999999999, text="我要投诉", condition="complains"),
            Evidence(turn=None, start=0.0, end=80.0, text="", condition="never greets"),
        ],
    )
    unknown = rows.finding("c-000", "SA01", outcome="unknown", score=0.0, evidence=[], reason="no roles")
    return dataclasses.replace(
        clean,
        calls=[full, invalid, undated, *clean.calls[3:]],
        turns=[*said, *(turn for turn in clean.turns if turn.call_id != "c-000")],
        findings=[found, unknown, *(one for one in clean.findings if one.call_id != "c-000")],
    )


def lake(folder: Path) -> tuple[LakeSettings, Publication]:
    """A warehouse with this day."""
    settings = LakeSettings(root=str(folder / "lake"))
    return settings, publish(settings, day(), folder, run="r1")[0]
