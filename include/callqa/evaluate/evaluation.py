"""One model under one set of settings against a manifest: what `callqa eval` reports."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from callqa.evaluate import scores, tags, text
from callqa.evaluate.listening import Pass, Tell, listen
from callqa.evaluate.manifest import Manifest, Reference
from callqa.evaluate.matching import Hypothesis, match
from callqa.evaluate.scores import Scored, Weights, score, weights
from callqa.settings import DEMO_FOLDER, Settings
from callqa.transcribe.models import model_store

DEMO_CAUTION = (
    "callqa's demo model, which knows the sentences of the demo's synthetic calls: "
    "these figures say nothing about SenseVoice, or about people's speech"
)
WORST = 10


@dataclass(frozen=True)
class Evaluation:
    """Every reference with what was heard, and what is said of all of them."""

    rows: list[Scored]
    """In the manifest's order."""
    draws: Weights
    report: dict[str, Any]
    """JSON-able; `docs/accuracy.md` describes it."""


def evaluate(manifest: Manifest, settings: Settings, tell: Tell) -> Evaluation:
    """Hear the recordings of a manifest and compare.

    Raises:
        CallQAError: the model or the lake cannot be used.
    """
    model = model_facts(settings)
    heard = listen(manifest.references, settings, tell)
    rows, outside = _scored(manifest.references, heard)
    draws = weights(len({row.recording for row in rows}))
    report = {
        "manifest": manifest.path,
        "model": model | heard.how,
        "normalisation": list(text.NORMALISATION),
        "intervals": f"{scores.LEVEL:.0%} percentile bootstrap by recording, {scores.RESAMPLES} resamples",
        "references": len(rows),
        "recordings": draws.shape[1],
        "seconds": round(sum(one.prepared.duration or 0.0 for one in heard.recordings.values()), 2),
        "problems": [dataclasses.asdict(problem) for problem in manifest.problems],
        "ignored_keys": manifest.ignored,
        "not_heard": [_not_heard(row) for row in rows if row.hypothesis.missing],
        "outside_references": outside,
        "rates": scores.rates(rows, draws),
        "languages": tags.languages(rows, draws),
        "emotions": tags.emotions(rows, draws),
        "events": tags.events(rows, draws),
        "worst": [_shown(row) for row in _worst(rows)],
    }
    return Evaluation(rows, draws, report)


def _scored(references: Sequence[Reference], heard: Pass) -> tuple[list[Scored], int]:
    """The references scored, and how many characters were heard where none of them is."""
    of: dict[tuple[str, str], list[Reference]] = defaultdict(list)
    for reference in references:
        of[reference.audio, reference.language_hint].append(reference)
    found: dict[int, tuple[Hypothesis, int]] = {}
    outside = 0
    for number, (key, group) in enumerate(of.items()):
        hypotheses, elsewhere = match(group, heard.recordings[key])
        outside += len("".join(elsewhere.split()))
        found |= {r.line: (h, number) for r, h in zip(group, hypotheses, strict=True)}
    return [score(reference, *found[reference.line]) for reference in references], outside


def model_facts(settings: Settings) -> dict[str, Any]:
    """The model named for what it is: by its digest, so that a copy of the demo's is no other model.

    Raises:
        ModelError: it is not there or not whole.
    """
    model = model_store.identify(settings.engine)
    is_demo = model.digest == model_store.digest(DEMO_FOLDER / "model")
    return {
        "name": model.name,
        "digest": model.digest,
        "language": settings.engine.language,
        "denoise": settings.prepare.denoise,
        "caution": DEMO_CAUTION if is_demo else None,
    }


def _not_heard(row: Scored) -> dict[str, Any]:
    return {"line": row.reference.line, "audio": row.reference.audio, "reason": row.hypothesis.missing}


def _worst(rows: Sequence[Scored]) -> list[Scored]:
    wrong = [row for row in rows if row.counts.errors and not row.hypothesis.missing]
    return sorted(wrong, key=lambda row: (-row.counts.errors / max(1, row.counts.tokens), row.reference.line))[:WORST]


def _shown(row: Scored) -> dict[str, Any]:
    return {
        "line": row.reference.line,
        "audio": row.reference.audio,
        "said": row.reference.text,
        "heard": row.hypothesis.text,
        "errors": row.counts.errors,
        "tokens": row.counts.tokens,
    }
