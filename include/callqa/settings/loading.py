"""The settings of a file and of the environment, which wins. Secrets are taken from the environment only."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from callqa.errors import SettingsError
from callqa.settings.checking import validate
from callqa.settings.places import absolute
from callqa.settings.section import DEMO_MODEL
from callqa.settings.values import environment_value
from callqa.settings.whole import Settings

FILE_NAME = "qa.toml"
PREFIX = "CALLQA_"
SECRET_OPTIONS = frozenset({"key", "secret", "token", "password", "passphrase", "private_key", "headers", "access_key"})
"""Of `source.storage`: never in a file."""


def load(path: str | Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of `path`, else of the file that CALLQA_CONFIG names, else of ./qa.toml, else the defaults.

    Relative folders in the file are relative to the file.

    Raises:
        SettingsError: the file named is not there or not TOML, or a key or value is not one.
    """
    environ = os.environ if environ is None else environ
    file = _find(path, environ)
    values = _read(file) if file else {}
    if file:
        _refuse_secrets(values, file)
    where = f"{file}" if file else "the environment"
    from_environment = _from_environment(environ)
    for section, keys in from_environment.items():
        table = values.setdefault(section, {})
        if not isinstance(table, dict):
            raise SettingsError(f"{where}: {section} is not a table", remedy=f"write [{section}]")
        _merge(table, keys)
    variables = {(s, key): f"{PREFIX}{s}__{key}".upper() for s, keys in from_environment.items() for key in keys}
    settings = validate(Settings, values, where, variables)
    return _anchor(settings, file.parent.resolve() if file else Path.cwd())


def _find(path: str | Path | None, environ: Mapping[str, str]) -> Path | None:
    named = path or environ.get(f"{PREFIX}CONFIG")
    if named:
        if not Path(named).is_file():
            raise SettingsError(f"no settings file {named}", remedy="give the path of a qa.toml, or none for defaults")
        return Path(named)
    return Path(FILE_NAME) if Path(FILE_NAME).is_file() else None


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} is not TOML: {error}", remedy="correct the line that the message names") from error


def _from_environment(environ: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, value in environ.items():
        match = re.fullmatch(rf"{PREFIX}([A-Z]+)__(.+?)(?:__(.+))?", name)
        if match and match[3]:
            table = found.setdefault(match[1].lower(), {}).setdefault(match[2].lower(), {})
            if isinstance(table, dict):  # else the whole of it is given, and as what it is is said below
                table[match[3].lower()] = environment_value(value)
        elif match:
            found.setdefault(match[1].lower(), {})[match[2].lower()] = environment_value(value)
    return found


def _merge(table: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Put keys into a table; a table in it keeps the keys that the other one does not have."""
    for key, value in more.items():
        there = table.get(key)
        if isinstance(there, dict) and isinstance(value, dict):
            _merge(there, value)
        else:
            table[key] = value


def _refuse_secrets(values: Mapping[str, Any], file: Path) -> None:
    """A settings file is read by many and kept in repositories."""
    source = values.get("source", {})
    storage = source.get("storage", {}) if isinstance(source, dict) else {}
    secret = sorted(SECRET_OPTIONS.intersection(storage)) if isinstance(storage, dict) else []
    if secret:
        raise SettingsError(
            f"{file}: source.storage.{secret[0]} is a secret",
            remedy=f"take it out of the file and set {PREFIX}SOURCE__STORAGE__{secret[0].upper()}, or use"
            " source.connection",
        )
    for place, value in _addresses(source):
        if re.search(r"://[^/@]*:[^/@]+@", value):
            raise SettingsError(
                f"{file}: {place} holds a password",
                remedy=f"take it out of the file: {PREFIX}{place.upper().replace('.', '__')}, or an Airflow connection",
            )


def _addresses(source: Any) -> list[tuple[str, str]]:
    if not isinstance(source, dict):
        return []
    calls = source.get("calls", {})
    database = calls.get("database", "") if isinstance(calls, dict) else ""
    return [("source.root", str(source.get("root", ""))), ("source.calls.database", str(database))]


def _anchor(settings: Settings, base: Path) -> Settings:
    """Relative folders made absolute, so that stages mean the same file whatever folder they run in."""
    return settings.model_copy(
        update={
            "source": settings.source.model_copy(update={"root": absolute(settings.source.root, base)}),
            "engine": settings.engine.model_copy(update={"model": _model_folder(settings.engine.model, base)}),
            "rules": settings.rules.model_copy(update={"files": [absolute(f, base) for f in settings.rules.files]}),
            "lake": settings.lake.model_copy(
                update={
                    "root": absolute(settings.lake.root, base),
                    "warehouse": settings.lake.warehouse and absolute(settings.lake.warehouse, base),
                }
            ),
        }
    )


def _model_folder(model: str, base: Path) -> str:
    """A folder made absolute; `demo` and a hub's id as they are."""
    folder = base / Path(model).expanduser()
    return str(folder.resolve()) if model != DEMO_MODEL and folder.is_dir() else model
