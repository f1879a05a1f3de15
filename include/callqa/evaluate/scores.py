"""References and hypotheses as counts of errors, and rates with intervals by group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from callqa.evaluate import text
from callqa.evaluate.manifest import Reference
from callqa.evaluate.matching import Hypothesis

RESAMPLES = 1000
SEED = 20260101
LEVEL = 0.95
SNR_EDGES = (0, 5, 10, 15, 20)
"""dB: edges of the bands that figures are given by."""
UNKNOWN = "unknown"

Values = Iterable[tuple[int, float]]
"""Number of a recording, and what one of its references adds."""
Weights = npt.NDArray[np.float32]
"""How often each recording is drawn in each resample, shape (RESAMPLES, recordings)."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Errors of an alignment of least edits."""

    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0
    tokens: int = 0
    """Of the reference."""

    @property
    def errors(self) -> int:
        """All of them."""
        return self.substitutions + self.deletions + self.insertions


@dataclass(frozen=True, kw_only=True)
class Scored:
    """A reference with what was heard."""

    reference: Reference
    hypothesis: Hypothesis
    recording: int
    """Number of the recording: what is resampled."""
    language: str
    unit: str
    counts: Counts
    tokens: tuple[str, ...]
    """Of the hypothesis, normalised."""

    @property
    def codec(self) -> str:
        """What the manifest says, else what was decoded."""
        return self.reference.codec or self.hypothesis.codec or UNKNOWN

    @property
    def snr_band(self) -> str:
        """Of the manifest's SNR, else of the measured one."""
        return band(self.reference.snr if self.reference.snr is not None else self.hypothesis.snr)


def score(reference: Reference, hypothesis: Hypothesis, recording: int) -> Scored:
    """Count the errors of one hypothesis."""
    language = reference.language or text.language_of(reference.text)
    unit = text.unit_of(reference.text, language)
    heard = text.tokens(hypothesis.text, unit, language)
    return Scored(
        reference=reference,
        hypothesis=hypothesis,
        recording=recording,
        language=language,
        unit=unit,
        counts=count(text.tokens(reference.text, unit, language), heard),
        tokens=tuple(heard),
    )


def count(said: Sequence[str], heard: Sequence[str]) -> Counts:
    """Errors between two lists of tokens (jiwer's, by edit distance)."""
    import jiwer

    aligned = jiwer.process_words(" ".join(said), " ".join(heard))
    return Counts(
        substitutions=aligned.substitutions,
        deletions=aligned.deletions,
        insertions=aligned.insertions,
        tokens=len(said),
    )


def band(snr: float | None) -> str:
    """The band of an SNR: `5-10 dB` holds 5 and not 10."""
    if snr is None:
        return UNKNOWN
    above = [edge for edge in SNR_EDGES if edge <= snr]
    below = [edge for edge in SNR_EDGES if edge > snr]
    if not above:
        return f"below {below[0]} dB"
    return f"{above[-1]}-{below[0]} dB" if below else f"from {above[-1]} dB"


GROUPS: dict[str, Callable[[Scored], str]] = {
    "all": lambda _: "all",
    "language": lambda row: row.language,
    "codec": lambda row: row.codec,
    "snr": lambda row: row.snr_band,
}


def weights(recordings: int) -> Weights:
    """Bootstrap by recording: what one speaker says on one line goes wrong together. Seeded: the same every time."""
    generator = np.random.default_rng(SEED)
    even = np.full(recordings, 1 / recordings)
    out = np.empty((RESAMPLES, recordings), np.float32)
    for row in out:  # all at once they are large integers
        row[:] = generator.multinomial(recordings, even)
    return out


def interval(above: Values, below: Values, draws: Weights) -> list[float] | None:
    """Percentile interval of a ratio of sums; None with fewer than two recordings.

    Args:
        above: what is counted.
        below: what it is counted of.
        draws: of `weights`.
    """
    values = ratios(above, below, draws)
    return None if values is None else _percentiles(values)


def ratios(above: Values, below: Values, draws: Weights) -> npt.NDArray[np.float64] | None:
    """The ratio in each resample; NaN where nothing of the group was drawn."""
    top, bottom = _by_recording(above, draws.shape[1]), _by_recording(below, draws.shape[1])
    if np.count_nonzero(bottom) < 2:
        return None
    total = draws @ bottom
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, (draws @ top) / total, np.nan)


def _by_recording(values: Values, recordings: int) -> npt.NDArray[np.float64]:
    out = np.zeros(recordings)
    for recording, value in values:
        out[recording] += value
    return out


def _percentiles(values: npt.NDArray[np.float64]) -> list[float]:
    low, high = np.nanpercentile(values, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return [round(float(low), 5), round(float(high), 5)]


def rates(rows: Sequence[Scored], draws: Weights) -> list[dict[str, Any]]:
    """Error rates of all rows and by language, codec and SNR band, each with its unit: CER, WER, MER."""
    out = []
    for group, value, unit, part in grouped(rows):
        counts = [row.counts for row in part]
        total = {name: sum(getattr(c, name) for c in counts) for name in _NAMES}
        errors = [(row.recording, float(row.counts.errors)) for row in part]
        of = [(row.recording, float(row.counts.tokens)) for row in part]
        out.append(
            {
                "group": group,
                "value": value,
                "measure": text.MEASURES[unit],
                "recordings": len({row.recording for row in part}),
                "references": len(part),
                **total,
                "rate": ratio(sum(e for _, e in errors), total["tokens"]),
                "interval": interval(errors, of, draws),
                "exact": ratio(sum(not row.counts.errors for row in part), len(part)),
            }
        )
    return out


_NAMES = ("tokens", "substitutions", "deletions", "insertions")


def grouped(rows: Sequence[Scored]) -> list[tuple[str, str, str, list[Scored]]]:
    """Group, its value, unit, and the rows, in a fixed order; without groups of which nothing is known."""
    out = []
    for group, key in GROUPS.items():
        values = sorted({key(row) for row in rows}, key=_in_order)
        if group != "all" and values == [UNKNOWN]:
            continue
        for value in values:
            for unit in text.MEASURES:
                part = [row for row in rows if key(row) == value and row.unit == unit]
                if part:
                    out.append((group, value, unit, part))
    return out


def _in_order(value: str) -> tuple[int, str]:
    """SNR bands from the lowest; others by name, what is unknown last."""
    bands = [band(edge) for edge in (SNR_EDGES[0] - 1, *SNR_EDGES)]
    return (bands.index(value) if value in bands else len(bands) + (value == UNKNOWN), value)


def ratio(part: float, whole: float) -> float | None:
    """Rounded; None where there is nothing to count of."""
    return round(part / whole, 5) if whole else None
