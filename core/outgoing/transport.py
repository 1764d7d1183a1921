"""Send one request to an address that was checked, and read its answer, within a time that nothing extends.

Not by `requests`: it would look up the name again when it connects, so a name could lead to another address than the
one that was checked ("DNS rebinding"). It also follows redirects and proxies, and its time-out starts again with every
byte. So we have the socket, and h11 writes and reads HTTP.
"""

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from time import monotonic
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

import h11

from core.outgoing.addresses import is_allowed, look_up
from core.outgoing.errors import NoAnswer, NotSent

SECONDS = 10.0
"""For everything: look-up, connection, TLS, request and response."""
MOST = 4096
"""Bytes of the response that are read. What follows is not waited for."""
PORTS = {"https": 443, "http": 80}
LookUp = Callable[[str, int, float], Sequence[str]]


class Answer(NamedTuple):
    """The status, the start of the body, and when the receiver wants the next request, as it wrote it."""

    status: int
    text: str
    retry_after: str = ""


class Clock:
    """Counts the seconds that are left."""

    def __init__(self, seconds: float) -> None:
        self.end = monotonic() + seconds

    @property
    def left(self) -> float:
        left = self.end - monotonic()
        if left <= 0:
            raise NotSent(NoAnswer.TIMEOUT)
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
    """Send the body and return the answer, with any final status. Raises NotSent. Follows no redirect.

    An answer counts from the moment its head is complete. The body is only for the log, so one that is cut off or slow
    changes nothing.
    """
    clock = Clock(seconds)
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    addresses = look_up(host, port, clock.left)
    if not all(is_allowed(address, parts) for address in addresses):
        raise NotSent(NoAnswer.FORBIDDEN)

    with _connect(addresses, port, clock) as sock:
        if parts.scheme == "https":
            sock = _with_tls(sock, host, tls())
        with sock:
            try:
                return _exchange(sock, clock, parts, body, headers)
            except (OSError, h11.RemoteProtocolError) as error:
                raise NotSent(_reason_of(error)) from None


def _reason_of(error: Exception) -> NoAnswer:
    if isinstance(error, TimeoutError):
        return NoAnswer.TIMEOUT
    return NoAnswer.TLS if isinstance(error, ssl.SSLError) else NoAnswer.UNREACHABLE


def _connect(addresses: Sequence[str], port: int, clock: Clock) -> socket.socket:
    """Connect to the first address that takes connections."""
    for number, address in enumerate(addresses):
        try:
            # An address that does not answer must leave time for the others.
            return socket.create_connection((address, port), timeout=clock.left / (len(addresses) - number))
        except OSError as error:
            reason = NoAnswer.TIMEOUT if isinstance(error, TimeoutError) else NoAnswer.UNREACHABLE
    raise NotSent(reason if addresses else NoAnswer.UNRESOLVED)


def _with_tls(sock: socket.socket, host: str, context: ssl.SSLContext) -> ssl.SSLSocket:
    try:
        # The receiver may have closed the connection already. Python would find that only when it has made a new
        # socket, which it does not close.
        sock.getpeername()
        # Not yet the handshake, because it must end in time too.
        return context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    except OSError:
        raise NotSent(NoAnswer.UNREACHABLE) from None


def _exchange(sock: socket.socket, clock: Clock, url: SplitResult, body: bytes, headers: Mapping[str, str]) -> Answer:
    sock.settimeout(clock.left)  # for the whole handshake, and then for all that is sent
    if isinstance(sock, ssl.SSLSocket):
        sock.do_handshake()
    http = h11.Connection(h11.CLIENT)
    sock.settimeout(clock.left)
    sock.sendall(_request(http, url, body, headers))

    events = _events(http, sock, clock)
    # Informational responses, such as 103, come before the answer.
    head = next(event for event in events if isinstance(event, h11.Response))
    retry_after = dict(head.headers).get(b"retry-after", b"").decode(errors="replace")
    return Answer(head.status_code, _start_of_body(events), retry_after)


def _request(http: h11.Connection, url: SplitResult, body: bytes, headers: Mapping[str, str]) -> bytes:
    fields = {"Host": url.netloc, **headers, "Content-Length": str(len(body)), "Connection": "close"}
    target = url._replace(scheme="", netloc="", path=url.path or "/").geturl()
    parts = (
        h11.Request(method="POST", target=target, headers=list(fields.items())),
        h11.Data(data=body),
        h11.EndOfMessage(),
    )
    return b"".join(http.send(part) or b"" for part in parts)


def _events(http: h11.Connection, sock: socket.socket, clock: Clock) -> Iterator[h11.Event]:
    """Yield the parts of the response as they come."""
    while True:
        event = http.next_event()
        if isinstance(event, h11.Event):
            yield event
        if isinstance(event, (h11.EndOfMessage, h11.ConnectionClosed)):
            return
        if event is h11.NEED_DATA:
            # Set before each read: otherwise each byte would start the time again.
            sock.settimeout(clock.left)
            http.receive_data(sock.recv(MOST))


def _start_of_body(events: Iterator[h11.Event]) -> str:
    start = b""
    with suppress(OSError, h11.RemoteProtocolError, NotSent):
        for event in events:
            if isinstance(event, h11.Data):
                start += event.data
            if len(start) >= MOST:
                break
    return start[:MOST].decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
