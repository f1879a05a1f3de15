"""One DuckDB database of a process: what is kept of the published days, and the published files.

Sessions are snapshots: DuckDB's transactions see the state at their beginning, whatever is published and brought in
meanwhile, so all questions of one page agree. The database reads the warehouse's files and nothing else of the machine.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import os
import threading
import time
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from callqa.errors import CallQAError
from callqa.settings import LakeSettings
from callqa.warehouse import reader, store, watch
from callqa.warehouse.watch import Published
from qa_console.access import Visible
from qa_console.data import keeping
from qa_console.data.errors import BusyError
from qa_console.data.session import Session, explained

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the questions of one process may take."""

    memory_mb: int = 2000
    """Of DuckDB: what is kept (about 100 MB for a million calls) and what questions need. Nothing goes to a disk."""
    threads: int = 0
    """Of DuckDB, for all sessions together; 0: the cores that this process may use, at most 4."""
    sessions: int = 4
    """At once; a request beyond it waits."""
    wait_seconds: float = 5.0
    """For a free session, then `BusyError`."""
    seconds: float = 10.0
    """That all questions of a session may take together."""
    exports: int = 1
    """Sessions at once that stream whole lists; they are counted apart, so that pages do not wait for them."""
    export_seconds: float = 600.0
    check_seconds: float = 1.0
    """What is published is looked at again after so long."""

    @property
    def cores(self) -> int:
        """Threads of DuckDB."""
        return self.threads or min(4, len(os.sched_getaffinity(0)))


def engine_of(lake: LakeSettings, limits: Limits) -> Engine:
    """The process's database over a lake: the same one for as long as somebody has it, whatever else in the settings
    changes meanwhile; it ends with the last."""
    key = json.dumps([lake.model_dump(), dataclasses.asdict(limits)])
    with _OPENING:
        engine = _engines.get(key) or Engine(lake, limits)
        _engines[key] = engine
        return engine


class Engine:
    """The database, brought up to date as days are published; safe in threads."""

    def __init__(self, lake: LakeSettings, limits: Limits) -> None:
        self._lake = lake
        self._limits = limits
        self._published = Published()
        self._checked, self._stale = -float("inf"), False
        self._swap, self._refreshing = threading.Lock(), threading.Lock()
        self._sessions = threading.BoundedSemaphore(limits.sessions)
        self._exports = threading.BoundedSemaphore(limits.exports)
        self._database = _connect(lake, limits)

    @contextlib.contextmanager
    def session(self, visible: Visible, *, export: bool = False) -> Iterator[Session]:
        """A snapshot of what is published, seen by whoever asks.

        Raises:
            BusyError: too many are open.
            StageError: nothing was read yet, and the catalog does not answer.
        """
        self._keep_fresh()
        seconds = self._limits.export_seconds if export else self._limits.seconds
        with self._slot(export), self._snapshot(visible) as (cursor, published):
            yield Session(cursor, published, seconds, self._look_soon)

    def refresh(self) -> None:
        """Look now whether something was published or added, and bring it in.

        Raises:
            StageError: the catalog does not answer, or a file is gone.
        """
        with self._refreshing:
            self._refresh()

    def _look_soon(self) -> None:
        """A file was removed that was published when it was last looked."""
        self._stale, self._checked = True, 0.0

    def _keep_fresh(self) -> None:
        """The first to come after `check_seconds` looks; others go on with what is there, unless there is nothing."""
        if time.monotonic() - self._checked < self._limits.check_seconds:
            return
        never = self._checked < 0
        if not self._refreshing.acquire(blocking=never):
            return
        try:
            if time.monotonic() - self._checked >= self._limits.check_seconds:
                self._refresh()
        except CallQAError as error:
            if never:
                raise
            self._checked = time.monotonic()
            log.warning("what is published cannot be looked at; the console shows what it last saw: %s", error.message)
        finally:
            self._refreshing.release()

    def _refresh(self) -> None:
        if self._checked < 0 or self._stale or watch.token(self._lake) != self._published.token:
            self._bring(watch.published(self._lake))
            self._stale = False
        self._checked = time.monotonic()

    def _bring(self, new: Published) -> None:
        """By pieces where nothing is kept yet, so that only a piece is uncompressed at once: nobody reads before the
        last, and where one fails the next attempt goes on from there."""
        for piece in keeping.pieces(new) if self._checked < 0 else [new]:
            self._bring_piece(piece)

    def _bring_piece(self, new: Published) -> None:
        with self._database.cursor() as cursor:
            cursor.execute("begin")
            with explained(lambda: None):  # what fails ends with the cursor, and the old state stays
                keeping.bring(cursor, self._published, new)
            with self._swap:  # a session that begins sees both or neither
                cursor.execute("commit")
                self._published = new
            keeping.compress(cursor)

    @contextlib.contextmanager
    def _slot(self, export: bool) -> Iterator[None]:
        slots = self._exports if export else self._sessions
        if not slots.acquire(timeout=self._limits.wait_seconds):
            raise BusyError("the console is answering as many questions as it may", remedy="try again in a moment")
        try:
            yield
        finally:
            slots.release()

    @contextlib.contextmanager
    def _snapshot(self, visible: Visible) -> Iterator[tuple[DuckDBPyConnection, Published]]:
        import duckdb

        cursor, published = self._begin()
        with cursor:
            cursor.execute("set variable everybody = ?", [visible.everybody])
            cursor.execute("set variable agent_id = ?", [visible.agent_id])
            try:
                yield cursor, published
            finally:
                with contextlib.suppress(duckdb.Error):  # an error may have ended the transaction already
                    cursor.execute("rollback")

    def _begin(self) -> tuple[DuckDBPyConnection, Published]:
        """A cursor in a transaction, and what it sees. A database that a fault inside it ended is made anew."""
        import duckdb

        database = self._database
        try:
            return self._begun()
        except (duckdb.FatalException, duckdb.ConnectionException) as error:
            log.error("the console's database ended and is made anew: %s", error)
        with self._refreshing:
            if self._database is database:  # the first of several that see it
                self._checked = -float("inf")
                self._database, self._published = _connect(self._lake, self._limits), Published()
                self._refresh()
        return self._begun()

    def _begun(self) -> tuple[DuckDBPyConnection, Published]:
        cursor = self._database.cursor()
        with self._swap:
            cursor.execute("begin")
            cursor.execute("select 1 from kept.publications limit 1")  # the snapshot is taken at the first read
            return cursor, self._published


_OPENING = threading.Lock()
_engines: weakref.WeakValueDictionary[str, Engine] = weakref.WeakValueDictionary()


def _connect(lake: LakeSettings, limits: Limits) -> DuckDBPyConnection:
    location = store.location(lake)
    connection = reader.connected(lake, [location])
    connection.execute(f"set memory_limit = '{limits.memory_mb}MB'")
    connection.execute(f"set threads = {limits.cores}")
    connection.execute("set temp_directory = ''")  # what was said in calls is not left on a disk
    # Off: with row numbers as a column of a view, DuckDB 2.0's optimiser fails on it; `listing` does the same by hand.
    connection.execute("set disabled_optimizers = 'late_materialization'")
    # Published files never change: they are named by their content.
    connection.execute("set parquet_metadata_cache = true")
    connection.execute("set validate_external_file_cache = 'NO_VALIDATION'")
    keeping.set_up(connection)
    connection.execute("set allowed_directories = [?]", [f"{location}/"])
    connection.execute("set enable_external_access = false")
    connection.execute("set python_enable_replacements = false")
    connection.execute("set lock_configuration = true")
    return connection
