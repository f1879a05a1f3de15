"""How many faults put into the rule kit on purpose its tests catch.

    pip install mutmut
    python -m benchmarks.mutation [--sample 500] [--seed 1] [--survivors lived.txt] [--only operators/echo.py]

Takes `qc_rules` of the SDK and its tests into a folder of their own, lets mutmut make every mutant (a comparison turned
round, a condition dropped, a number changed …) and note which tests reach which function, draws a sample of the mutants
and runs for each the tests that reach its function (`benchmarks.mutation_loop`). A mutant is caught where a test fails or
takes too long; one that no test reaches is not. `qc_rules.testing` is left out. The copies of the longest tests draw fewer
examples (`FEWER`) and hypothesis draws the same ones every time, so the tests proper catch no less than is said here.
Mutants that change nothing but a text are counted in the score, and there is a score without them: most change what is
said, not what is judged.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from functools import cache
from pathlib import Path

from tabulate import tabulate

ROOT = Path(__file__).parents[1]
TESTS = "tests/qc_rules"
PYTEST = ["-p", "no:cacheprovider"]
QUIET = ["-s", "-q", "--tb=no", "--assert=plain"]
CONFIG = f"""
[tool.mutmut]
source_paths = [{{sources}}]
pytest_add_cli_args_test_selection = ["{TESTS}"]
pytest_add_cli_args = {json.dumps([*PYTEST, "--hypothesis-profile=ci"])}
also_copy = ["src", "tests", "benchmarks", "docs", "qc_rules"]
do_not_mutate = ["src/qc_rules/testing/*"]
[tool.pytest.ini_options]
pythonpath = ["src", "."]
"""
FEWER = (
    ("**/conditions/test_reference.py", "KNOWN, OPEN = 30_000, 10_000", "KNOWN, OPEN = 1_500, 500"),
    ("**/test_rule_set.py", "rules_speed.calls_of(rng, 25, ", "rules_speed.calls_of(rng, 6, "),
    ("**/test_*.py", "max_examples=200", "max_examples=60"),
)
"""What the copy of the tests draws fewer examples of, for time: files, as they say it, as the copy says it."""
CAUGHT = {"caught", "slow"}


def main() -> None:
    """Make, draw, run, count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, default=500, help="mutants to run; 0: all")
    parser.add_argument("--seed", type=int, default=1, help="another number draws others")
    parser.add_argument("--only", nargs="*", default=[], help="packages or modules, such as conditions or kleene.py")
    parser.add_argument("--survivors", type=Path, help="write the mutants that lived there, with their changes")
    parser.add_argument("--folder", type=Path, help="work there and leave it; without it, in one that goes away")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = prepared((arguments.folder or Path(folder)).resolve(), arguments.only)
        names = drawn(work, arguments.sample, arguments.seed)
        report(work, run(work, names), arguments.survivors)


def prepared(work: Path, only: list[str]) -> Path:
    """A folder with sources, tests and settings."""
    unwanted = shutil.ignore_patterns("__pycache__", "*.wav")
    shutil.copytree(ROOT / "qc_rules" / "sdk" / "src", work / "src", ignore=unwanted)
    for folder in ("tests", "benchmarks", "docs"):
        shutil.copytree(ROOT / folder, work / folder, ignore=unwanted)
    readme = Path("qc_rules", "sdk", "README.md")  # tests compare what is public with it
    (work / readme).parent.mkdir(parents=True)
    shutil.copy(ROOT / readme, work / readme)
    for pattern, said, instead in FEWER:
        for file in (work / TESTS).glob(pattern):
            file.write_text(file.read_text(encoding="utf-8").replace(said, instead), encoding="utf-8")
    sources = ", ".join(json.dumps(f"src/qc_rules/{name}".rstrip("/")) for name in only or [""])
    (work / "pyproject.toml").write_text(CONFIG.format(sources=sources), encoding="utf-8")
    return work


