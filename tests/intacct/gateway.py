"""Run a small gateway over real sockets. It sends the answers of the test and records the requests."""

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from lxml import etree

XML = "text/xml; encoding=UTF-8"


@dataclass(frozen=True)
class Answer:
    """cut: announce the whole length, but send only this many bytes. drip: send byte by byte until the test ends."""

    body: bytes | str = b""
    status: int = 200
    content_type: str = XML
    headers: dict[str, str] = field(default_factory=dict)
    gzipped: bool = False
    silent: bool = False
    hang_up: bool = False
    cut: int | None = None
    drip: bool = False


@dataclass(frozen=True)
class Asked:
    body: etree._Element
    headers: dict[str, str]
    connection: int
    path: str

    def text(self, path: str) -> str | None:
        return self.body.findtext(path)

    @property
    def functions(self) -> list[etree._Element]:
        return [function[0] for function in self.body.iterfind("operation/content/function")]

    @property
    def control_ids(self) -> list[str]:
        return [function.get("controlid", "") for function in self.body.iterfind("operation/content/function")]


class Gateway:
    """Send `answers` one after the other, and repeat the last one. Or set `app` to a function that answers."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: list[Answer] = []
        self.app: Callable[[Asked], Answer] = self._next
        self.over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"gateway": self}))
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self.endpoint = f"{self.origin}/ia/xml/xmlgw.phtml"

    @contextmanager
    def running(self) -> Iterator["Gateway"]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self.over.set()
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def _next(self, asked: Asked) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Handler(BaseHTTPRequestHandler):
    """Handle one connection. `Gateway` sets `gateway`."""

    gateway: Gateway
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle(self) -> None:
        # The client may close the connection at any time.
        with suppress(ConnectionError):
            super().handle()

    def do_POST(self) -> None:
        body = etree.fromstring(self.rfile.read(int(self.headers["Content-Length"])))
        asked = Asked(body, dict(self.headers), self.client_address[1], self.path)
        self.gateway.asked.append(asked)
        self.answer(self.gateway.app(asked))

    def answer(self, answer: Answer) -> None:
        if answer.silent:
            self.gateway.over.wait()
        if answer.silent or answer.hang_up:
            self.close_connection = True
            return
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        headers = {"Content-Type": answer.content_type, **answer.headers}
        if answer.gzipped:
            body = gzip.compress(body)
            headers["Content-Encoding"] = "gzip"
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(OSError):
            self.send(answer, body)

    def send(self, answer: Answer, body: bytes) -> None:
        self.close_connection = answer.cut is not None or answer.drip
        if not answer.drip:
            self.wfile.write(body[: answer.cut])
            return
        for byte in body:
            self.wfile.write(bytes([byte]))
            if self.gateway.over.wait(0.01):
                return

    def log_message(self, format: str, *args: object) -> None:
        pass
