"""Where messages go: by the name of an environment variable or an Airflow connection, never by the address itself."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from callqa.errors import SettingsError

Connections = Callable[[str], str]
"""From the id of an Airflow connection to the address that it keeps."""
SHORTEST = 4
"""Characters from which a piece of an address is taken for a secret."""


def resolved(address: str, connections: Connections | None = None, environ: Mapping[str, str] | None = None) -> str:
    """The address itself, from where the settings say that it is.

    Raises:
        SettingsError: it is not there, or there is more than one.
    """
    kind, _, name = address.partition(":")
    if kind == "env":
        value = (os.environ if environ is None else environ).get(name, "")
        remedy = f"set the environment variable {name} to an Apprise URL, for example wecombot://KEY"
    elif connections is None:
        raise SettingsError(
            f"{address}: Airflow's connections can only be read inside Airflow",
            remedy="send from the DAG report_day, or give the address by environment (env:NAME)",
        )
    else:
        value = connections(name)
        remedy = f"put an Apprise URL, for example wecombot://KEY, into the password of the connection {name}"
    parts = value.split()
    if len(parts) != 1:
        found = "is empty" if not parts else f"has {len(parts)} addresses"
        raise SettingsError(f"{address} {found}", remedy=f"{remedy}; one, and a route for each")
    return parts[0]


def without_secrets(text: str, address: str) -> str:
    """A message of a service's, without any piece of the address."""
    pieces = {piece for piece in re.split(r"[/?&=@:,#]+", address) if len(piece) >= SHORTEST}
    pieces |= {unquote(piece) for piece in pieces}
    for piece in sorted(pieces, key=len, reverse=True):
        text = text.replace(piece, "…")
    return text
