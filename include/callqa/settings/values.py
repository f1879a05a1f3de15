"""Values as they are written outside of a file: on the command line and in the environment."""

from __future__ import annotations

import contextlib
import tomllib
from typing import Any


def toml_value(text: str) -> Any:
    """A value as it stands in qa.toml; a bare word is a text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:  # a bare word, which TOML would have in quotes
        return text


def environment_value(text: str) -> Any:
    """A list or a table where the text is one of TOML's, else the text, which the settings make a number of."""
    if text.startswith(("[", "{")):
        with contextlib.suppress(tomllib.TOMLDecodeError):
            return tomllib.loads(f"value = {text}")["value"]
    return text
