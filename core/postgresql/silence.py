"""Connections that do not wait for a server that is frozen or gone.

PostgreSQL's own time-outs are kept by the server, so they are of no use when it is the server that stopped. A slow
query must not be taken for that: after a while without a word, the server is asked whether it still answers anyone.
"""

import socket
import struct
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg

ASK_AFTER = 7
"""Waits of a tenth of a second each. They are counted, not timed: our own process may have been held up as well."""
ANSWER_WITHIN = 1.0
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
"""The one question that PostgreSQL answers before anyone has signed in."""
Result = TypeVar("Result")


class ServerSilent(psycopg.OperationalError):
    """PostgreSQL does not answer."""


class ImpatientConnection(psycopg.Connection[Any]):
    """Raises ServerSilent within two seconds when the server stops answering, and is closed then."""

    def wait(self, gen: Generator[Any, Any, Result], interval: float = 0.1, timeout: float | None = None) -> Result:
        return super().wait(self._watched(gen), interval, timeout)

    def _watched(self, gen: Generator[Any, Any, Result]) -> Generator[Any, Any, Result]:
        """Do what `gen` does; psycopg sends it nothing whenever `interval` has passed without a word."""
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
