"""The pages: one module each with a `router`. README.md says how to add one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType

from fastapi import APIRouter

from qa_console.access import Role


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


def modules() -> list[ModuleType]:
    """Every page's module."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_"))
    return [importlib.import_module(f"{__name__}.{name}") for name in names]


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
