"""What leaves for Sentry and OpenTelemetry: nothing unless an address is set, and then no secret and no data."""

import gzip
import subprocess
import sys
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.local.failing_request import CANARY, CLICK
from tests.support.processes import ROOT
from tests.support.stack import on_own_database


class Collector(ThreadingHTTPServer):
    """A server that accepts and keeps every body."""

    def __init__(self) -> None:
        self.bodies: list[tuple[str, bytes]] = []
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        match self.headers.get("Content-Encoding"):
            case "gzip":
                body = gzip.decompress(body)
            case "deflate":
                body = zlib.decompress(body)
        self.server.bodies.append((self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def raise_error_in_a_request(**environment: str) -> str:
    """Return what the process printed."""
    command = [sys.executable, "-m", "tests.local.failing_request"]
    done = subprocess.run(
        command, cwd=ROOT, env=on_own_database() | environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


@pytest.mark.slow
@pytest.mark.django_db
def test_reports_have_no_secret_and_no_data(collector: Collector) -> None:
    address = f"127.0.0.1:{collector.server_port}"

    raise_error_in_a_request(SENTRY_DSN=f"http://public@{address}/1", OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{address}")

    errors = b"".join(body for path, body in collector.bodies if "envelope" in path)
    traces = b"".join(body for path, body in collector.bodies if path == "/v1/traces")
    assert b"RuntimeError" in errors
    assert b"An error with %s" in errors
    assert CLICK.encode() in errors
    assert b"beanworks-web" in traces
    assert b"POST handover/<token>/" in traces
    assert CANARY.encode() not in errors + traces


@pytest.mark.slow
@pytest.mark.django_db
def test_nothing_is_imported_or_sent_without_an_address(collector: Collector) -> None:
    assert raise_error_in_a_request().strip().endswith("[]")
    assert collector.bodies == []
