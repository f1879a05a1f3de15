"""How well languages, emotions and events are told: confusion, precision and recall."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from callqa.contracts import TAG_EVENTS
from callqa.evaluate.scores import Scored, Weights, interval, ratio

SILENT_EVENTS = ("speech", "other")
"""Tags that name no event."""


def languages(rows: Sequence[Scored], draws: Weights) -> dict[str, Any] | None:
    """Confusion of the references whose language the manifest says; `mixed` is not a language that a model names."""
    pairs = [(row.recording, row.reference.language, row.hypothesis.language) for row in rows]
    return _confusion([(r, said, heard) for r, said, heard in pairs if said not in (None, "mixed")], draws)


def emotions(rows: Sequence[Scored], draws: Weights) -> dict[str, Any] | None:
    """Confusion, precision and recall of the references whose emotion the manifest says."""
    pairs = [(row.recording, row.reference.emotion, row.hypothesis.emotion) for row in rows]
    return _confusion([(r, said, heard) for r, said, heard in pairs if said is not None], draws)


def events(rows: Sequence[Scored], draws: Weights) -> list[dict[str, Any]]:
    """Precision and recall of each class, over the references that say what is to be heard in them.

    Classes are the model's, and whatever else the manifest names.
    """
    known = [row for row in rows if row.reference.events is not None]
    classes = dict.fromkeys(name for name in TAG_EVENTS if name not in SILENT_EVENTS)
    classes |= dict.fromkeys(name for row in known for name in row.reference.events or () if name not in SILENT_EVENTS)
    pairs = {
        name: [(r.recording, name in (r.reference.events or ()), name in r.hypothesis.events) for r in known]
        for name in classes
    }
    return [_class(name, of, draws) for name, of in pairs.items() if any(said or heard for _, said, heard in of)]


Pairs = list[tuple[int, Any, Any]]


def _confusion(pairs: Pairs, draws: Weights) -> dict[str, Any] | None:
    if not pairs:
        return None
    counts = Counter((said, heard) for _, said, heard in pairs)
    names = sorted({said for said, _ in counts})
    right = [(r, float(said == heard)) for r, said, heard in pairs]
    return {
        "references": len(pairs),
        "accuracy": ratio(sum(value for _, value in right), len(pairs)),
        "interval": interval(right, [(r, 1.0) for r, _, _ in pairs], draws),
        "confusion": {
            name: {heard: n for (said, heard), n in sorted(counts.items()) if said == name} for name in names
        },
        "classes": [
            _class(name, [(r, said == name, heard == name) for r, said, heard in pairs], draws) for name in names
        ],
    }


def _class(name: str, pairs: Pairs, draws: Weights) -> dict[str, Any]:
    """Precision and recall of one class from (recording, is it there, was it heard)."""
    both = [(r, float(said and heard)) for r, said, heard in pairs]
    there = [(r, float(said)) for r, said, _ in pairs]
    heard_ = [(r, float(heard)) for r, _, heard in pairs]
    right = sum(value for _, value in both)
    return {
        "name": name,
        "references": int(sum(value for _, value in there)),
        "heard": int(sum(value for _, value in heard_)),
        "right": int(right),
        "precision": ratio(right, sum(value for _, value in heard_)),
        "precision_interval": interval(both, heard_, draws),
        "recall": ratio(right, sum(value for _, value in there)),
        "recall_interval": interval(both, there, draws),
    }
