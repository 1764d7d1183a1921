"""Send one request to an address that was checked, and read its answer, within a time that nothing extends.

Not by `requests`: it would look up the name again when it connects, so a name could lead to another address than the
one that was checked ("DNS rebinding"). It also follows redirects and proxies, and its time-out starts again with every
byte. So we have the socket, and h11 writes and reads HTTP.

One event loop, in a thread of its own, serves all requests of the process. A receiver that does not answer takes no
thread, so however many of them fall silent together, they delay no other.
"""

import asyncio
import socket
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import cache
from threading import Thread
from typing import NamedTuple, TypeVar
from urllib.parse import SplitResult, urlsplit

import h11

from core.made_once import made_once
from core.outgoing.addresses import LOOKUPS, is_allowed, look_up
from core.outgoing.errors import NoAnswer, NotSent

SECONDS = 10.0
"""For everything: look-up, connection, TLS, request and response."""
MOST = 4096
"""Bytes of the response that are read. What follows is not waited for."""
ENDS = (h11.EndOfMessage, h11.ConnectionClosed)
PORTS = {"https": 443, "http": 80}
LookUp = Callable[[str, int], Sequence[str]]
Result = TypeVar("Result")


class Answer(NamedTuple):
    """The status, the start of the body, and when the receiver wants the next request, as it wrote it."""

    status: int
    text: str
    retry_after: str = ""


@made_once
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    Thread(target=loop.run_forever, daemon=True, name="outgoing").start()
    return loop


def begin(work: Coroutine[object, object, Result]) -> Future[Result]:
    """Begin work of the event loop, such as `send`. Return its future result."""
    return asyncio.run_coroutine_threadsafe(work, _loop())


@cache
def public_authorities() -> ssl.SSLContext:
    """What checks certificates, made once: reading the authorities takes longer than a request."""
    return ssl.create_default_context()


async def send(
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
    end = asyncio.get_running_loop().time() + seconds
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    with _reasons():
        async with asyncio.timeout_at(end):
            addresses = await asyncio.wrap_future(LOOKUPS.submit(look_up, host, port))
            if not all(is_allowed(address, parts) for address in addresses):
                raise NotSent(NoAnswer.FORBIDDEN)
            sock = await _connect(addresses, port, end)
        context = tls() if parts.scheme == "https" else None
        async with _stream(sock, context, host, end) as (reader, writer):
            return await _exchange(reader, writer, end, parts, body, headers)


@contextmanager
def _reasons() -> Iterator[None]:
    """Raise NotSent for errors of the network and of what the receiver sends."""
    try:
        yield
    except TimeoutError:
        raise NotSent(NoAnswer.TIMEOUT) from None
    except ssl.SSLError:
        raise NotSent(NoAnswer.TLS) from None
    except (OSError, h11.RemoteProtocolError):
        raise NotSent(NoAnswer.UNREACHABLE) from None


async def _connect(addresses: Sequence[str], port: int, end: float) -> socket.socket:
    """Connect to the first address that takes connections."""
    loop = asyncio.get_running_loop()
    error: OSError | None = None
    for number, address in enumerate(addresses):
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        # An address that does not answer must leave time for the others.
        share = (end - loop.time()) / (len(addresses) - number)
        try:
            async with asyncio.timeout(share):
                await loop.sock_connect(sock, (address, port))
        except BaseException as failure:
            sock.close()
            if not isinstance(failure, OSError):
                raise
            error = failure
        else:
            return sock
    raise error or NotSent(NoAnswer.UNRESOLVED)


@asynccontextmanager
async def _stream(
    sock: socket.socket, context: ssl.SSLContext | None, host: str, end: float
) -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
    """Yield the connection, with TLS if there is a context for it, and close it."""
    name = host if context else None
    try:
        async with asyncio.timeout_at(end):
            reader, writer = await asyncio.open_connection(sock=sock, ssl=context, server_hostname=name, limit=MOST)
    except BaseException:
        sock.close()
        raise
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def _exchange(
    reader: StreamReader,
    writer: StreamWriter,
    end: float,
    url: SplitResult,
    body: bytes,
    headers: Mapping[str, str],
) -> Answer:
    http = h11.Connection(h11.CLIENT)
    async with asyncio.timeout_at(end):
        writer.write(_request(http, url, body, headers))
        # Informational responses, such as 103, come before the answer.
        while not isinstance(head := await _next_event(http, reader), h11.Response):
            pass
    retry_after = dict(head.headers).get(b"retry-after", b"").decode(errors="replace")
    return Answer(head.status_code, await _start_of_body(http, reader, end), retry_after)


def _request(http: h11.Connection, url: SplitResult, body: bytes, headers: Mapping[str, str]) -> bytes:
    fields = {"Host": url.netloc, **headers, "Content-Length": str(len(body)), "Connection": "close"}
    target = url._replace(scheme="", netloc="", path=url.path or "/").geturl()
    parts = (
        h11.Request(method="POST", target=target, headers=list(fields.items())),
        h11.Data(data=body),
        h11.EndOfMessage(),
    )
    return b"".join(http.send(part) or b"" for part in parts)


async def _next_event(http: h11.Connection, reader: StreamReader) -> h11.Event:
    """Wait for the next part of the response."""
    while (event := http.next_event()) is h11.NEED_DATA:
        http.receive_data(await reader.read(MOST))
    if not isinstance(event, h11.Event):
        raise h11.RemoteProtocolError("The response goes on in another protocol")
    return event


async def _start_of_body(http: h11.Connection, reader: StreamReader, end: float) -> str:
    start = b""
    with suppress(OSError, h11.RemoteProtocolError):
        async with asyncio.timeout_at(end):
            while len(start) < MOST and not isinstance(event := await _next_event(http, reader), ENDS):
                start += event.data if isinstance(event, h11.Data) else b""
    return start[:MOST].decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
