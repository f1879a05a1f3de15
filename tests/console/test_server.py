"""The tests' own servers: none outlives the tests, however these end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

TIED = Path(__file__).with_name("tied.py")
SERVER = "import os, subprocess, sys, time; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); print(os.getpid(), child.pid, flush=True); time.sleep(600)"
TESTS = f"""
import subprocess, sys, time
process = subprocess.Popen([sys.executable, {str(TIED)!r}, sys.executable, "-c", {SERVER!r}], stdin=subprocess.PIPE)
time.sleep(600)
"""


def gone(pid: int) -> bool:
    """Whether a process is no more, or ended and nobody asked yet how."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_server_and_what_it_started_end_with_the_tests_that_were_killed():
    with subprocess.Popen([sys.executable, "-c", TESTS], stdout=subprocess.PIPE, text=True) as tests:
        server, child = map(int, tests.stdout.readline().split())
        assert not gone(server)
        os.kill(tests.pid, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while not (gone(server) and gone(child)) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert gone(server)
        assert gone(child)


def test_the_exit_code_is_the_commands():
    command = [sys.executable, str(TIED), sys.executable, "-c", "raise SystemExit(7)"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.wait(30) == 7
