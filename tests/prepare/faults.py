"""What the processes that read recordings do in tests: as recordings are called, or as they are told."""

import hashlib
import os
import resource
import signal
import time
from pathlib import Path

import numpy as np

from callqa.contracts import Recording
from callqa.errors import StageError
from callqa.prepare import recording as recording_module
from callqa.prepare.recording import Ear, Outcome
from callqa.prepare.workers import worker
from callqa.prepare.workers.worker import Claim


def work_on_recording(task: tuple[Ear, Recording], claim: Claim) -> Outcome:
    """The real work, with the fault that the recording's name asks for in the midst of it."""
    ear, recording = task
    original = recording_module.listen

    def faulty(*args):
        commit(Path(recording.file_name).stem, ear, recording)
        return original(*args)

    recording_module.listen = faulty
    try:
        return recording_module.work(task, claim)
    finally:
        recording_module.listen = original


def commit(fault: str, ear: Ear, recording: Recording) -> None:
    if fault == "half-written":
        path = ear.audio.path(ear._key(recording, sha256_of(recording)))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(f".{path.name}.tmp-abc").write_bytes(b"half")
    {
        "segfault": segfault,
        "hang": hang,
        "half-written": hang,
        "eat": eat,
        "killed": killed,
        "raise": fail,
        "slow": slow,
        "full": fill,
    }.get(fault, lambda: None)()


def sha256_of(recording: Recording) -> str:
    return hashlib.sha256(Path(recording.uri).read_bytes()).hexdigest()


def segfault() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fill() -> None:
    """The disk is full from here on."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def hang() -> None:
    time.sleep(1000)


def slow() -> None:
    time.sleep(1)


def eat() -> None:
    held = [np.empty(1 << 24) for _ in range(100)]  # 128 MB each
    raise AssertionError(f"{len(held)} pieces were given")


def fail() -> None:
    raise ZeroDivisionError("a decoder's fault")


def simple(task: object, claim: Claim) -> object:
    """Tasks of the tests of `workers`: a word, or a word and what it is about."""
    word, *about = task if isinstance(task, tuple) else (task,)
    if word in SIMPLE:
        return SIMPLE[word](claim, *about) or task
    return task


def impatient(task: object, claim: Claim) -> object:
    """As `simple`, in a process that waits for the next task for no time at all."""
    worker.IDLE_SECONDS = 0.0
    return simple(task, claim)


def claimed(claim: Claim, key: str, log: str) -> str:
    claim(key)
    for sign in "+-":
        with Path(log).open("a") as file:
            file.write(f"{sign}{key} ")
        time.sleep(0.05)
    return key


def long(claim: Claim, seconds: float) -> str:
    """Works longer than the limit, after it has asked for more time, for a key that it already has."""
    claim("mine")
    claim("mine", 30.0)
    time.sleep(seconds)
    return "done"


def killed_once(claim: Claim, mark: str) -> str:
    if Path(mark).exists():
        return "survived"
    Path(mark).touch()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(100)
    return "never"


def told(claim: Claim, path: str, then: str) -> None:
    Path(path).write_text(str(os.getpid()))
    {"hang": hang, "spin": spin}[then]()


def spin() -> None:
    """As a library does that computes for ever: no other thread of the interpreter has a turn for long stretches."""
    while True:
        sum(range(10_000_000))


def no_space(claim: Claim) -> None:
    raise StageError("no space left in /lake", remedy="free space")


SIMPLE: dict = {
    "long": long,
    "pid": lambda claim: os.getpid(),
    "segfault": lambda claim: segfault(),
    "hang": lambda claim: hang(),
    "eat": lambda claim: eat(),
    "killed": lambda claim: killed(),
    "exit": lambda claim: os._exit(3),
    "error": no_space,
    "print": lambda claim: os.write(1, b"one") + os.write(2, b"two"),
    "claim": claimed,
    "once": killed_once,
    "told": told,
}
