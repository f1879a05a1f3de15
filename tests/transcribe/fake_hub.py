"""A hub on this machine that speaks as much of Hugging Face's and ModelScope's protocols as their libraries need.

Behind it is a folder; the libraries that talk to it are the real ones.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

LARGE = 100_000
"""Bytes from which a file is a "large file", and has a SHA-256 on Hugging Face."""


class FakeHub:
    """What the hub has: by revision, the files."""

    def __init__(self, folder: Path) -> None:
        self.files = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
        self.commit = hashlib.sha1(b"first").hexdigest()
        self.cut: dict[str, int] = {}
        """By file: bytes after which the connection breaks, every time it is asked for from the beginning."""
        self.stall: dict[str, int] = {}
        """By file: bytes after which nothing more comes, while the connection stays open."""
        self.stalled = threading.Event()
        self.damage: set[str] = set()
        """Files that come with other bytes than announced."""
        self.asked: list[str] = []
        self.sent: dict[str, int] = {}
        """Bytes sent, by file."""
        self.url = ""

    def change(self, name: str, data: bytes) -> None:
        """A new commit in which a file has other bytes."""
        self.files[name] = data
        self.commit = hashlib.sha1(data).hexdigest()

    def sent_bytes(self, name: str) -> bytes:
        data = self.files[name]
        return data[:-1] + bytes([data[-1] ^ 1]) if name in self.damage else data


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[FakeHub]:
    """The hub on a port of loopback, until the block ends."""
    hub = FakeHub(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: FakeHub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self._answer(body=False)

    def do_GET(self):
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        path = unquote(self.path)
        self.hub.asked.append(f"{self.command} {path}")
        url = urlsplit(path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        if match := re.fullmatch(r"/api/models/FunAudioLLM/SenseVoiceSmall/revision/(.+)", url.path):
            self._json(self._hf_info()) if self._known(match[1]) else self._missing("RevisionNotFound")
        elif re.fullmatch(r"/api/models/FunAudioLLM/SenseVoiceSmall/tree/[0-9a-f]{40}/?", url.path):
            self._json(self._hf_tree())
        elif match := re.fullmatch(r"/FunAudioLLM/SenseVoiceSmall/resolve/[0-9a-f]{40}/(.+)", url.path):
            self._file(match[1], body)
        elif url.path == "/api/v1/models/iic/SenseVoiceSmall/repo/files":
            known = self._known(query["Revision"])
            self._json(self._ms_files()) if known else self._missing("RevisionNotFound")
        elif url.path == "/api/v1/models/iic/SenseVoiceSmall/repo":
            self._file(query["FilePath"], body)
        else:
            self._missing("RepoNotFound")

    def _known(self, revision: str) -> bool:
        return revision in ("main", "master", self.hub.commit)

    def _hf_info(self) -> dict:
        name = "FunAudioLLM/SenseVoiceSmall"
        return {"id": name, "modelId": name, "sha": self.hub.commit, "private": False, "tags": [], "siblings": []}

    def _hf_tree(self) -> list[dict]:
        entries = []
        for name, data in self.hub.files.items():
            entry = {"type": "file", "path": name, "size": len(data), "oid": _git_sha1(data)}
            if len(data) >= LARGE:
                entry["lfs"] = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
            entries.append(entry)
        return entries

    def _ms_files(self) -> dict:
        files = [
            {"Path": name, "Name": name, "Type": "blob", "Size": len(data), "Sha256": hashlib.sha256(data).hexdigest()}
            for name, data in self.hub.files.items()
        ]
        return {"Code": 200, "Success": True, "Message": "success", "Data": {"Files": files}}

    def _file(self, name: str, body: bool) -> None:
        if name not in self.hub.files:
            self._missing("EntryNotFound")
            return
        data = self.hub.sent_bytes(name)
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        start = int(match[1]) if match else 0
        end = min(len(data), int(match[2]) + 1 if match and match[2] else len(data))
        self.send_response(206 if match else 200)
        if match:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(data)}")
        etag = hashlib.sha256(self.hub.files[name]).hexdigest()
        self.send_header("ETag", f'"{etag}"')
        self.send_header("X-Repo-Commit", self.hub.commit)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(end - start))
        self.end_headers()
        if body:
            self._send(name, data[start:end], start)

    def _send(self, name: str, data: bytes, start: int) -> None:
        cut = self.hub.cut.get(name)
        if cut is not None and start == 0:
            data = data[:cut]
        stall = self.hub.stall.get(name)
        data = data[:stall]
        self.wfile.write(data)
        self.hub.sent[name] = self.hub.sent.get(name, 0) + len(data)
        if stall is not None:
            self._wait_for_the_end()
        if cut is not None and start == 0:
            self.wfile.flush()
            self.connection.close()
            self.close_connection = True

    def _wait_for_the_end(self) -> None:
        """Until the client is gone; a moment later, so that it has written what came."""
        self.wfile.flush()
        self.connection.settimeout(1.0)
        with contextlib.suppress(OSError):
            self.connection.recv(1)
        self.hub.stalled.set()
        self.close_connection = True
        self.connection.settimeout(60.0)
        with contextlib.suppress(OSError):
            self.connection.recv(1)

    def _json(self, value: object) -> None:
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _missing(self, code: str) -> None:
        data = json.dumps({"error": code, "Code": 404, "Success": False, "Message": code}).encode()
        self.send_response(404)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


def _git_sha1(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
