"""Voices (vectors of length 1) grouped by speaker, with the number of speakers found; numpy only, deterministic."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Voices = npt.NDArray[np.float32]
"""[n, dimensions], each row of length 1."""
Matrix = npt.NDArray[np.float64]

MOST = 4
"""Speakers of one channel at most: two parties, a colleague called in, an announcement."""
SAMPLED = 400
"""Voices that are grouped, evenly spread over the recording; the others only vote afterwards."""
LINKED = 0.7
"""Mean cosine to which groups of windows are joined at first: high, so that two speakers are hardly ever joined; what
is one speaker in several groups is joined afterwards, by `likeness`."""
SMALLEST = 2
"""Windows of a speaker at least …"""
SMALLEST_SHARE = 0.03
"""… and share of all windows: less is a cough, music, or two who speak at once."""
ALIKE = 0.865
"""Likeness (see `likeness`) from which on two large groups are one speaker …"""
FEW = 0.25
"""… less this over the windows of the smaller one: few windows differ by chance. Both calibrated, see docs/roles.md."""
ROUNDS = 10


def grouped(voices: Voices) -> Voices:
    """The speakers' own voices: [speakers, dimensions], 1 to MOST of them, the one of most windows first."""
    sample = voices[np.linspace(0, len(voices) - 1, min(len(voices), SAMPLED)).round().astype(int)]
    labels = linked(sample)
    labels = settled(sample, without_small(labels))
    while labels.max() > 0:
        pair, alike = nearest(sample, labels)
        smaller = np.bincount(labels)[list(pair)].min()
        if alike < ALIKE - FEW / smaller and labels.max() < MOST:
            break
        labels = settled(sample, _merged(labels, *pair))
    return _by_size(centres(voices, _assigned(voices, centres(sample, labels))), voices)


def linked(voices: Voices) -> npt.NDArray[np.int64]:
    """Agglomerative grouping by mean cosine (average linkage) until no two groups reach LINKED: labels from 0."""
    sizes = np.ones(len(voices))
    means = (voices @ voices.T).astype(np.float64)
    np.fill_diagonal(means, -np.inf)
    members = [[i] for i in range(len(voices))]
    alive = np.ones(len(voices), bool)
    for _ in range(len(voices) - 1):
        a, b = divmod(int(means.argmax()), len(means))
        if means[a, b] < LINKED:
            break
        row = (sizes[a] * means[a] + sizes[b] * means[b]) / (sizes[a] + sizes[b])
        row[~alive] = row[a] = row[b] = -np.inf
        means[a], means[:, a] = row, row
        means[b], means[:, b], alive[b] = -np.inf, -np.inf, False
        sizes[a] += sizes[b]
        members[a] += members[b]
    labels = np.zeros(len(voices), np.int64)
    for number, index in enumerate(np.flatnonzero(alive)):
        labels[members[index]] = number
    return labels


def without_small(labels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The same with groups too small for a speaker as -1 (nobody's); the largest group always stays."""
    counts = np.bincount(labels)
    kept = np.flatnonzero(counts >= min(counts.max(), max(SMALLEST, SMALLEST_SHARE * len(labels))))
    renumbered = np.full(len(counts), -1)
    renumbered[kept] = np.arange(len(kept))
    return renumbered[labels]


def settled(voices: Voices, labels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Each voice moved to the nearest group's mean until nothing moves (spherical k-means from given groups)."""
    for _ in range(ROUNDS):
        moved = _assigned(voices, centres(voices, labels))
        moved = np.unique(moved, return_inverse=True)[1].astype(np.int64)
        if np.array_equal(moved, labels):
            break
        labels = moved
    return labels


def centres(voices: Voices, labels: npt.NDArray[np.int64]) -> Voices:
    """The mean voice of each group, of length 1; label -1 belongs to none."""
    sums = np.stack([voices[labels == number].sum(axis=0) for number in range(int(labels.max()) + 1)])
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9), np.float32)


def nearest(voices: Voices, labels: npt.NDArray[np.int64]) -> tuple[tuple[int, int], float]:
    """The two groups most alike, and how much."""
    table = likeness(voices, labels)
    np.fill_diagonal(table, -np.inf)
    a, b = divmod(int(table.argmax()), len(table))
    return (min(a, b), max(a, b)), float(table[a, b])


def likeness(voices: Voices, labels: npt.NDArray[np.int64]) -> Matrix:
    """Mean cosine across two groups over the geometric mean of that within them, for each two groups.

    About 1 for one speaker however noisy single windows are, because their noise lowers both alike: it is what the
    cosine of the two means would be if there were endlessly many windows.
    """
    belongs = np.eye(int(labels.max()) + 1)[labels].T
    sizes = belongs.sum(axis=1)
    sums = belongs @ (voices @ voices.T) @ belongs.T
    pairs = np.outer(sizes, sizes)
    within = np.maximum((np.diag(sums) - sizes) / np.maximum(sizes * (sizes - 1), 1), 1e-3)
    within[sizes < 2] = 1.0  # a lone window has no pair: as if it were without noise
    return np.asarray(sums / pairs / np.sqrt(np.outer(within, within)), np.float64)


def _assigned(voices: Voices, means: Voices) -> npt.NDArray[np.int64]:
    return np.asarray((voices @ means.T).argmax(axis=1), np.int64)


def _merged(labels: npt.NDArray[np.int64], keep: int, drop: int) -> npt.NDArray[np.int64]:
    merged = np.where(labels == drop, keep, labels)
    return np.where(merged > drop, merged - 1, merged)


def _by_size(means: Voices, voices: Voices) -> Voices:
    counts = np.bincount(_assigned(voices, means), minlength=len(means))
    return means[np.argsort(-counts, kind="stable")]
