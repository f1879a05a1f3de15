"""Two evaluations of one manifest side by side."""

import numpy as np

from callqa.evaluate.comparison import compare
from callqa.evaluate.evaluation import Evaluation
from callqa.evaluate.scores import weights
from tests.evaluate.test_scores import scored


def evaluations(first: list[str], second: list[str], said: str = "今天天气很好") -> tuple[Evaluation, Evaluation]:
    draws = weights(len(first))

    def of(texts: list[str]) -> Evaluation:
        return Evaluation([scored(said, text, recording=i, line=i + 1) for i, text in enumerate(texts)], draws, {})

    return of(first), of(second)


def overall(found: dict) -> dict:
    return next(row for row in found["rates"] if row["group"] == "all")


def test_the_same_texts_are_the_same():
    found = compare(*evaluations(["今天", "今天天气很好"], ["今天", "今天天气很好"]))
    assert (overall(found)["difference"], overall(found)["verdict"]) == (0.0, "same")
    assert (found["drift"]["rate"], found["drift"]["texts_changed"]) == (0.0, 0)


def test_what_is_better_in_every_recording_is_better_however_they_differ_among_themselves():
    """Paired: rates from 1/6 to 5/6 spread far, their differences do not."""
    generator = np.random.default_rng(1)
    lengths = generator.integers(1, 6, 40)
    found = compare(*evaluations(["今天天气很好"[:n] for n in lengths], ["今天天气很好"[: n + 1] for n in lengths]))
    assert overall(found)["difference"] == round(-1 / 6, 5)
    assert overall(found)["interval"] == [round(-1 / 6, 5)] * 2
    assert overall(found)["verdict"] == "better"
    turned = compare(*evaluations(["今天天气很好"[: n + 1] for n in lengths], ["今天天气很好"[:n] for n in lengths]))
    assert overall(turned)["verdict"] == "worse"


def test_one_recording_better_and_one_worse_shows_nothing():
    found = compare(*evaluations(["今天天气很好", "今天天气很"], ["今天天气很", "今天天气很好"]))
    assert overall(found)["difference"] == 0.0
    assert overall(found)["verdict"] == "not shown"


def test_drift_counts_changes_whether_they_are_errors_or_not():
    found = compare(*evaluations(["今天天气很坏", "今天天气很好"], ["今天天气很糟", "今天天气很好"]))
    assert overall(found)["difference"] == 0.0
    assert (found["drift"]["rate"], found["drift"]["texts_changed"]) == (round(1 / 12, 5), 1)
