"""Scanning for keywords: what one pass for all lists costs, against a loop over the lists, and when the lists double.

    python -m benchmarks.keyword_scan [--lists 500] [--words 10] [--calls 200] [--turns 60] [--hits 2]

The turns are made of the characters of everyday Chinese, with a keyword in some of them; the loop asks `find_words`
for each list on each turn, which is what a rule does that knows of no other. Times are of the processor, not the clock:
other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence

from tabulate import tabulate

from qc_rules import Call, Turn, find_words
from qc_rules.matching import Scanner, Words

EVERYDAY = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
    "十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相"
    "全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员"
)
RARER = "".join(
    character
    for character in (bytes([high, low]).decode("gb2312") for high in range(0xB0, 0xD7) for low in range(0xA1, 0xFA))
    if character not in EVERYDAY
)
"""The other characters of GB 2312's first level: what keywords are made of, so that hits are where they are put."""
LATIN = ("refund", "delay", "cancel", "account", "premium", "policy", "transfer", "broken")


def word_lists(rng: random.Random, lists: int, words: int) -> list[Words]:
    """Lists of words of two to four characters, one in twenty of them Latin."""
    return [Words(tuple(_word(rng) for _ in range(words))) for _ in range(lists)]


def _word(rng: random.Random) -> str:
    if rng.random() < 0.05:
        return rng.choice(LATIN) + str(rng.randrange(1000))
    return "".join(rng.choices(RARER, k=rng.choice((2, 2, 3, 4))))


def calls_of(rng: random.Random, lists: Sequence[Words], calls: int, turns: int, hits: int) -> list[Call]:
    """Calls of turns of 10 to 40 characters; so many of them say a keyword."""
    return [_call(rng, lists, str(number), turns, hits) for number in range(calls)]


def _call(rng: random.Random, lists: Sequence[Words], call_id: str, turns: int, hits: int) -> Call:
    texts = ["".join(rng.choices(EVERYDAY, k=rng.randint(10, 40))) + "，好的。" for _ in range(turns)]
    for place in rng.sample(range(turns), min(hits, turns)):
        texts[place] += rng.choice(rng.choice(lists).words)
    made = [Turn(turn=i, start=2.0 * i, end=2.0 * i + 1.5, text=text) for i, text in enumerate(texts)]
    return Call(call_id=call_id, duration=2.0 * turns, turns=made)


def scanned(calls: Sequence[Call], lists: Sequence[Words]) -> tuple[float, float, int]:
    """(processor seconds to make the automaton, to scan and to ask the lists that are heard, words found)."""
    began = time.process_time()
    scanner = Scanner(lists)
    made = time.process_time()
    found = 0
    for call in calls:
        words = scanner.scan(call)
        found += sum(len(words.said(turn, one)) for one in words.heard() for turn in call.turns)
    return made - began, time.process_time() - made, found


def looped(calls: Sequence[Call], lists: Sequence[Words]) -> tuple[float, int]:
    """(processor seconds, words found) of asking for one list after the other."""
    find_words(lists[0].words, calls[0].turns[0].text)
    began = time.process_time()
    found = sum(len(find_words(one.words, turn.text)) for one in lists for call in calls for turn in call.turns)
    return time.process_time() - began, found


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("lists", 500), ("words", 10), ("calls", 200), ("turns", 60), ("hits", 2), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--fuzzy", default="", help="how all lists are matched: pinyin, pinyin+n/l …")
    given = parser.parse_args()
    rng = random.Random(given.seed)
    lists = [Words(one.words, given.fuzzy) for one in word_lists(rng, 4 * given.lists, given.words)]
    calls = calls_of(rng, lists[: given.lists], given.calls, given.turns, given.hits)
    scanned(calls[:1], lists[:1])
    rows = [_row(calls, lists[: given.lists * times]) for times in (1, 2, 4)]
    few = calls[: max(1, given.calls // 100)]
    seconds, found = looped(few, lists[: given.lists])
    turns = sum(len(call.turns) for call in few)
    rows.append(["find_words", given.lists, given.lists * given.words, None, 1e6 * seconds / turns, found / len(few)])
    print(tabulate(rows, ["", "lists", "words", "made, CPU s", "CPU µs a turn", "found a call"], floatfmt=".3g"))
    print(f"the loop takes {rows[-1][4] / rows[0][4]:.0f} times as long")


def _row(calls: Sequence[Call], lists: Sequence[Words]) -> list[object]:
    made, seconds, found = scanned(calls, lists)
    turns = sum(len(call.turns) for call in calls)
    words = sum(len(one.words) for one in lists)
    return ["scanner", len(lists), words, made, 1e6 * seconds / turns, found / len(calls)]


if __name__ == "__main__":
    main()
