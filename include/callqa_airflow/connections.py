"""Airflow's connections as what opens the source: storage options and a database's URL, in memory only.

`source.connection` and `source.calls.connection` name them. Nothing of a connection goes through XCom, into a log or
into the lake; settings that hold it leave it out wherever they are written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from callqa.errors import SettingsError

if TYPE_CHECKING:
    from callqa.settings import Settings

Options = dict[str, Any]

OF_AIRFLOWS_HOOK = frozenset(
    {
        *("timeout", "allow_redirects", "proxies", "proxy", "verify", "cert", "stream", "max_redirects", "trust_env"),
        *("check_response", "auth_type", "auth_kwargs"),
    }
)
"""What stands among the headers in the extra of an HTTP connection, and is none."""


def opened(settings: Settings) -> Settings:
    """The same settings with what their connections hold.

    Raises:
        SettingsError: there is no such connection, or it is of a type that opens no source.
    """
    source = settings.source
    if not (source.connection or source.calls.connection):
        return settings
    changes: Options = {}
    if source.connection:
        changes["storage"] = {**source.storage, **storage_options(_named(source.connection))}
    if source.calls.connection:
        url = database_url(_named(source.calls.connection))
        changes["calls"] = source.calls.model_copy(update={"database": url})
    return settings.model_copy(update={"source": source.model_copy(update=changes)})


def _named(name: str) -> Any:
    from airflow.sdk import BaseHook

    try:
        return BaseHook.get_connection(name)
    except Exception as error:
        if type(error).__name__ != "AirflowNotFoundException":
            raise
        raise SettingsError(
            f"Airflow has no connection {name}",
            remedy=f"add it under Admin, Connections, or as AIRFLOW_CONN_{name.upper()}",
        ) from None


def storage_options(connection: Any) -> Options:
    """fsspec's options of an Airflow connection.

    Raises:
        SettingsError: its type opens no storage.
    """
    kind = str(connection.conn_type or "generic").lower()
    if kind not in _STORAGES:
        raise SettingsError(
            f"the connection {connection.conn_id} is of type {kind}, which opens no recordings",
            remedy=f"use one of {', '.join(sorted(_STORAGES))}",
        )
    options = _STORAGES[kind](connection, _extra(connection))
    return {name: value for name, value in options.items() if value not in (None, "")}


def database_url(connection: Any) -> str:
    """SQLAlchemy's URL of an Airflow connection.

    Raises:
        SettingsError: its type is no database.
    """
    kind, extra = str(connection.conn_type or "generic").lower(), _extra(connection)
    if kind == "generic" and extra.get("url"):
        return str(extra["url"])
    if kind == "sqlite":
        return f"sqlite:///{connection.host or connection.schema or ''}"
    drivers = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}
    if kind not in drivers:
        raise SettingsError(
            f"the connection {connection.conn_id} is of type {kind}, which is no database that is read",
            remedy="use postgres, mysql, sqlite, or generic with a `url` in its extra",
        )
    from sqlalchemy import URL

    wanted = {name: str(extra[name]) for name in ("sslmode", "sslrootcert", "charset", "ssl_ca") if extra.get(name)}
    url = URL.create(
        drivers[kind],
        username=connection.login or None,
        password=connection.password or None,
        host=connection.host or None,
        port=connection.port,
        database=connection.schema or None,
        query=wanted,
    )
    return url.render_as_string(hide_password=False)


def _extra(connection: Any) -> Options:
    try:
        extra = json.loads(connection.extra or "{}")
    except ValueError:
        raise SettingsError(
            f"the extra of the connection {connection.conn_id} is not JSON", remedy="write an object, or nothing"
        ) from None
    return extra if isinstance(extra, dict) else {}


def _s3(connection: Any, extra: Options) -> Options:
    region = extra.get("region_name")
    of_service = (extra.get("service_config") or {}).get("s3") or {}
    return {
        "key": connection.login or extra.get("aws_access_key_id"),
        "secret": connection.password or extra.get("aws_secret_access_key"),
        "token": extra.get("aws_session_token"),
        "profile": extra.get("profile_name"),
        "endpoint_url": of_service.get("endpoint_url") or extra.get("endpoint_url"),
        "client_kwargs": {"region_name": region} if region else None,
    }


def _sftp(connection: Any, extra: Options) -> Options:
    unchecked = str(extra.get("no_host_key_check", "false")).lower() == "true" and not extra.get("host_key")
    return {
        "host": connection.host,
        "port": connection.port,
        "username": connection.login,
        "password": connection.password,
        "key_filename": extra.get("key_file"),
        "private_key": extra.get("private_key"),
        "passphrase": extra.get("private_key_passphrase"),
        "host_key": _with_kind(str(extra.get("host_key") or "")),
        "known_hosts": extra.get("known_hosts"),
        "check_host_key": "false" if unchecked else None,
    }


def _with_kind(host_key: str) -> str:
    """Airflow takes a host's RSA key without saying that it is one."""
    return f"ssh-rsa {host_key}" if host_key and " " not in host_key.strip() else host_key


def _http(connection: Any, extra: Options) -> Options:
    given = {name: value for name, value in extra.items() if name not in OF_AIRFLOWS_HOOK}
    headers = {name: str(value) for name, value in given.items() if isinstance(value, str | int)}
    return {"username": connection.login, "password": connection.password, "headers": headers or None}


def _generic(connection: Any, extra: Options) -> Options:
    """As fsspec names them."""
    del connection
    return dict(extra.get("storage", {}))


_STORAGES: Mapping[str, Callable[[Any, Options], Options]] = {
    "aws": _s3,
    "s3": _s3,
    "sftp": _sftp,
    "ssh": _sftp,
    "http": _http,
    "https": _http,
    "generic": _generic,
}
