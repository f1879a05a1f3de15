"""What judging costs: many rules of many keywords over many calls on one core, against a loop over rules, and doubled.

    python -m benchmarks.rules_speed [--calls 10000] [--rules 500] [--keywords 5000] [--turns 60] [--said 0.25]

Calls are made of the characters of everyday Chinese; in a share of the turns (`--said`) a keyword is said. Of the rules
most are keywords of one role; some want an emotion too, are anchored to other words, look at the first or the last
turns only, sound like words, or look for what is absent. The loop judges each rule alone, as if there were no other. All
in seconds of this process's own time on a core, the making of the calls left out.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import platform
import random
import string
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from tabulate import tabulate

from benchmarks.keyword_scan import EVERYDAY, RARER
from qc_rules import Call, Rule, RuleSet, Turn, Unknown
from qc_rules.language import parse_rules
from qc_rules.operators.catalog import BUILT_IN

KINDS: dict[str, tuple[int, str]] = {
    "role": (45, "said: {{role: {role}, keyword: {words}}}\n  when: said"),
    "sound": (15, "said: {{role: {role}, keyword: {{any: {words}, fuzzy: pinyin}}}}\n  when: said"),
    "emotion": (
        10,
        "said: {{role: customer, keyword: {words}}}\n    upset: {{role: customer, emotion: {{any: [angry]}}}}\n"
        "  when: said && upset",
    ),
    "anchor": (
        10,
        "ask: {{role: agent, keyword: {first}}}\n    said: {{role: customer, keyword: {words}, "
        "after: {{condition: ask, within: {{turns: 4}}}}}}\n  when: said",
    ),
    "edge": (10, "said: {{role: {role}, keyword: {words}, {edge}: {{turns: 5}}}}\n  when: said"),
    "absent": (6, "lacks: {{role: agent, absent: {{keyword: {words}}}, {edge}: {{turns: 3}}}}\n  when: lacks"),
    "either": (
        4,
        "said: {{role: customer, keyword: {words}}}\n    upset: {{role: customer, emotion: {{any: [angry], share: "
        "{{above: 0.5}}}}}}\n  when: said || upset",
    ),
}
"""Share of the rules, and their conditions."""
ROLES = ("agent", "customer")
EMOTIONS = ("neutral", "neutral", "neutral", "happy", "sad", "angry", "unknown")


def rules_of(rng: random.Random, count: int, keywords: Sequence[str]) -> list[Rule]:
    """So many rules, each with its part of the keywords."""
    ids = ("".join(letters) + f"{number:02}" for letters in itertools.product(string.ascii_uppercase, repeat=2) for number in range(100))  # fmt: skip
    kinds = rng.choices(list(KINDS), [share for share, _ in KINDS.values()], k=count)
    each = len(keywords) // count
    parts = [list(keywords[first : first + each]) for first in range(0, each * count, each)]
    text = "rules:\n" + "".join(_rule(rng, *one) for one in zip(ids, kinds, parts, strict=False))
    operators = {operator.name: operator for operator in BUILT_IN}
    return [rule() for rule in parse_rules(text, "generated.yaml", operators, {})]


def _rule(rng: random.Random, rule_id: str, kind: str, words: list[str]) -> str:
    values = {"role": rng.choice(ROLES), "edge": rng.choice(("first", "last")), "first": words[:2], "words": words[2:]}
    if kind != "anchor":
        values["words"] = words
    return f"- id: {rule_id}\n  conditions:\n    {KINDS[kind][1].format(**values)}\n"


def keywords_of(rng: random.Random, count: int) -> list[str]:
    """So many different words of two to four characters."""
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(rng.choices(RARER, k=rng.choice((2, 2, 3, 4))))] = None
    return list(found)


def calls_of(rng: random.Random, count: int, turns: int, keywords: Sequence[str], said: float) -> Iterator[Call]:
    """Calls of turns of 10 to 40 characters."""
    return (_call(rng, str(number), turns, keywords, said) for number in range(count))


def _call(rng: random.Random, call_id: str, turns: int, keywords: Sequence[str], said: float) -> Call:
    made = []
    for number in range(turns):
        text = "".join(rng.choices(EVERYDAY, k=rng.randint(5, 20)))
        text += rng.choice(keywords) if rng.random() < said else ""
        text += "".join(rng.choices(EVERYDAY, k=rng.randint(5, 20))) + "，好的。"
        start = 4.0 * number
        made.append(
            Turn(turn=number, start=start, end=start + 3.5, text=text, role=ROLES[number % 2], confidence=0.9,
                 emotion=rng.choice(EMOTIONS), channel=number % 2, speaker=f"ch{number % 2}", language="zh")
        )  # fmt: skip
    return Call(call_id=call_id, duration=4.0 * turns, turns=tuple(made), channels=2, roles_from="channels")


def judged(rules: RuleSet, calls: Iterable[Call]) -> tuple[float, Counter[str]]:
    """(seconds, outcomes by result)."""
    seconds, results = 0.0, Counter[str]()
    for call in calls:
        began = time.process_time()
        outcomes = rules.judge(call)
        seconds += time.process_time() - began
        results.update(outcome.result for outcome in outcomes)
    return seconds, results


def looped(rules: Sequence[Rule], calls: Iterable[Call]) -> float:
    """Seconds of judging each rule alone."""
    seconds = 0.0
    for call in calls:
        began = time.process_time()
        for rule in rules:
            with contextlib.suppress(Unknown):
                list(rule.check(call))
        seconds += time.process_time() - began
    return seconds


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sizes = {"calls": 10_000, "rules": 500, "keywords": 5000, "turns": 60, "sample": 50, "seed": 1}
    for name, default in sizes.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--said", type=float, default=0.25, help="share of turns in which a keyword is said")
    given = parser.parse_args()
    rng = random.Random(given.seed)
    keywords = keywords_of(rng, 2 * given.keywords)
    rules = rules_of(rng, 2 * given.rules, keywords)
    own = keywords[: given.keywords]
    rows = [_row(given, rules[: given.rules], own, given.calls)]
    # Doubled: as many keywords are said, of which as many belong to the first half of the rules.
    rows += [_row(given, rules[: given.rules], own, given.sample), _row(given, rules, own, given.sample)]
    rows += [_row(given, rules, keywords, given.sample)]
    seconds = looped(rules[: given.rules], calls_of(random.Random(2), given.sample, given.turns, own, given.said))
    rows.append(["each rule alone", given.rules, given.keywords, given.sample, seconds, 1e3 * seconds / given.sample])
    headers = ["", "rules", "keywords", "calls", "seconds", "ms a call", "not clear a call", "made, s"]
    print(tabulate(rows, headers, floatfmt=".3g"))
    print(f"each rule alone takes {rows[-1][5] / rows[1][5]:.0f} times as long")
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}")


def _row(given: argparse.Namespace, rules: Sequence[Rule], said: Sequence[str], count: int) -> list[object]:
    began = time.process_time()
    ready = RuleSet(rules)
    made = time.process_time() - began
    calls = calls_of(random.Random(2), count, given.turns, said, given.said)
    seconds, results = judged(ready, calls)
    found = (sum(results.values()) - results["clear"]) / count
    keywords = given.keywords * len(rules) // given.rules
    return ["RuleSet", len(rules), keywords, count, seconds, 1e3 * seconds / count, found, made]


if __name__ == "__main__":
    main()
