"""Storages on this machine's loopback: an SFTP server over a folder, and an HTTP server of listings."""

from __future__ import annotations

import contextlib
import http.server
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

import paramiko

USER, PASSWORD = "qa", "s3cret-of-sftp"


class Handle(paramiko.SFTPHandle):
    def stat(self):
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))

    def close(self):
        super().close()
        if self.of.after_reading:
            self.of.after_reading.pop()()


class Files(paramiko.SFTPServerInterface):
    """A folder, read and deleted from."""

    def __init__(self, server: Login, *args: object, **more: object) -> None:
        super().__init__(server, *args, **more)
        self.of = server.of

    def _path(self, path: str) -> Path:
        return self.of.folder / self.canonicalize(path).lstrip("/")

    def _tried(self, action: Callable[[], object]) -> object:
        try:
            return action()
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    def list_folder(self, path):
        def entries():
            names = sorted(file.name for file in self._path(path).iterdir())
            folder = self._path(path)
            return [paramiko.SFTPAttributes.from_stat((folder / n).lstat(), filename=os.fsencode(n)) for n in names]

        self.of.listed += 1
        return self._tried(entries)

    def stat(self, path):
        self.of.breaks_at_stat -= 1
        if self.of.breaks_at_stat == 0:
            self.of.drop()
        return self._tried(lambda: paramiko.SFTPAttributes.from_stat(self._path(path).stat()))

    lstat = stat

    def remove(self, path):
        return self._tried(lambda: self._path(path).unlink()) or paramiko.SFTP_OK

    def open(self, path, flags, attr):
        if self.of.breaks:
            self.of.breaks -= 1
            self.of.drop()
            return paramiko.SFTP_FAILURE

        def opening():
            handle = Handle(flags)
            handle.of = self.of
            handle.readfile = self._path(path).open("rb")
            handle.filename = path
            return handle

        return self._tried(opening)


class AnyBytes(paramiko.Message):
    def get_text(self):
        return os.fsdecode(self.get_string())


class Subsystem(paramiko.SFTPServer):
    """paramiko's takes no paths but UTF-8; those of other servers are bytes."""

    def _process(self, t, request_number, msg):
        msg.__class__ = AnyBytes
        super()._process(t, request_number, msg)


class Login(paramiko.ServerInterface):
    def __init__(self, of: SftpServer) -> None:
        self.of = of

    def check_auth_password(self, username, password):
        right = (username, password) == (USER, PASSWORD)
        return paramiko.AUTH_SUCCESSFUL if right else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED

    def get_allowed_auths(self, username):
        return "password"


class SftpServer:
    """Serves `folder` until it is closed; the next `breaks` openings break their connection instead.

    So does the question for a file that `breaks_at_stat` counts down to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.breaks, self.listed, self.breaks_at_stat = folder, 0, 0, 0
        self.after_reading: list[Callable[[], object]] = []
        self.key = paramiko.RSAKey.generate(2048)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.transports: list[paramiko.Transport] = []
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def root(self) -> str:
        return f"sftp://127.0.0.1:{self.port}"

    @property
    def host_key(self) -> str:
        return f"{self.key.get_name()} {self.key.get_base64()}"

    @property
    def storage(self) -> dict[str, str]:
        return {"username": USER, "password": PASSWORD, "host_key": self.host_key}

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                transport = paramiko.Transport(connection)
                transport.add_server_key(self.key)
                transport.set_subsystem_handler("sftp", Subsystem, Files)
                self.transports.append(transport)
                with contextlib.suppress(paramiko.SSHException, EOFError):
                    transport.start_server(server=Login(self))

    def drop(self) -> None:
        for transport in self.transports:
            transport.close()
        self.transports.clear()

    def close(self) -> None:
        with contextlib.suppress(OSError):  # closed before
            self.socket.shutdown(socket.SHUT_RDWR)  # a close alone lets who waits go on waiting
        self.socket.close()
        self.drop()


class Pages(http.server.BaseHTTPRequestHandler):
    """Whatever the server's `answers` have for a path: status, type and body."""

    protocol_version = "HTTP/1.1"
    server: HttpServer

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def _answer(self, body: bool) -> None:
        self.server.asked.append((self.command, self.path, self.headers.get("Authorization", "")))
        if self.server.troubles:
            status, kind, content = self.server.troubles.pop(0), "text/plain", b"later"
        elif self.server.login and self.headers.get("Authorization") != self.server.login:
            status, kind, content = 401, "text/plain", b"who are you"
        else:
            status, kind, content = self._found()
        target = self.server.leads.get(self.path)
        status = 302 if target else status
        self.send_response(status)
        if target:
            self.send_header("Location", target)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if status == 200:
            self.send_header("Last-Modified", "Mon, 05 Jan 2026 03:00:00 GMT")
        self.end_headers()
        if body:
            self.wfile.write(content)

    def _found(self) -> tuple[int, str, bytes]:
        answers = self.server.answers
        return answers.get(self.path) or answers.get(unquote(self.path)) or (404, "text/plain", b"no")

    def log_message(self, *_: object) -> None:
        pass


class HttpServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Pages)
        self.answers: dict[str, tuple[int, str, bytes]] = {}
        self.asked: list[tuple[str, str, str]] = []
        self.troubles: list[int] = []
        self.leads: dict[str, str] = {}
        self.login = ""
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/calls"


@contextlib.contextmanager
def sftp_server(folder: Path) -> Iterator[SftpServer]:
    server = SftpServer(folder)
    try:
        yield server
    finally:
        server.close()


@contextlib.contextmanager
def http_server() -> Iterator[HttpServer]:
    server = HttpServer()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
