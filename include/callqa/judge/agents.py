"""Agents, teams and queues over many published calls: what their scores come to on each version of each card."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Literal

from callqa.contracts import CardScore
from callqa.judge.scores import result_of
from qc_rules.scorecards import AgentResult, CardResult, score_agent

By = Literal["agent", "team", "queue"]
_Key = tuple[str, str, int]


@dataclass(frozen=True, kw_only=True)
class ScoredCall:
    """What of a call's row its agent's standing is made of; the columns of `contracts.Call` of these names."""

    agent_id: str | None
    agent_name: str | None
    team: str | None
    queue: str | None
    scorecards: list[CardScore] = field(default_factory=list)

    def of(self, by: By) -> str:
        """Whose call it is; an empty text where nobody knows."""
        return (self.agent_id if by == "agent" else self.team if by == "team" else self.queue) or ""


COLUMNS = tuple(column.name for column in fields(ScoredCall))


@dataclass(frozen=True)
class Standing:
    """One agent (team, queue) on one version of a card."""

    who: str
    """Empty: the calls of which it is not known."""
    name: str
    """Of an agent, as the last call has it; else empty."""
    calls: int
    """All of theirs, also those that the card is not for."""
    left_out: int
    """Calls that are not on the card: invalid or rejected, or not of the kind that it is for."""
    result: AgentResult


def agents(calls: Iterable[ScoredCall], by: By = "agent") -> list[Standing]:
    """Standings by card, version, then who; whoever has no call on any card is not among them."""
    totals: dict[str, int] = {}
    names: dict[str, str] = {}
    results: dict[_Key, list[CardResult]] = {}
    for call in calls:
        who = call.of(by)
        totals[who] = totals.get(who, 0) + 1
        names[who] = (call.agent_name if by == "agent" else None) or names.get(who, "")
        for row in call.scorecards:
            results.setdefault((who, row.card, row.version), []).append(result_of(row))
    order = sorted(results, key=lambda key: (key[1], key[2], key[0]))
    return [_standing(key[0], names[key[0]], totals[key[0]], results[key]) for key in order]


def _standing(who: str, name: str, calls: int, results: list[CardResult]) -> Standing:
    return Standing(who, name, calls, calls - len(results), score_agent(results))
