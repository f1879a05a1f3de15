"""How many faults put into the rule kit on purpose its tests catch.

    pip install mutmut
    python -m benchmarks.mutation [--sample 600] [--only conditions] [--children 2]

Takes `qc_rules` of the SDK and its tests into a folder of their own, lets mutmut make every mutant (a comparison turned
round, a condition dropped, a number changed …), draws a sample and runs for each mutant the tests that reach its function. A
mutant is caught where a test fails or takes too long; one that no test reaches is not. Mutants of texts (messages, names
in them) are counted apart: they change what is said, not what is judged.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from tabulate import tabulate

ROOT = Path(__file__).parents[1]
CONFIG = """
[tool.mutmut]
source_paths = [{sources}]
pytest_add_cli_args_test_selection = [{tests}]
pytest_add_cli_args = ["-p", "no:cacheprovider"]
also_copy = ["src", "tests"]
do_not_mutate = ["src/qc_rules/testing/*"]
[tool.pytest.ini_options]
pythonpath = ["src", "."]
"""
TIMEOUTS = {24, 36, 152, 255, -24}
"""Exit codes that mutmut gives to mutants that ran out of time."""
NOT_REACHED = 33


def main() -> None:
    """Make, draw, run, count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, default=600, help="mutants to run; 0: all")
    parser.add_argument("--only", nargs="*", default=[], help="packages or modules of qc_rules, such as conditions")
    parser.add_argument("--tests", nargs="*", default=["tests/qc_rules"])
    parser.add_argument("--children", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--survivors", type=Path, help="write the mutants that lived there, with their changes")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = prepared(Path(folder), arguments.only, arguments.tests)
        made = drawn(work, arguments.sample, arguments.seed)
        mutmut(work, "run", "--max-children", str(arguments.children), *made)
        report(work, made, arguments.survivors)


def prepared(work: Path, only: list[str], tests: list[str]) -> Path:
    """A folder with sources, tests and settings."""
    shutil.copytree(ROOT / "qc_rules" / "sdk" / "src", work / "src")
    shutil.copytree(ROOT / "tests", work / "tests", ignore=shutil.ignore_patterns("__pycache__", "*.wav"))
    sources = [next(iter((work / "src" / "qc_rules").glob(f"{name}*"))) for name in only] or [work / "src" / "qc_rules"]
    listed = ", ".join(json.dumps(str(source.relative_to(work))) for source in sources)
    config = CONFIG.format(sources=listed, tests=", ".join(json.dumps(test) for test in tests))
    (work / "pyproject.toml").write_text(config, encoding="utf-8")
    return work


def mutmut(work: Path, *arguments: str) -> str:
    """Run it in the folder; its progress goes to a file, which is shown where it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments], cwd=work, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def drawn(work: Path, sample: int, seed: int) -> list[str]:
    """Names of the mutants to run."""
    said = mutmut(work, "run", "no.such.mutant")
    names = sorted(results(work))
    if not names:
        raise SystemExit(f"mutmut made no mutant:\n{said[-2000:]}")
    return names if not sample else sorted(random.Random(seed).sample(names, min(sample, len(names))))


def results(work: Path) -> dict[str, int | None]:
    """Exit codes by mutant; None where it did not run."""
    found: dict[str, int | None] = {}
    for file in (work / "mutants").rglob("*.meta"):
        found.update(json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"])
    return found


def report(work: Path, made: list[str], survivors: Path | None) -> None:
    """A table by package, and what lived."""
    codes = results(work)
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    lived = []
    for name in made:
        caught = codes[name] == 1 or codes[name] in TIMEOUTS or (codes[name] or 0) < 0
        text = not caught and is_text(change := mutmut(work, "show", name))
        if not caught:
            lived.append(f"# {name}{' (not reached)' if codes[name] == NOT_REACHED else ''}\n{change}")
        for row in (name.split(".")[1], "all"):
            counts[row][0] += 1
            counts[row][1] += caught
            counts[row][2] += text
            counts[row][3] += codes[name] == NOT_REACHED
    rows = [
        (row, n, caught, lost, f"{caught / n:.1%}", f"{caught / max(1, n - text):.1%}")
        for row, (n, caught, text, lost) in sorted(counts.items(), key=lambda item: (item[0] != "all", item[0]))
    ]
    print(tabulate(rows, headers=["", "mutants", "caught", "not reached", "score", "score without texts"]))
    if survivors:
        survivors.write_text("\n".join(lived), encoding="utf-8")


def is_text(change: str) -> bool:
    """Does the mutant change nothing but a text?"""
    lines = [line[1:] for line in change.splitlines() if re.match(r"[-+] ", line)]
    before, after = lines[: len(lines) // 2], lines[len(lines) // 2 :]
    bare = [re.sub(r'f?"[^"]*"', '""', " ".join(part)) for part in (before, after)]
    return bare[0] == bare[1] and before != after


if __name__ == "__main__":
    main()
