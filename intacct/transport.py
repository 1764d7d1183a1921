"""The way to Intacct and back: connections, time-outs, allowed hosts, and what is tried again.

Only `Transport` knows HTTP. Whatever has the one method of `Channel` can take its place in a `Session`.
"""

import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from fnmatch import fnmatch
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Protocol
from urllib.parse import urlsplit

import requests
import urllib3

from intacct.errors import (
    BodyTooLarge,
    ConnectError,
    ForbiddenHost,
    IntacctError,
    NoAnswerInTime,
    Throttled,
    TlsError,
)
from intacct.parsing import LARGEST_BODY, parse
from intacct.reply import Reply
from intacct.secret import Secret, SecretBytes

ENDPOINT = "https://api.intacct.com/ia/xml/xmlgw.phtml"
INTACCT_HOSTS = ("*.intacct.com",)
"""Only over HTTPS. A host named with its scheme, like "http://127.0.0.1:8001", is allowed exactly so."""

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 120.0
"""Seconds without a byte. Intacct itself works on for up to 15 minutes; a page should then be smaller."""
DEADLINE = 300.0
"""Seconds for one exchange with everything it repeats."""
DELAYS = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds before each further try; the wait is drawn between nothing and this, so that many workers spread out."""
LONGEST_DELAY = 60.0
"""A Retry-After beyond this is not waited for: the caller hears of it at once and can plan."""
CHUNK = 64 * 1024

Gate = Callable[[], AbstractContextManager[object]]
Arrived = Callable[[bytes], object]


def unheeded(_: bytes) -> None: ...


@dataclass(frozen=True)
class RawReply:
    status: int
    content_type: str
    body: bytes
    retry_after: float | None = None


class Channel(Protocol):
    """What a session needs: the seam for another way of talking to Intacct."""

    def allows(self, endpoint: str) -> bool: ...

    def exchange(
        self,
        payload: bytes,
        *,
        endpoint: str = "",
        repeat: bool = False,
        hide: Sequence[Secret] = (),
        gate: Gate = ...,
        arrived: Arrived = ...,
    ) -> Reply: ...


class Transport:
    """HTTP to one gateway over kept-alive connections.

    Times are seconds. `adapter` replaces the HTTP of `requests` for every address; `sleep` is what waits between tries.
    """

    def __init__(
        self,
        endpoint: str = ENDPOINT,
        allowed_hosts: Sequence[str] = INTACCT_HOSTS,
        *,
        connect_timeout: float = CONNECT_TIMEOUT,
        read_timeout: float = READ_TIMEOUT,
        deadline: float = DEADLINE,
        sleep: Callable[[float], None] = time.sleep,
        adapter: requests.adapters.BaseAdapter | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.allowed_hosts = tuple(allowed_hosts)
        self.connect_timeout = connect_timeout
        self.read_timeout = read_timeout
        self.deadline = deadline
        self.sleep = sleep
        self.http = requests.Session()
        # Neither a proxy nor a .netrc of the machine may see or change what goes to Intacct.
        self.http.trust_env = False
        # One transport may serve several companies: no cookie of one may go along with another's request.
        self.http.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.http.headers.update({"Content-Type": "application/xml", "Accept-Encoding": "gzip"})
        for scheme in ("https://", "http://") if adapter else ():
            self.http.mount(scheme, adapter)  # type: ignore[arg-type]

    def allows(self, endpoint: str) -> bool:
        try:
            parts = urlsplit(endpoint)
            host = parts.hostname or ""
        except ValueError:
            return False
        return f"{parts.scheme}://{parts.netloc}" in self.allowed_hosts or (
            parts.scheme == "https"
            and parts.netloc.lower() in (host, f"{host}:443")
            # Readers of addresses disagree about odd characters: a backslash ends the host for one and not for another.
            and re.fullmatch(r"[a-z0-9.-]+", host) is not None
            and any(fnmatch(host, allowed) for allowed in self.allowed_hosts)
        )

    def exchange(
        self,
        payload: bytes,
        *,
        endpoint: str = "",
        repeat: bool = False,
        hide: Sequence[Secret] = (),
        gate: Gate = nullcontext,
        arrived: Arrived = unheeded,
    ) -> Reply:
        """Sends and reads; again, if `repeat` allows it, while the failure is a passing one.

        A request that Intacct turned away as one too many goes again in any case.
        Never allow it for a login with a password or for a write. What single functions failed with stays in the reply.
        arrived: called with each body that comes, before it is read.
        """
        end = time.monotonic() + self.deadline
        attempt = partial(self._attempt, payload, endpoint or self.endpoint, hide, gate, arrived, end)
        outcome = attempt()
        for delay in DELAYS:
            wait = _wait(outcome, delay, repeat)
            if wait is None or time.monotonic() + wait >= end:
                break
            self.sleep(wait)
            outcome = attempt()
        if isinstance(outcome, IntacctError):
            raise outcome
        return outcome

    def send(self, payload: bytes, *, endpoint: str = "", end: float | None = None) -> RawReply:
        """One try. `end`: the moment (time.monotonic) when waiting stops. Raises a TransportError."""
        address = endpoint or self.endpoint
        if not self.allows(address):
            raise ForbiddenHost(f"the address {address} is not one of Intacct's")
        end = end or time.monotonic() + self.deadline
        timeout = (self.connect_timeout, max(0.001, min(self.read_timeout, end - time.monotonic())))
        with (
            _named(),
            self.http.post(address, data=payload, timeout=timeout, allow_redirects=False, stream=True) as response,
        ):
            if response.is_redirect:
                raise ForbiddenHost("the gateway sent us to another address", status=response.status_code)
            return RawReply(
                response.status_code,
                response.headers.get("Content-Type", ""),
                _body(response, end),
                _seconds(response.headers.get("Retry-After", "")),
            )

    def _attempt(
        self, payload: bytes, endpoint: str, hide: Sequence[Secret], gate: Gate, arrived: Arrived, end: float
    ) -> Reply | IntacctError:
        try:
            with gate():
                raw = self.send(payload, endpoint=endpoint, end=end)
            arrived(raw.body)
            return parse(raw.body, raw.content_type, status=raw.status, hide=hide, retry_after=raw.retry_after)
        except IntacctError as error:
            return error


def _wait(outcome: Reply | IntacctError, delay: float, repeat: bool) -> float | None:
    """Seconds until the next try makes sense; None when it does not."""
    trouble = outcome if isinstance(outcome, IntacctError) else outcome.passing_failure
    # Too many requests: this one was turned away before anything in it was looked at, a password included.
    if trouble is None or not trouble.retryable or not (repeat or isinstance(trouble, Throttled)):
        return None
    asked = trouble.retry_after or 0.0
    return None if asked > LONGEST_DELAY else max(asked, random.uniform(0, delay))  # noqa: S311 - spreads load only


def _body(response: requests.Response, end: float) -> bytes:
    """The whole body, unpacked. read1 hands over what has come, so that a body that drips meets the deadline too."""
    body = bytearray()
    while piece := response.raw.read1(CHUNK, decode_content=True):
        body += piece
        if len(body) > LARGEST_BODY:
            raise BodyTooLarge(f"the reply is larger than {LARGEST_BODY} bytes", status=response.status_code)
        if time.monotonic() > end:
            raise NoAnswerInTime("the reply did not end in time", status=response.status_code)
    # The reply to a login holds a session key.
    return SecretBytes(body)


@contextmanager
def _named() -> Iterator[None]:
    """Turns what the HTTP library raises into our names for it."""
    try:
        yield
    except (requests.exceptions.SSLError, urllib3.exceptions.SSLError) as error:
        raise TlsError("the gateway could not prove that it is Intacct") from error
    except requests.exceptions.ConnectTimeout as error:
        raise ConnectError("no connection to the gateway came about in time") from error
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise NoAnswerInTime("the gateway did not answer in time") from error
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise ConnectError("the connection to the gateway failed or broke") from error


def _seconds(retry_after: str) -> float | None:
    """Retry-After is a number of seconds or a date."""
    if re.fullmatch("[0-9]{1,9}", retry_after):
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
