"""What one attempt of a stage took, left in `<run>/costs/` as a file of its own.

    <run>/costs/<stage>.<shard>.<attempt>.json

Attempts never write over one another, so what a retry took is added to what the first attempt did. A long attempt
writes its account now and then, as of one that failed: one that is killed has cost what it says last.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import logging
import resource
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from callqa import storage
from callqa.errors import StageError

FOLDER = "costs"
GPU = "cuda"
"""How the names of devices begin whose seconds are a GPU's."""
EVERY_SECONDS = 30.0
"""Between two accounts of an attempt that goes on."""
IO = Path("/proc/self/io")
"""Linux's account of a process, with the children that it has waited for."""

log = logging.getLogger(__name__)


@dataclass
class Spent:
    """What an attempt of a stage took."""

    stage: str
    shard: str = ""
    started_at: str = ""
    """UTC, ISO 8601."""
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    """Of this process and those that it started and saw end."""
    gpu_seconds: float = 0.0
    bytes_written: int | None = None
    worked: bool = False
    """Whether it made its result, and did not find it finished."""
    failed: bool = False
    counts: dict[str, float] = field(default_factory=dict)
    """What of the stage's result says how much it was: of recordings, of seconds of audio, of what was cached."""
    device: str = ""
    model: str = ""

    def take(self, result: Mapping[str, Any]) -> None:
        """Note what a stage's result says of the amount of work."""
        if self.stage == "prepare":
            self.counts = _numbers(result.get("counts", {}))
        if self.stage == "transcribe":
            told = result.get("transcription", {})
            self.counts = _numbers(told)
            if self.counts.get("transcribed"):
                self.device, self.model = str(told.get("device", "")), str(told.get("model", ""))


def _numbers(told: Mapping[str, Any]) -> dict[str, float]:
    return {name: value for name, value in told.items() if isinstance(value, int | float)}


@contextlib.contextmanager
def measured(run_dir: str | Path, stage: str, shard: str = "") -> Iterator[Spent]:
    """Measure the block, and leave what it took in the run's folder, also where it fails.

    That the account cannot be written does not fail the stage.
    """
    spent = Spent(stage, shard, dt.datetime.now(dt.UTC).isoformat())
    result = Path(run_dir) / stage / f"{shard or 'result'}.json"
    before, meter = _changed_at(result), _Meter(run_dir, spent)
    try:
        with meter.going_on():
            yield spent
    except BaseException:
        spent.failed = True
        raise
    finally:
        meter.read()
        spent.worked = not spent.failed and (not result.exists() or _changed_at(result) != before)
        if spent.device.startswith(GPU) and spent.worked:
            spent.gpu_seconds = spent.wall_seconds
        meter.keep(spent)


class _Meter:
    """What an attempt has taken since the meter was made, and the file in which that is kept."""

    def __init__(self, run_dir: str | Path, spent: Spent) -> None:
        self.spent = spent
        name = ".".join(part for part in (spent.stage, spent.shard, secrets.token_hex(4)) if part)
        self.path = Path(run_dir) / FOLDER / f"{name}.json"
        self.cpu, self.written, self.clock = _cpu_seconds(), _written(), time.monotonic()

    def read(self) -> None:
        """Note what was taken until now."""
        self.spent.wall_seconds = round(time.monotonic() - self.clock, 3)
        self.spent.cpu_seconds = round(_cpu_seconds() - self.cpu, 3)
        after = _written()
        self.spent.bytes_written = None if self.written is None or after is None else after - self.written

    def keep(self, spent: Spent) -> None:
        """Write an account, over the one before it."""
        try:
            storage.write_json(self.path, dataclasses.asdict(spent))
        except StageError as error:
            log.warning("what %s took is not kept: %s", spent.stage, error.message)

    @contextlib.contextmanager
    def going_on(self) -> Iterator[None]:
        """Keep an account every EVERY_SECONDS while the block is at work."""
        ended = threading.Event()

        def note() -> None:
            while not ended.wait(EVERY_SECONDS):
                self.read()
                self.keep(dataclasses.replace(self.spent, failed=True))

        noting = threading.Thread(target=note, name=f"cost of {self.spent.stage}", daemon=True)
        noting.start()
        try:
            yield
        finally:
            ended.set()
            noting.join()


def _changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _cpu_seconds() -> float:
    """Of this process and of those that it waited for, user and system."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, kinds))


def _written() -> int | None:
    """Bytes that this process, and those that it waited for, have sent to disks."""
    try:
        lines = IO.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes:"))
    except (OSError, ValueError, StopIteration, IndexError):
        return None
