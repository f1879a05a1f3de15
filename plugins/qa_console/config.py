"""qa.toml as the console goes by it, and the warehouse that it names.

The file is read again when it changes, so that a new role needs no restart; another lake is then opened too.
"""

from __future__ import annotations

import functools
import os
import threading
from pathlib import Path

from callqa import settings as of_callqa
from callqa.settings import Settings
from qa_console.data.console import Console


def settings() -> Settings:
    """The settings of the file that CALLQA_CONFIG names, and of the environment.

    Raises:
        SettingsError: a key or a value is none.
    """
    path = Path(os.environ.get(f"{of_callqa.PREFIX}CONFIG") or of_callqa.FILE_NAME)
    return _read(str(path), path.stat().st_mtime_ns if path.exists() else 0)


@functools.lru_cache(maxsize=4)
def _read(path: str, changed: int) -> Settings:
    return of_callqa.load(path if changed else None)


def console_data(current: Settings) -> Console:
    """The one open warehouse of this process; another where the settings changed (open pages keep the old one)."""
    with _OPENING:
        if not _open or _open[-1].settings != current:
            _open[:] = [Console(current)]
        return _open[-1]


_OPENING = threading.Lock()
_open: list[Console] = []
