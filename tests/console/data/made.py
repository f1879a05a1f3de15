"""Published days for the console's tests, made of chance with a seed: the rows are kept, for answers to be worked out anew."""

from __future__ import annotations

import dataclasses
import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from callqa import contracts, storage, warehouse
from callqa.contracts import Call, CardScore, Event, Evidence, Finding, GateResult, Publication, Review, Turn
from callqa.settings import LakeSettings, Settings, SourceSettings
from tests import rows

FIRST = date(2026, 1, 5)
AGENTS = ("a1", "a2", "a3", None)
TEAMS = {"a1": "north", "a2": "north", "a3": "south", None: None}
RULES = ("HR01", "SA01", "LT01", "ZZ99")
"""The last is not installed."""
SAID = ("我要退款。", "您好，很高兴为您服务。", "我要投诉你们！", "please cancel my order", "払い戻しをお願いします")


@dataclass(repr=False)  # hypothesis shows what a test was given
class Made:
    """Days that were published, with their rows."""

    settings: Settings
    root: Path
    calls: list[Call] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    gate: list[GateResult] = field(default_factory=list)
    publications: list[Publication] = field(default_factory=list)

    @property
    def days(self) -> list[date]:
        return sorted({row.call_date for row in self.publications})

    def publish(self, day: rows.Day, run: str, gate: list[GateResult] | None = None) -> Publication:
        """Publish a day, in place of what was published of it."""
        exported = day.exported(self.root / run)
        files = {table: str(exported[table]) for table in contracts.TABLES}
        results = gate if gate is not None else gate_results(day.day, f"gate-{run}", day.calls)
        wanted = warehouse.DayFiles(
            day=day.day,
            run_id=run,
            attempt=1,
            files=files,
            digests={table: storage.file_digest(path) for table, path in files.items()},
            gate_result_id=f"gate-{run}",
            gate_results=storage.write_rows(self.root / run / "results.parquet", GateResult, results),
        )
        publication, _ = warehouse.publish_day(self.settings.lake, wanted)
        self.publications.append(publication)
        for table in contracts.TABLES:
            kept = [row for row in getattr(self, table) if row.call_date != day.day]
            setattr(self, table, kept + list(getattr(day, table)))
        self.gate += results
        return publication

    def review(self, *reviews: Review) -> None:
        warehouse.add_reviews(self.settings.lake, reviews)
        self.reviews += reviews


def settings(root: Path) -> Settings:
    return Settings(lake=LakeSettings(root=str(root / "lake")), source=SourceSettings(timezone="Asia/Kolkata"))


def made(root: Path, days: int = 3, calls: int = 40, seed: int = 0) -> Made:
    """Consecutive published days of made-up calls, with reviews."""
    rng = random.Random(seed)
    every = Made(settings(root), root)
    for number in range(days):
        day = FIRST + timedelta(days=number)
        every.publish(random_day(rng, day, calls), f"run-{day}")
    every.review(*random_reviews(rng, every))
    return every


def random_day(rng: random.Random, day: date, count: int) -> rows.Day:
    calls = [random_call(rng, day, number) for number in range(count)]
    spoken = [call for call in calls if call.status == "analysed"]
    turns = [
        rows.turn(call.call_id, n, day, text=text, text_match=text, words=[], redactions=[])
        for call in spoken
        for n, text in enumerate(rng.choices(SAID, k=call.turn_count))
    ]
    findings = [
        rows.finding(
            call.call_id, rule, day, outcome=outcome, severity=("critical", "minor")[rule > "M"], evidence=evidence(rng)
        )
        for call in calls
        for outcome, named in (("hit", call.rules_hit), ("unknown", call.rules_unknown), ("crash", call.rules_crashed))
        for rule in named
    ]
    events = [rows.event(call.call_id, day=day) for call in spoken]
    recordings = [rows.recording(call.call_id, day) for call in calls]
    outcomes = {"hit": len(findings), "clear": 0, "unknown": 0, "crash": 0}
    return rows.Day(calls, turns, events, findings, recordings, outcomes, day)


