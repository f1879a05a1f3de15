"""People's chat services on loopback: they take messages, refuse them, answer late, or not at all."""

from __future__ import annotations

import contextlib
import json
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """An HTTP server that keeps what it is sent. `answers` are given in turn, then 200: a status, a body, `hang`."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict]] = []
        self.answers: list[int | dict | str | tuple[int, dict]] = []
        self.always: int | dict | str = 200
        self.released = threading.Event()
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.take(self, json.loads(body))

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]

    def take(self, handler: BaseHTTPRequestHandler, body: dict) -> None:
        with self._lock:
            self.requests.append((handler.path, body))
            answer = self.answers.pop(0) if self.answers else self.always
        if answer == "hang":
            self.released.wait(30)
            handler.close_connection = True
            return
        if answer == "drop":  # taken, and the connection lost before the answer
            handler.close_connection = True
            return
        status, headers = answer if isinstance(answer, tuple) else (answer if isinstance(answer, int) else 200, {})
        reply = json.dumps(answer if isinstance(answer, dict) else {"errcode": 0, "code": 0}).encode()
        handler.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(reply))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(reply)

    @property
    def url(self) -> str:
        """For Apprise's json plugin."""
        return f"json://127.0.0.1:{self.port}/hook"

    def texts(self) -> list[str]:
        return [_text(body) for _, body in self.requests]

    def __str__(self) -> str:
        return "\n".join(self.texts())


def _text(body: dict) -> str:
    """What a person reads, by service."""
    if "text" in body and isinstance(body["text"], dict):
        return body["text"]["content"]
    if "content" in body:
        return body["content"]["text"]
    return f"{body['title']}\n{body['message']}"


@contextlib.contextmanager
def listening() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        receiver.server.shutdown()
        receiver.server.server_close()
        thread.join()


class Mail(socketserver.StreamRequestHandler):
    """As much of SMTP as a client needs to leave a letter."""

    def handle(self) -> None:
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            word = line.split(":")[0].split(" ")[0].upper()
            if word == "DATA":
                self.say("354 go on")
                self.server.letters.append("".join(iter(lambda: self.rfile.readline().decode(), ".\r\n")))
                self.say("250 taken")
            elif word == "RCPT" and self.server.refuses:
                self.say("550 no such person")
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextlib.contextmanager
def post_office() -> Iterator[socketserver.ThreadingTCPServer]:
    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Mail) as server:
        server.letters, server.refuses = [], False
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
