"""The pages: one module each with a `router`. README.md says how to add one."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import logging
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from fastapi import APIRouter

from qa_console.access import Role

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """A page's entry in the navigation: a module's `ENTRY`."""

    place: int
    """From left to right."""
    path: str
    """Below the console, `/calls`."""
    title: str
    """Key of its words."""
    role: Role = Role.AGENT
    """Who sees the entry; the routes say for themselves who may use them."""
    key: str = ""
    """Goes there after `g`."""
    under: str = ""
    """Path of pages that belong to this entry and lie elsewhere."""

    def has(self, path: str) -> bool:
        """Whether a path below the console is one of this entry's pages."""
        return any(path == own or path.startswith(f"{own}/") for own in (self.path, self.under) if own)


@functools.cache
def modules() -> list[ModuleType]:
    """Every page's module; of one that cannot be imported what says so at its addresses."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_"))
    return [_module(name) for name in names]


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(f"{__name__}.{name}")
    except Exception as error:  # whatever a page's code raises: the other pages work without it
        log.exception("the console's page %s cannot be loaded; the others are served", name)
        from qa_console.pages._broken import stand_in

        return stand_in(name, _text(name), error)


def _text(name: str) -> str:
    found = importlib.util.find_spec(f"{__name__}.{name}")
    return Path(found.origin).read_text(encoding="utf-8", errors="replace") if found and found.origin else ""


def routers() -> Iterator[APIRouter]:
    """Every page's routes."""
    for module in modules():
        yield module.router


def entries() -> list[Entry]:
    """The navigation, from left to right."""
    return sorted((module.ENTRY for module in modules() if hasattr(module, "ENTRY")), key=lambda entry: entry.place)


def bodies() -> Mapping[str, int]:
    """Largest request body in bytes by path: the pages' `BODIES`."""
    return {path: size for module in modules() for path, size in getattr(module, "BODIES", {}).items()}
