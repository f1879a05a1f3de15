"""Homophones: what `fuzzy: pinyin` finds of misrecognised words, and what it finds wrongly, against plain keywords.

    python -m benchmarks.homophones [--list]

The sentences are those of tests/qc_rules/data: `homophones.csv`, a keyword, what a recogniser wrote for it, and the
sentence around it; `homophones_not.csv`, sentences that sound like a keyword, or share characters with it, and mean
something else. The latter are chosen to deceive: no call has so many of them. What ordinary speech has is seen in the
last column: of the right sentences, with all keywords looked for at once, those in which another keyword is heard than
is written.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from tabulate import tabulate

from qc_rules import Call, Turn
from qc_rules.matching import CONFUSIONS, Scanner, Words

DATA = Path(__file__).parents[1] / "tests" / "qc_rules" / "data"
WAYS = {
    "as written": "",
    "pinyin": "pinyin",
    **{f"pinyin, {confusion}": f"pinyin+{confusion}" for confusion in CONFUSIONS},
    "pinyin, n/l zh/z ch/c sh/s": "pinyin+n/l+zh/z+ch/c+sh/s",
    "pinyin, all": "+".join(["pinyin", *CONFUSIONS]),
}


class Sentence(NamedTuple):
    """A sentence, and the keyword that it is about."""

    keyword: str
    text: str


def sentences() -> tuple[list[Sentence], list[Sentence], list[Sentence]]:
    """Those in which a keyword was misheard, the same as they were said, and those that mean something else."""
    pairs = _rows("homophones.csv")
    misheard = [Sentence(row["meant"], row["sentence"].format(row["heard"])) for row in pairs]
    right = [Sentence(row["meant"], row["sentence"].format(row["meant"])) for row in pairs]
    others = [Sentence(row["keyword"], row["sentence"]) for row in _rows("homophones_not.csv")]
    return misheard, right, others


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def found(among: Iterable[Sentence], fuzzy: str) -> list[Sentence]:
    """The sentences in which their keyword is found."""
    among = list(among)
    lists = {one.keyword: Words((one.keyword,), fuzzy) for one in among}
    scanner = Scanner(lists.values())
    return [one for one in among if scanner.scan(_call(one.text)).any(lists[one.keyword])]


def disturbed(right: Sequence[Sentence], fuzzy: str) -> list[tuple[Sentence, str]]:
    """Right sentences in which some keyword is heard that is not written there, and which."""
    written = [Words((keyword,)) for keyword in dict.fromkeys(one.keyword for one in right)]
    heard = {one: Words(one.words, fuzzy) for one in written}
    scanner = Scanner([*written, *heard.values()])
    wrong: list[tuple[Sentence, str]] = []
    for one in right:
        words = scanner.scan(_call(one.text))
        wrong += [
            (one, words_.words[0]) for words_, fuzzy_ in heard.items() if words.any(fuzzy_) and not words.any(words_)
        ]
    return wrong


def _call(text: str) -> Call:
    return Call(call_id="sentence", duration=1.0, turns=[Turn(turn=0, start=0.0, end=1.0, text=text)])


def main() -> None:
    """Print a line for each way of matching."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="print what pinyin misses and what it finds wrongly")
    given = parser.parse_args()
    misheard, right, others = sentences()
    rows = [_row(name, fuzzy, misheard, right, others) for name, fuzzy in WAYS.items()]
    print(f"{len(misheard)} misheard, {len(right)} right, {len(others)} others; {len({s[0] for s in right})} keywords")
    head = ["", "misheard found", "right found", "others found", "recall", "precision", "F1", "disturbed"]
    print(tabulate(rows, head, floatfmt=".3f"))
    if given.list:
        missed = [one for one in misheard if one not in found(misheard, "pinyin")]
        print("missed:", *(f"{one.keyword}: {one.text}" for one in missed), sep="\n  ")
        print("wrong:", *(f"{one.keyword}: {one.text}" for one in found(others, "pinyin")), sep="\n  ")
        print("disturbed:", *(f"{word}: {one.text}" for one, word in disturbed(right, "pinyin")), sep="\n  ")


def _row(name: str, fuzzy: str, *sets: Sequence[Sentence]) -> list[object]:
    misheard, right, _ = sets
    counts = [len(found(one, fuzzy)) for one in sets]
    hits = counts[0] + counts[1]
    recall = hits / (len(misheard) + len(right))
    precision = hits / (hits + counts[2])
    harmonic = 2 * recall * precision / (recall + precision)
    return [name, *counts, recall, precision, harmonic, len(disturbed(right, fuzzy))]


if __name__ == "__main__":
    main()