def random_call(rng: random.Random, day: date, number: int) -> Call:
    agent = rng.choice(AGENTS)
    status = rng.choices(contracts.STATUSES, (8, 1, 1))[0]
    who = {
        "agent_id": agent,
        "agent_name": agent and f"Agent {agent}",
        "team": TEAMS[agent],
        "queue": rng.choice(["sales", "care", None]),
    }
    call_id = f"{rng.choice('abc')}-{number:03d}"
    if status == "rejected":
        return dataclasses.replace(rows.rejected(call_id, day, rng.choice(contracts.REJECT_REASONS[:3])), **who)
    hit = sorted(rng.sample(RULES, rng.randint(0, 2)))
    rest = [rule for rule in RULES if rule not in hit]
    return rows.call(
        call_id, day, **who, status=status,
        started_at=rng.choice([None, datetime(day.year, day.month, day.day, rng.randrange(24), rng.choice([0, 29, 30, 59]), tzinfo=UTC)]),
        direction=rng.choice(contracts.DIRECTIONS), customer_number=rng.choice([None, "138****1234", "139****9999"]),
        call_state=rng.choice([None, "busy", "ringback"]) if status == "invalid" else None,
        language=rng.choice(["zh", "yue", "en"]), emotion_start=rng.choice(contracts.EMOTIONS), emotion_end=rng.choice(contracts.EMOTIONS),
        duration=rng.choice([5.0, 60.0, 120.5, round(rng.uniform(1, 300), 2)]),
        score=None if status == "invalid" else rng.choice([100.0, 80.0, 80.0, 9.99, 0.0, round(rng.uniform(0, 100), 1)]),
        flags=sorted(rng.sample(["risk", "coaching"], rng.randint(0, 2))), rules_hit=hit,
        rules_unknown=rng.sample(rest, rng.randint(0, 1)), rules_crashed=[], turn_count=rng.randint(0, 3) if status == "analysed" else 0,
        talk_seconds=rng.choice([{}, {"agent": 20.0, "customer": 30.0}]), mean_confidence=rng.choice([None, 0.5, 0.9]),
        satisfaction=rng.choice([None, 1.0, 5.0]), silence_seconds=rng.choice([0.0, 3.5]),
        scorecards=[CardScore(card="service", version=1, score=rng.choice([None, 50.0, 90.0, 77.7]), passed=rng.choice([None, True, False]), coverage=1.0)],
    )  # fmt: skip


def evidence(rng: random.Random) -> list[Evidence]:
    return [Evidence(turn=0, start=0.0, end=9.0, text=rng.choice(SAID), condition="said")]


def gate_results(day: date, identity: str, calls: list[Call]) -> list[GateResult]:
    """Of three checks, one a warning that names the first call."""
    known = {
        "call_date": day,
        "gate_result_id": identity,
        "table": "calls",
        "observed": 0.0,
        "rows": None,
        "low": None,
        "high": 0.0,
    }
    named = [contracts.GateSample(call_id=calls[0].call_id, turn=None, value="x")] if calls else []
    return [
        GateResult(**known, position=0, check="calls.unique_id", severity="blocking", result="passed", sentence="Once."),
        GateResult(**known, position=1, check="day.emotion", severity="warning", result="failed", sentence="Known.", samples=named),
        GateResult(**known, position=2, check="history.duration", severity="warning", result="no history", sentence="Long."),
    ]  # fmt: skip


def random_reviews(rng: random.Random, every: Made) -> list[Review]:
    """Three reviewers, some of whose verdicts are appealed and decided."""
    found: list[Review] = []
    for finding in every.findings:
        if finding.outcome != "hit":
            continue
        at = datetime(2026, 2, 1, tzinfo=UTC) + timedelta(minutes=len(found))
        known = {
            "call_date": finding.call_date,
            "call_id": finding.call_id,
            "rule": finding.rule,
            "rule_version": finding.rule_version,
        }
        for number, reviewer in enumerate(rng.sample(["r1", "r2", "r3"], rng.randint(0, 3))):
            verdict = rng.choice(["confirmed", "confirmed", "rejected"])
            found.append(Review(**known, verdict=verdict, reviewer=reviewer, at=at + timedelta(days=number)))
        if rng.random() < 0.2:
            found.append(Review(**known, verdict="appealed", reviewer="agent", note="no", at=at + timedelta(days=5)))
            if rng.random() < 0.5:
                found.append(
                    Review(
                        **known,
                        verdict=rng.choice(["upheld", "overturned"]),
                        reviewer="boss",
                        at=at + timedelta(days=6),
                    )
                )
    return found
