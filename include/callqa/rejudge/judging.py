"""One archived call judged again: new outcomes of the chosen rules, published outcomes of the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import qc_rules
from callqa.arrow import widen
from callqa.contracts import Call, Finding
from callqa.judge import scores
from callqa.judge.building import build
from callqa.judge.loading import active_rules, identity, installed_packs
from callqa.judge.measures import measures
from callqa.judge.verdict import INVALID, Bench, Judged, Panel, Verdict
from callqa.rejudge.archive import Archived
from callqa.rejudge.choice import Choice
from callqa.rejudge.kept import as_published, judging_packs
from callqa.settings import RuleSettings
from qc_rules.scorecards import Scorecard


class Judge:
    """The installed rules that are switched on, made ready, and which of them are run again."""

    def __init__(
        self,
        rules: Sequence[qc_rules.ActiveRule],
        cards: Sequence[Scorecard],
        limit_seconds: float,
        choice: Choice,
    ) -> None:
        self.rules = tuple(rules)
        self.cards = tuple(cards)
        self.choice = choice
        self._limit = limit_seconds
        chosen = [active for active in self.rules if self._covers(active)]
        self._first = Bench([active for active in chosen if INVALID in active.rule.flags], limit_seconds)
        self._others = Bench([active for active in chosen if INVALID not in active.rule.flags], limit_seconds)
        self._panels: dict[frozenset[str], Panel] = {}

    @classmethod
    def of(cls, settings: RuleSettings, choice: Choice) -> Judge:
        """The rules and scorecards that the settings want.

        Raises:
            RulePackError: they cannot be used as they are.
        """
        installed = installed_packs(settings)
        rules = active_rules(settings, installed)
        return cls(rules, scores.cards_of(settings, installed, rules), settings.time_limit_seconds, choice)

    def identity(self) -> list[Any]:
        """What the answers depend on besides the published rows."""
        rules = [identity(active) for active in self.rules]
        return [rules, [scores.identity(card) for card in self.cards], self._limit, self.choice.plain()]

    def anew(self, archived: Archived) -> tuple[Call, list[Finding]]:
        """The call's row and its findings, by rule, as they are to be published.

        A rejected call stays as it is: nobody heard it. A call that its published invalidity no longer holds for is
        judged by every rule, for none but the rules that say invalid judged it then.
        """
        if archived.row.status == "rejected":
            return archived.row, archived.findings
        call = build(archived.row, archived.turns, archived.events)
        verdict, kept = self._verdict(call, archived)
        verdict = verdict.on_cards(call, self.cards)
        row = widen(Call, archived.row, **measures(call), **verdict.columns())
        fresh = Verdict(verdict.invalid, tuple(j for j in verdict.judged if j[0].rule.id not in kept), verdict.packs)
        findings = fresh.findings(row.call_date, row.call_id, row.asr_model)
        findings += [finding for finding in archived.findings if finding.rule in kept]
        return row, sorted(findings, key=lambda finding: finding.rule)

    def _verdict(self, call: qc_rules.Call, archived: Archived) -> tuple[Verdict, set[str]]:
        """The verdict of new and published outcomes together, and the rules whose outcome is the published one."""
        packs = self._packs(archived.row)
        was_invalid = archived.row.status == "invalid"
        kept = as_published(archived, self.rules, self.choice)
        first = self._first.judge(call)
        hits = [judged for judged in first if judged[1].result == "hit"]
        hits += [judged for judged in kept if was_invalid and judged[1].result == "hit"]
        if hits:
            return Verdict(True, _by_id(hits), packs), _ids(kept) if was_invalid else set()
        if was_invalid:
            whole = self._panel(archived.row).judge(call)
            return Verdict(whole.invalid, whole.judged, packs), set()
        return Verdict(False, _by_id([*first, *self._others.judge(call), *kept]), packs), _ids(kept)

    def _panel(self, row: Call) -> Panel:
        """All rules of the packs that judged a call when it was published, and the chosen ones."""
        there = frozenset(judging_packs(row))
        if there not in self._panels:
            rules = [active for active in self.rules if self._covers(active) or active.pack.name in there]
            self._panels[there] = Panel(rules, limit_seconds=self._limit)
        return self._panels[there]

    def _covers(self, active: qc_rules.ActiveRule) -> bool:
        return self.choice.covers(active.rule.id, active.pack.name)

    def _packs(self, row: Call) -> tuple[str, ...]:
        """`name version` of the packs whose rules made the outcomes: alike for all calls of a day."""
        now = {f"{active.pack.name} {active.pack.version}" for active in self.rules if self._covers(active)}
        if self.choice.everything:
            return tuple(sorted(now))
        before = {pack for pack in row.rule_packs if pack.rpartition(" ")[0] not in self.choice.packs}
        return tuple(sorted(now | before))


def _by_id(judged: Iterable[Judged]) -> tuple[Judged, ...]:
    return tuple(sorted(judged, key=lambda one: one[0].rule.id))


def _ids(judged: Iterable[Judged]) -> set[str]:
    return {active.rule.id for active, _ in judged}
