"""A receiver of webhooks on this machine, which accepts events, refuses them or does not answer."""

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self

import pytest
from standardwebhooks import Webhook


class Request(NamedTuple):
    path: str
    headers: dict[str, str]
    body: str

    @property
    def event(self) -> Any:
        return json.loads(self.body)

    def verify(self, secret: str) -> Any:
        """Check the signature as receivers do, and return the event."""
        return Webhook(secret).verify(self.body, self.headers)


class Receiver:
    """`taken`: every request. `statuses`: of the next answers; then 204. `headers`: of every answer.

    While `is_open` is cleared, no answer comes.

    `most_at_once`: how many requests it ever had at the same time.
    """

    def __init__(self) -> None:
        self.taken: list[Request] = []
        self.statuses: list[int] = []
        self.answer = b""
        self.headers: dict[str, str] = {}
        self.is_open = threading.Event()
        self.is_open.set()
        self.most_at_once = 0
        self._now = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.receiver = self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hooks?of=beanworks"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_open.set()
        self._server.shutdown()
        self._server.server_close()

    def encrypt(self, context: ssl.SSLContext) -> None:
        """Use TLS from now on. The handshake is made by the thread of the request."""
        wrapped = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._server.socket = wrapped

    @property
    def types(self) -> list[str]:
        return [request.event["type"] for request in self.taken]

    def take(self, request: Request) -> int:
        with self._lock:
            self.taken.append(request)
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            status = self.statuses.pop(0) if self.statuses else 204
        self.is_open.wait()
        with self._lock:
            self._now -= 1
        return status


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 200
    receiver: Receiver

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: the sender has given up."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        status = self.server.receiver.take(Request(self.path, dict(self.headers), body))
        self.send_response(status)
        answer = b"" if status == 204 else self.server.receiver.answer
        self.send_header("Content-Length", str(len(answer)))
        if status in (301, 302, 307, 308):
            self.send_header("Location", "/elsewhere")
        for name, value in self.server.receiver.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        pass
