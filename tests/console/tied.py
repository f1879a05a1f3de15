"""`python tied.py COMMAND...`: runs a command in a process group of its own until it ends, or our standard input does.

Whoever started us holds the other end of that: however they go, killed or not, the command and what it started go too.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading

PATIENCE = 2.0
"""Seconds between the request to end and the kill."""


def main(command: list[str]) -> int:
    """The command's exit code."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    threading.Thread(target=_end_with_input, args=[process], daemon=True).start()
    return process.wait()


def _end_with_input(process: subprocess.Popen[bytes]) -> None:
    while os.read(0, 4096):
        pass
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
        os.killpg(process.pid, signal.SIGKILL)  # also what it started and did not end


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