def drawn(work: Path, sample: int, seed: int) -> list[str]:
    """Names of the mutants to run. mutmut makes all, runs the tests once, and stops since it knows none of this name."""
    made = started([sys.executable, "-m", "mutmut", "run", "--max-children", "1", "no.such.mutant"], work)
    names = sorted(name for file in (work / "mutants").rglob("*.meta") for name in of(file)["exit_code_by_key"])
    if not names or not (work / "mutants" / "mutmut-stats.json").exists():
        raise SystemExit(f"mutmut failed:\n{made[-3000:]}")
    return random.Random(seed).sample(names, min(sample, len(names)) if sample else len(names))


def run(work: Path, names: list[str]) -> dict[str, str]:
    """What became of each: caught, slow, lived or unreached."""
    listed = work / "drawn.txt"
    listed.write_text("\n".join(names), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "benchmarks.mutation_loop",
        "--rootdir=.",
        "-s",
        "-q",
        *PYTEST,
        TESTS,
    ]
    told = started(command, work / "mutants", MUTANTS=str(listed), PYTHONPATH=".")
    lines = [line.split(" ", 2) for line in listed.with_suffix(".out").read_text(encoding="utf-8").splitlines()]
    if len(lines) < len(names):
        raise SystemExit(f"{len(names) - len(lines)} mutants were not run:\n{told[-3000:]}")
    return {line[0]: line[1] for line in lines}


def started(command: list[str], folder: Path, **environment: str) -> str:
    """Run it in the folder; what it prints is megabytes, so it is kept from the terminal."""
    variables = {**os.environ, **environment}
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def of(file: Path) -> dict[str, dict[str, int | None]]:
    """The contents of one of mutmut's files."""
    found: dict[str, dict[str, int | None]] = json.loads(file.read_text(encoding="utf-8"))
    return found


def report(work: Path, told: dict[str, str], survivors: Path | None) -> None:
    """A table by package, and what lived."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    lived = []
    for name, what in told.items():
        before, after = change(work, name)
        text, caught = bare(before) == bare(after), what in CAUGHT
        if not caught:
            diff = difflib.unified_diff(before.splitlines(), after.splitlines(), n=2, lineterm="")
            lived.append("\n".join([f"# {name} {what}{' text' if text else ''}", *list(diff)[2:], ""]))
        for row in (name.split(".")[1], "all"):
            for place, one in enumerate((True, caught, what == "unreached", text, text and caught)):
                counts[row][place] += one
    rows = [
        (
            row,
            n,
            caught,
            missed,
            f"{caught / n:.1%}",
            n - text,
            f"{(caught - told) / (n - text):.1%}" if n > text else "-",
        )
        for row, (n, caught, missed, text, told) in sorted(
            counts.items(), key=lambda one: (one[0] != "all", -one[1][0])
        )
    ]
    headers = ["", "mutants", "caught", "not reached", "score", "not texts", "score of these"]
    print(tabulate(rows, headers=headers, tablefmt="github"))
    if survivors:
        survivors.write_text("\n".join(lived), encoding="utf-8")


def change(work: Path, name: str) -> tuple[str, str]:
    """The function as it was and as it is in the mutant."""
    module, _, mangled = name.rpartition(".")
    place = work / "mutants" / "src" / Path(*module.split("."))
    file = place.with_suffix(".py") if place.with_suffix(".py").exists() else place / "__init__.py"
    here = functions(file)
    function = mangled.partition("__mutmut_")[0]
    return here[f"{function}__mutmut_orig"], here[mangled].replace(mangled, f"{function}__mutmut_orig", 1)


@cache
def functions(file: Path) -> dict[str, str]:
    """The text of every function in it by name."""
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines()
    found = [one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.FunctionDef)]
    return {one.name: "\n".join(lines[one.lineno - 1 : one.end_lineno]) for one in found}


def bare(function: str) -> str:
    """It without its texts: what differs in nothing else differs in a text."""
    first = function.splitlines()[0]
    tree = ast.parse("if 1:\n" + function if first[:1] == " " else function)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


if __name__ == "__main__":
    main()
