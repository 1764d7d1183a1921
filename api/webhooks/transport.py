"""Send one request to an address that was checked, and read its answer, within a time that nothing extends.

Not by `requests`: it would look up the name again when it connects, so a name could lead to another address than the
one that was checked ("DNS rebinding"). It also follows redirects and proxies, and its time-out starts again with every
byte.
"""

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Timer
from time import monotonic
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from api.models import WebhookDelivery
from api.webhooks.addresses import is_allowed, look_up
from api.webhooks.errors import NotSent

Reason = WebhookDelivery.FailureReason
SECONDS = 10.0
"""For everything: look-up, connection, TLS, request and response."""
MOST = 4096
"""Bytes of the response that are read. What follows is not waited for."""
PORTS = {"https": 443, "http": 80}
CONNECTIONS = {"https": HTTPSConnection, "http": HTTPConnection}
LookUp = Callable[[str, int, float], Sequence[str]]


class Answer(NamedTuple):
    status: int
    text: str


class Clock:
    """Counts the seconds that are left."""

    def __init__(self, seconds: float) -> None:
        self.end = monotonic() + seconds

    @property
    def left(self) -> float:
        left = self.end - monotonic()
        if left <= 0:
            raise NotSent(Reason.TIMEOUT)
        return left


@cache
def public_authorities() -> ssl.SSLContext:
    """What checks certificates, made once: reading the authorities takes longer than a request."""
    return ssl.create_default_context()


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    seconds: float = SECONDS,
    look_up: LookUp = look_up,
    tls: Callable[[], ssl.SSLContext] = public_authorities,
) -> Answer:
    """Send the body and return the answer, with any status. Raises NotSent. Follows no redirect."""
    clock = Clock(seconds)
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    addresses = look_up(host, port, clock.left)
    if not all(is_allowed(address, parts.scheme) for address in addresses):
        raise NotSent(Reason.FORBIDDEN)

    with _connect(addresses, port, clock) as sock:
        if parts.scheme == "https":
            sock = _with_tls(sock, host, tls())
        with sock, _until(clock, sock):
            return _exchange(sock, parts, port, body, headers)


def _connect(addresses: Sequence[str], port: int, clock: Clock) -> socket.socket:
    """Connect to the first address that takes connections."""
    for number, address in enumerate(addresses):
        try:
            # An address that does not answer must leave time for the others.
            return socket.create_connection((address, port), timeout=clock.left / (len(addresses) - number))
        except OSError as error:
            reason = Reason.TIMEOUT if isinstance(error, TimeoutError) else Reason.UNREACHABLE
    raise NotSent(reason if addresses else Reason.UNRESOLVED)


def _with_tls(sock: socket.socket, host: str, context: ssl.SSLContext) -> ssl.SSLSocket:
    try:
        # The receiver may have closed the connection already. Python would find that only when it has made a new
        # socket, which it does not close.
        sock.getpeername()
        # Not yet the handshake, because it must end in time too.
        return context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    except OSError:
        raise NotSent(Reason.UNREACHABLE) from None


@contextmanager
def _until(clock: Clock, sock: socket.socket) -> Iterator[None]:
    """End every wait for the socket when the time is over. Errors then mean that it is."""
    timer = Timer(clock.left, _shut_down, [sock])
    timer.daemon = True
    timer.start()
    sock.settimeout(clock.left)
    try:
        yield
        clock.left  # noqa: B018 - raises NotSent if the response was cut off
    except (OSError, HTTPException) as error:
        clock.left  # noqa: B018
        reason = Reason.TLS if isinstance(error, ssl.SSLError) else Reason.UNREACHABLE
        raise NotSent(Reason.TIMEOUT if isinstance(error, TimeoutError) else reason) from None
    finally:
        timer.cancel()


def _shut_down(sock: socket.socket) -> None:
    with suppress(OSError):
        # The method of the base class: that of a TLS socket would first forget its encryption.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _exchange(sock: socket.socket, url: SplitResult, port: int, body: bytes, headers: Mapping[str, str]) -> Answer:
    if isinstance(sock, ssl.SSLSocket):
        sock.do_handshake()
    connection = CONNECTIONS[url.scheme](url.hostname or "", port)
    connection.sock = sock  # connected already, so that it does not look up the name
    target = url._replace(scheme="", netloc="", path=url.path or "/").geturl()
    connection.request("POST", target, body, {**headers, "Connection": "close"})
    start = bytearray(MOST)
    with connection.getresponse() as response:
        # Not by `read`: it has no limit if a chunk has a negative length.
        del start[response.readinto(start) :]
    return Answer(response.status, start.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}"))
