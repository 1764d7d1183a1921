"""Stop waiting for a PostgreSQL server that is frozen or gone.

The server itself enforces PostgreSQL's time-outs, so they do not help when the server stops. A slow query must not look
like a stopped server: after some time without data, we ask the server over a new connection whether it still answers.
"""

import socket
import struct
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg

ASK_AFTER = 7
"""Waits of a tenth of a second each. We count waits instead of time, because our own process may have been stopped."""
ANSWER_WITHIN = 1.0
"""Seconds."""
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
"""The only message that PostgreSQL answers without a sign-in (SSLRequest)."""
Result = TypeVar("Result")


class ServerSilent(psycopg.OperationalError):
    """Raised when PostgreSQL does not answer."""


class ImpatientConnection(psycopg.Connection[Any]):
    """Connect to PostgreSQL. If the server stops answering, close and raise ServerSilent within two seconds."""

    def wait(self, gen: Generator[Any, Any, Result], interval: float = 0.1, timeout: float | None = None) -> Result:
        """Wait for the server, as psycopg does. Raises ServerSilent."""
        return super().wait(self._watch(gen), interval, timeout)

    def _watch(self, gen: Generator[Any, Any, Result]) -> Generator[Any, Any, Result]:
        """Do what `gen` does and count empty waits: psycopg sends it nothing when `interval` passes without data."""
        silent = 0
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                silent = 0 if ready else silent + 1
                if silent and silent % ASK_AFTER == 0 and not answers(self.info.host, self.info.port):
                    self.pgconn.finish()
                    raise ServerSilent("PostgreSQL does not answer")
                wanted = gen.send(ready)
        except StopIteration as end:
            result: Result = end.value
            return result


def answers(host: str, port: int) -> bool:
    """Return whether a PostgreSQL server answers at this address within `ANSWER_WITHIN` seconds.

    host: a name, an IP address, or the absolute path of the folder with the server's socket.
    """
    try:
        with _connect(host, port) as server:
            server.sendall(SSL_REQUEST)
            return bool(server.recv(1))
    except OSError:
        return False


def _connect(host: str, port: int) -> socket.socket:
    if not host.startswith("/"):
        return socket.create_connection((host, port), ANSWER_WITHIN)

    server = socket.socket(socket.AF_UNIX)
    server.settimeout(ANSWER_WITHIN)
    server.connect(f"{host}/.s.PGSQL.{port}")
    return server
