"""Runs rules over a call, each on its own: what one does, another neither sees nor suffers."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable
from pathlib import Path

from qc_rules.call import Call
from qc_rules.errors import Unknown
from qc_rules.outcome import Hit, Outcome
from qc_rules.rule import Rule

_MAX_REASON = 500
"""Characters of an error kept in an outcome: an exception may carry a whole transcript."""


def judge(call: Call, rules: Iterable[Rule]) -> list[Outcome]:
    """One outcome for every rule, in the order of the rules; never raises for what a rule does."""
    return [_outcome(rule, call) for rule in rules]


def _outcome(rule: Rule, call: Call) -> Outcome:
    hits: list[Hit] = []
    try:
        for hit in _found(rule, call):
            hits.append(_checked(hit))
    except Unknown as answer:
        # True or unknown is true: what was already found stands.
        return _hit(rule, hits) if hits else Outcome(rule.id, rule.version, "unknown", reason=_shorten(_said(answer)))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a rule raises is its own crash
        return Outcome(rule.id, rule.version, "crash", reason=_describe(error))
    return _hit(rule, hits) if hits else Outcome(rule.id, rule.version, "clear")


def _found(rule: Rule, call: Call) -> Iterable[object]:
    found: Iterable[object] | None = rule.check(call)
    if found is None:
        raise TypeError("check returned None: yield hits, or return a list of them")
    return found


def _checked(hit: object) -> Hit:
    if not isinstance(hit, Hit):
        raise TypeError(f"check gave {hit!r}, not a hit: make it with self.hit(...)")
    return hit


def _hit(rule: Rule, hits: list[Hit]) -> Outcome:
    message = "; ".join(dict.fromkeys(hit.message for hit in hits))
    evidence = tuple(piece for hit in hits for piece in hit.evidence)
    return Outcome(rule.id, rule.version, "hit", message=message, evidence=evidence)


def _describe(error: BaseException) -> str:
    """`KeyError: 'queue' (farewell.py:12)`: no folders and no memory addresses, so that equal runs write equal rows."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    said = re.sub(r" at 0x[0-9a-fA-F]+", "", _said(error))
    return _shorten(f"{type(error).__name__}: {said}" if said else type(error).__name__) + where


def _said(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an exception whose own text fails is still only this rule's
        return "(its message cannot be read)"


def _shorten(reason: str) -> str:
    return reason if len(reason) <= _MAX_REASON else reason[: _MAX_REASON - 1] + "…"
