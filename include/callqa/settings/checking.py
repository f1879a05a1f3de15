"""Plain values as settings, and what is wrong with them as an error: the place, the value, and what was meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from callqa.errors import SettingsError
from callqa.settings.section import Section

Checked = TypeVar("Checked", bound=Section)

SECRET_KEYS = frozenset({"address", "storage", "database"})
"""Keys whose wrong values are not repeated in messages: somebody may have put a secret there."""


def validate(
    whole: type[Checked],
    values: dict[str, Any],
    where: str,
    variables: Mapping[tuple[str, str], str] | None = None,
) -> Checked:
    """Settings of plain values, which come from `where`; of `variables`, by section and key, from the environment.

    Raises:
        SettingsError: a key or a value is not one.
    """
    try:
        return whole.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = [str(part) for part in first["loc"]]
        if variables and len(place) > 1:
            where = variables.get((place[0], place[1]), where)
        raise explain(whole, first["type"], place, first["msg"], first["input"], where) from error


def explain(whole: type[Section], kind: str, place: list[str], message: str, value: Any, where: str) -> SettingsError:
    """What pydantic found (`kind`, `message`) at a place of the settings, as a message for who wrote it."""
    dotted = ".".join(place)
    if kind != "extra_forbidden":
        # A whole table may have a secret in it.
        hidden = SECRET_KEYS.intersection(place) or isinstance(value, Mapping)
        shown = "…" if hidden else re.sub(r"(://[^/@:]*):[^/@]*@", r"\1:…@", repr(value))
        return SettingsError(f"{where}: {dotted} = {shown}: {message}", remedy="see the comments in qa.toml")
    known = _keys(whole, place[:-1])
    near = difflib.get_close_matches(place[-1], known, n=1)
    remedy = f"did you mean {'.'.join([*place[:-1], near[0]])}?" if near else f"known here: {', '.join(known)}"
    return SettingsError(f"{where}: unknown key {dotted}", remedy=remedy)


def _keys(whole: type[Section], place: list[str]) -> list[str]:
    model: Any = whole
    for name in place:
        # A list of tables has positions where a table has keys.
        model = get_args(model)[0] if name.isdecimal() else model.model_fields[name].annotation
    return list(model.model_fields)
