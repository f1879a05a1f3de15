"""SFTP by paramiko, through fsspec: with a server whose key is known."""

from __future__ import annotations

import base64
import binascii
import io
import stat
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem
from fsspec.utils import infer_storage_options
from paramiko.sftp import CMD_CLOSE, CMD_OPENDIR, CMD_READDIR

from callqa.remote.address import readable

SECONDS = 30.0
"""Until a server has answered, and without a byte from then on."""
PORT = 22
OURS = ("known_hosts", "host_key", "check_host_key", "private_key", "passphrase")

Answer = TypeVar("Answer")


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

    def info(self, path: str) -> dict[str, Any]:
        """Of the file or folder that a path names, or a link there leads to."""
        path = self._strip_protocol(path)
        return {**self._decode_stat(_named(path, self.ftp.stat)), "name": path}

    def ls(self, path: str, detail: bool = False) -> list[Any]:
        """What lies in a folder; a link is what it leads to."""
        path = self._strip_protocol(path)
        there = _named(path, lambda sent: list(_entries(self.ftp, sent)))
        found = [{**self._decode_stat(about), "name": f"{path.rstrip('/')}/{name}"} for name, about in there]
        return found if detail else sorted(entry["name"] for entry in found)

    def _open(self, path: str, mode: str = "rb", block_size: int | None = None, **more: Any) -> Any:
        return _named(path, lambda sent: super(Sftp, self)._open(sent, mode, block_size, **more))

    def _rm(self, path: str) -> None:
        _named(path, self.ftp.remove)


def path_of(uri: str) -> str:
    """The path on the server; nothing in it is decoded, `#` and `?` are characters of names."""
    path = "/" + uri.partition("://")[2].partition("/")[2] if "://" in uri else uri
    return path.rstrip("/") or "/"


def _named(path: str, action: Callable[[bytes], Answer]) -> Answer:
    """What `action` answers for a path as the server has it: in UTF-8, or its file, or all of it, in GBK."""
    folder, slash, name = path.rpartition("/")
    sent = [path.encode(), (folder + slash).encode() + name.encode("gb18030"), path.encode("gb18030")]
    for way in dict.fromkeys(sent[:-1]):
        try:
            return action(way)
        except FileNotFoundError:
            if path.isascii():
                raise
    return action(sent[-1])


def _entries(client: paramiko.SFTPClient, path: bytes) -> Iterator[tuple[str, paramiko.SFTPAttributes]]:
    """As `SFTPClient.listdir_attr`, which takes no names but UTF-8: with one other a whole day could not be listed."""
    handle = client._request(CMD_OPENDIR, path)[1].get_binary()
    try:
        while True:
            answer = client._request(CMD_READDIR, handle)[1]
            for _ in range(answer.get_int()):
                name, _ = answer.get_binary(), answer.get_binary()
                about = paramiko.SFTPAttributes._from_msg(answer)
                if name not in (b".", b".."):
                    yield readable(name), _followed(client, path.rstrip(b"/") + b"/" + name, about)
    except EOFError:  # that was all; a connection that breaks is another error
        client._request(CMD_CLOSE, handle)


def _followed(client: paramiko.SFTPClient, path: bytes, about: paramiko.SFTPAttributes) -> paramiko.SFTPAttributes:
    if not stat.S_ISLNK(about.st_mode):
        return about
    try:
        return client.stat(path)
    except FileNotFoundError:  # it leads nowhere; whoever reads it says so
        return about


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
