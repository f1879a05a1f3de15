"""A pytest plugin that runs mutants made by mutmut: the tests are collected once, and every mutant has a process forked from there.

mutmut itself collects the tests anew for every mutant, which for tests as many and as quick as these takes most of the time.
Set `MUTANTS` to a file of names; one line `<name> <caught|lived|unreached|slow> <the test that failed>` a mutant goes to `$MUTANTS.out`.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import resource
import signal
import time
from pathlib import Path

import pytest
from hypothesis import Phase, settings

PATIENCE = 5.0
"""Seconds of processor time a test may take beyond thrice what it takes without a mutant; then the mutant is caught."""
DEAR = 1.0
"""Tests of other packages that take longer (seconds, while mutmut watches) are left out."""
ENOUGH = 5.0
"""A mutant that outlives its tests for so many seconds of processor time is taken to have lived, whatever is left to run."""
STUCK = 120.0
"""Seconds by the clock after which a test waits for what never happens."""
MEMORY = 6 << 30
settings.register_profile(
    "mutation", settings.get_profile("ci"), max_examples=50, phases=(Phase.explicit, Phase.generate)
)
"""The same examples every time, and none sought that is smaller than the first that fails."""
LIVED, FAILED, SLOW = 0, 3, {1, -signal.SIGPROF}


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Instead of running all tests, run for each mutant those that reach its function."""
    listed = Path(os.environ["MUTANTS"])
    known = json.loads(Path("mutmut-stats.json").read_text(encoding="utf-8"))
    reaching, seconds = known["tests_by_mangled_function_name"], known["duration_by_test"]
    items = {item.nodeid: item for item in session.items}
    gc.freeze()
    with listed.with_suffix(".out").open("w", encoding="utf-8") as out:
        every = [items[name] for name in sorted(seconds, key=seconds.__getitem__) if name in items]
        if (whole := verdict("", every, seconds))[0] != "lived":
            raise pytest.UsageError(f"without a mutant a test fails or takes long: {whole[1]}")
        for mutant in listed.read_text(encoding="utf-8").split():
            tests = chosen(mutant, reaching.get(mutant.partition("__mutmut_")[0], ()), seconds)
            told = verdict(mutant, [items[name] for name in tests if name in items], seconds)
            print(mutant, *told, file=out, flush=True)
    return True


def chosen(mutant: str, tests: list[str], seconds: dict[str, float]) -> list[str]:
    """Those of the mutant's own package first, then the quick before the slow."""
    package = mutant.split(".")[1]
    own = tuple(f"tests/qc_rules/{start}" for start in (f"{package}/", "test_"))
    near = [test for test in tests if test.startswith(own)]
    far = [test for test in tests if not test.startswith(own) and seconds.get(test, 0.0) < DEAR]
    return [test for some in (near, far) for test in sorted(some, key=lambda test: seconds.get(test, 0.0))]


def verdict(mutant: str, tests: list[pytest.Item], seconds: dict[str, float]) -> tuple[str, str]:
    """What became of it, and the last test that ran."""
    if not tests:
        return "unreached", "-"
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        run(mutant, tests, seconds, writer)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as pipe:
        last = pipe.read().split("\n")[-2:-1]
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    told = "lived" if code == LIVED else "slow" if code in SLOW else "caught"
    return told, last[0] if last else "-"


def run(mutant: str, tests: list[pytest.Item], seconds: dict[str, float], writer: int) -> None:
    """In a process of its own, until the first failure."""
    from mutmut.mutation.trampoline import set_mutant_under_test

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    set_mutant_under_test(mutant)
    session, begun = tests[0].session, time.process_time()
    for item, following in zip(tests, [*tests[1:], None], strict=True):
        os.write(writer, f"{item.nodeid}\n".encode())
        signal.setitimer(signal.ITIMER_PROF, PATIENCE + 3 * seconds.get(item.nodeid, 0.0))
        faulthandler.dump_traceback_later(STUCK, exit=True)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            os._exit(FAILED)
        if mutant and time.process_time() - begun > ENOUGH:
            break
    os._exit(LIVED)
