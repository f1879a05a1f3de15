"""SFTP by paramiko, through fsspec: with a server whose key is known."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Mapping
from typing import Any

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem
from fsspec.utils import infer_storage_options

SECONDS = 30.0
"""Until a server has answered, and without a byte from then on."""
PORT = 22
OURS = ("known_hosts", "host_key", "check_host_key", "private_key", "passphrase")


class Sftp(SFTPFileSystem):  # type: ignore[misc]  # Any: fsspec has no types
    """fsspec's file system, which trusts anybody who answers; this one asks for the server's key.

    Options besides paramiko's `username`, `password`, `key_filename`: `private_key` (its text) and `passphrase`;
    `host_key` (`ssh-ed25519 AAAA…`) or `known_hosts` (a file, beside the user's own), or `check_host_key = false`.
    """

    protocol = ("sftp", "ssh")

    def _connect(self) -> None:
        ours = {name: self.ssh_kwargs.get(name) for name in OURS}
        options = {name: value for name, value in self.ssh_kwargs.items() if name not in OURS}
        options["port"] = int(options.get("port") or PORT)
        if ours["private_key"]:
            options["pkey"] = _key(str(ours["private_key"]), ours["passphrase"])
        elif ours["passphrase"]:
            options["passphrase"] = ours["passphrase"]
        if {"password", "pkey", "key_filename"} & options.keys():
            options |= {"look_for_keys": False, "allow_agent": False}
        self.client = paramiko.SSHClient()
        _trust(self.client, self.host, options["port"], ours)
        _connect(self.client, self.host, options)
        self.ftp = self.client.open_sftp()
        self.ftp.get_channel().settimeout(SECONDS)

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path_of(path)


def path_of(uri: str) -> str:
    """The path on the server; nothing in it is decoded, `#` and `?` are characters of names."""
    path = "/" + uri.partition("://")[2].partition("/")[2] if "://" in uri else uri
    return path.rstrip("/") or "/"


def connected(uri: str, storage: Mapping[str, Any], *, fresh: bool) -> Sftp:
    """The server of a URI; what the URI says of host, port and user wins over the options.

    Raises:
        OSError: it does not answer, has another key than is known, or refuses the login.
    """
    said = infer_storage_options(uri.partition("://")[0] + "://" + uri.partition("://")[2].partition("/")[0] + "/")
    options = {**storage, **{name: said[name] for name in ("host", "port", "username") if said.get(name)}}
    if fresh:
        Sftp.clear_instance_cache()
    return Sftp(**options)


def _connect(client: paramiko.SSHClient, host: str, options: dict[str, Any]) -> None:
    try:
        client.connect(host, timeout=SECONDS, banner_timeout=SECONDS, auth_timeout=SECONDS, **options)
    except paramiko.AuthenticationException:
        raise PermissionError(f"{host} refuses the login of {options.get('username')}") from None
    except paramiko.BadHostKeyException:
        raise PermissionError(f"{host} has another key than the one that is known: is it the same server?") from None
    except paramiko.ssh_exception.NoValidConnectionsError as error:
        raise ConnectionError(str(error)) from None


def _trust(client: paramiko.SSHClient, host: str, port: int, ours: Mapping[str, Any]) -> None:
    if str(ours["check_host_key"]).lower() == "false":
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        return
    client.set_missing_host_key_policy(_Unknown())
    client.load_system_host_keys()
    if ours["known_hosts"]:
        client.load_host_keys(str(ours["known_hosts"]))
    if ours["host_key"]:
        kind, _, text = str(ours["host_key"]).strip().partition(" ")
        name = host if port == PORT else f"[{host}]:{port}"
        client.get_host_keys().add(name, kind, _public_key(kind, text))


def _public_key(kind: str, text: str) -> paramiko.PKey:
    try:
        return paramiko.PKey.from_type_string(kind, base64.b64decode(text.split()[0], validate=True))
    except (binascii.Error, IndexError, ValueError, paramiko.SSHException, paramiko.UnknownKeyType) as error:
        raise ValueError(f"host_key is no line such as `ssh-ed25519 AAAA…`: {type(error).__name__}") from None


def _key(text: str, passphrase: Any) -> paramiko.PKey:
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text), password=passphrase or None)
        except (paramiko.SSHException, ValueError, IndexError):
            continue
    raise PermissionError("private_key is no key that can be read, or its passphrase is wrong")


class _Unknown(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]  # Any: paramiko has no types
    """Refuses a server that nobody vouches for, and says what its key is."""

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:  # noqa: ARG002
        line = f"{key.get_name()} {key.get_base64()}"
        raise PermissionError(
            f"the key of {hostname} is not known; if {line} is its key, set it as storage option `host_key` or put it"
            " into known_hosts"
        )
