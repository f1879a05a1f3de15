"""Two models or settings on the same recordings: the difference, and whether it can be told from chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from callqa.evaluate import scores, text
from callqa.evaluate.evaluation import Evaluation
from callqa.evaluate.scores import Scored, Weights


def compare(first: Evaluation, second: Evaluation) -> dict[str, Any]:
    """Rates of two evaluations of one manifest, second minus first, with paired intervals.

    Paired: each resample draws the same recordings for both, so that what is hard for both cancels out. Also the
    drift: how far the second's texts are from the first's, whatever was said.
    """
    draws = first.draws
    pairs = {row.reference.line: row for row in second.rows}
    return {
        # The groups are the first's: a recording's language and codec do not change, its measured SNR might.
        "rates": [_difference(*item, pairs, draws) for item in scores.grouped(first.rows)],
        "drift": _drift(first.rows, pairs, draws),
        "languages_changed": _changed(first.rows, pairs, "language"),
        "emotions_changed": _changed(first.rows, pairs, "emotion"),
    }


def _difference(
    group: str, value: str, unit: str, part: list[Scored], pairs: dict[int, Scored], draws: Weights
) -> dict[str, Any]:
    of = [(row.recording, float(row.counts.tokens)) for row in part]
    tokens = sum(n for _, n in of)
    one = [(row.recording, float(row.counts.errors)) for row in part]
    other = [(row.recording, float(pairs[row.reference.line].counts.errors)) for row in part]
    apart = [(r, b - a) for (r, a), (_, b) in zip(one, other, strict=True)]
    interval = scores.interval(apart, of, draws)
    return {
        "group": group,
        "value": value,
        "measure": text.MEASURES[unit],
        "references": len(part),
        "first": scores.ratio(sum(a for _, a in one), tokens),
        "second": scores.ratio(sum(b for _, b in other), tokens),
        "difference": scores.ratio(sum(d for _, d in apart), tokens),
        "interval": interval,
        "verdict": _verdict(interval),
    }


def _verdict(interval: list[float] | None) -> str:
    """`better`, `worse` or `same` where the interval is all on one side of zero; else `not shown`."""
    if interval is None:
        return "not shown"
    if interval == [0.0, 0.0]:
        return "same"
    if interval[1] < 0:
        return "better"
    return "worse" if interval[0] > 0 else "not shown"


def _drift(rows: Sequence[Scored], pairs: dict[int, Scored], draws: Weights) -> dict[str, Any]:
    counts = [(row.recording, scores.count(row.tokens, pairs[row.reference.line].tokens)) for row in rows]
    errors = [(recording, float(count.errors)) for recording, count in counts]
    of = [(recording, float(count.tokens)) for recording, count in counts]
    return {
        "rate": scores.ratio(sum(e for _, e in errors), sum(t for _, t in of)),
        "interval": scores.interval(errors, of, draws),
        "texts_changed": int(np.count_nonzero([e for _, e in errors])),
        "references": len(rows),
    }


def _changed(rows: Sequence[Scored], pairs: dict[int, Scored], name: str) -> int:
    return sum(getattr(row.hypothesis, name) != getattr(pairs[row.reference.line].hypothesis, name) for row in rows)
