"""A day of calls judged and then judged again, without a warehouse between."""

from __future__ import annotations

from pathlib import Path

from callqa import judge, storage
from callqa.contracts import Call, Finding
from callqa.rejudge import difference
from callqa.rejudge.archive import Archived
from callqa.rejudge.choice import Choice
from callqa.rejudge.judging import Judge
from callqa.settings import RuleSettings
from tests.judge import rows
from tests.rejudge.published import Day


class Archive:
    """The calls as they were judged last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls: dict[str, Archived] = {}

    def first(self, day: Day, rules: RuleSettings | None = None) -> None:
        """Judge a day as the stage does."""
        parsed = rows.shard(self.folder, day.recordings, day.turns, day.events)
        judged = judge.run(parsed, run_dir=str(self.folder), settings=rules or RuleSettings())
        findings = storage.read_rows(judged["findings"], Finding)
        self.calls = {
            row.call_id: Archived(
                row=row,
                turns=[turn for turn in day.turns if turn.call_id == row.call_id],
                events=[event for event in day.events if event.call_id == row.call_id],
                findings=[finding for finding in findings if finding.call_id == row.call_id],
            )
            for row in storage.read_rows(judged["calls"], Call)
        }

    def again(self, choice: Choice, rules: RuleSettings | None = None) -> dict:
        """Judge them again by the chosen rules; the difference."""
        ready = Judge.of(rules or RuleSettings(), choice)
        changes = []
        for call_id, call in self.calls.items():
            row, findings = ready.anew(call)
            changes.append(difference.of_call(call.row, call.findings, row, findings))
            self.calls[call_id] = Archived(row=row, turns=call.turns, events=call.events, findings=findings)
        return difference.of_shard(len(changes), changes)

    def row(self, call_id: str) -> Call:
        return self.calls[call_id].row

    def findings(self, call_id: str) -> dict[str, Finding]:
        return {finding.rule: finding for finding in self.calls[call_id].findings}

    def hits(self) -> list[tuple[str, str, int]]:
        """Call, rule and version of what the pack acme hit."""
        found = [finding for call in self.calls.values() for finding in call.findings]
        return [(f.call_id, f.rule, f.rule_version) for f in found if f.outcome == "hit" and f.pack == "acme"]
