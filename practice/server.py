"""The server: one process with one thread per connection; all threads share one state."""

import argparse
import os
import signal
import socketserver
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import environ
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

from practice import demo, faults
from practice.gateway.views import CONNECTION
from practice.state import store


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--seed", type=int, default=1, help="records are generated from this number")
    parser.add_argument("--scale", type=int, help="records in every list; without it, realistic sizes")
    parser.add_argument(
        "--state",
        type=Path,
        default=os.environ.get("PRACTICE_STATE") or None,
        help="file where the companies are saved",
    )
    parser.add_argument("--fault", choices=[*faults.FAULTS], help="fault to turn on at start, in every company")


class Handler(WSGIRequestHandler):
    timeout = 300
    disable_nagle_algorithm = True  # Otherwise the end of each reply waits 40 ms for the client's acknowledgement.

    def handle(self) -> None:
        with suppress(TimeoutError):  # A browser kept a connection open and sent nothing more.
            super().handle()

    def get_environ(self) -> dict[str, Any]:
        return super().get_environ() | {CONNECTION: self.connection}

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the control API has a log of requests."""


class Server(ThreadedWSGIServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]
        self.setup_environ()


def begin(*, state: Path | None, seed: int, scale: int | None, fault: str | None) -> None:
    """Load the companies saved in `state`, or create new ones."""
    if not store.open(state and Path(state)):
        with store.change() as companies:
            companies.update(demo.companies(seed=seed, scale=scale))
    if fault:
        with store.change() as companies:
            for company in companies.values():
                faults.add(company, fault)


def main() -> NoReturn:
    parser = argparse.ArgumentParser("practice")
    options(parser)
    given = parser.parse_args()
    if not environ.Env().bool("PRACTICE", default=False):
        parser.error("the practice company runs in practice mode only: set PRACTICE=1")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))
    begin(state=given.state, seed=given.seed, scale=given.scale, fault=given.fault)

    from practice.wsgi import application

    server = Server((given.host, given.port), Handler)
    server.set_app(application)
    sys.stdout.write(f"Practice companies on http://{given.host}:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
    sys.exit()
