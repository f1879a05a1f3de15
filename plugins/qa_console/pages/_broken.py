"""What stands in for a page whose module cannot be imported: its addresses, each of which says so. The others work.

Of such a module there is only its text, so its addresses and its entry in the navigation are read from there.
"""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any

from fastapi import APIRouter

from callqa.errors import CallQAError
from qa_console.access import Role
from qa_console.pages import Entry

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
ROUTE = re.compile(r'@router\.(?:get|post|put|patch|delete)\(\s*"([^"]+)"')
ENTRY = re.compile(r"^ENTRY = Entry\((.*?)\)$", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r'(\w+)=(?:"([^"]*)"|(\d+)|Role\.(\w+))')


class BrokenPageError(CallQAError):
    """A page's module cannot be imported."""


def stand_in(name: str, text: str, error: Exception) -> ModuleType:
    """A module with the addresses of the page `name`, whose module has this text and fails with this error."""
    made = ModuleType(name)
    made.__dict__["router"] = _router(name, text, error)
    if entry := ENTRY.search(text):
        known: dict[str, Any] = {
            field: word or (int(digits) if digits else Role[role])
            for field, word, digits, role in FIELD.findall(entry[1])
        }
        made.__dict__["ENTRY"] = Entry(**known)
    return made


def _router(name: str, text: str, error: Exception) -> APIRouter:
    told = f"the page {name} of the console cannot be loaded: {type(error).__name__}"
    remedy = "the API server's log says where it fails; after a repair start the API server again"

    def broken() -> None:
        raise BrokenPageError(told, remedy=remedy)

    router = APIRouter()
    for path in dict.fromkeys(ROUTE.findall(text)):
        router.add_api_route(path, broken, methods=METHODS)
    return router
