"""Send requests to Intacct over HTTP: connections, time-outs, allowed hosts and retries.

Only `Transport` knows HTTP. Any object with the methods of `Channel` can replace it in a `Session`.
Which HTTP statuses and failures can be retried follows Sage's SDKs.
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
    CompanyBusy,
    ConnectError,
    ForbiddenHost,
    IntacctError,
    NoAnswerInTime,
    Throttled,
    TlsError,
)
from intacct.reply import Reply
from intacct.reply_parser import LARGEST_BODY, parse
from intacct.secret import Secret, SecretBytes

ENDPOINT = "https://api.intacct.com/ia/xml/xmlgw.phtml"
INTACCT_HOSTS = ("*.intacct.com",)
"""Patterns of hosts, over HTTPS only. An entry with a scheme, like "http://127.0.0.1:8001", allows exactly that."""

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 120.0
"""Seconds without a byte. Intacct itself may work for up to 15 minutes on a reply; then a page should be smaller."""
DEADLINE = 300.0
"""Seconds for one exchange with all its retries."""
DELAYS = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds before each retry, at most. The wait is random between 0 and this, so that many workers do not retry at the
same moment."""
LONGEST_DELAY = 60.0
"""Seconds. For a longer Retry-After the exchange does not wait: the error goes to the caller, who can plan."""
CHUNK = 64 * 1024
"""Bytes."""

Gate = Callable[[], AbstractContextManager[object]]
OnBody = Callable[[bytes], object]


def ignore_body(_: bytes) -> None:
    """Do nothing: the `on_body` of callers that only need the parsed reply."""


@dataclass(frozen=True)
class Exchange:
    """Describe how one request is sent. One value, so that a session passes it on without naming its parts.

    endpoint: where to send it; "" for the gateway of the transport.
    repeat: whether the request may be sent again after a temporary failure. False for a sign-in with a password and
    for a write. A throttled request is retried in any case, since Intacct refused it before it looked at it.
    hide: secrets to replace by stars in error texts. gate: entered around each attempt; see `limiter`.
    on_body: called with each reply body as soon as it has come, before it is parsed.
    functions: the names of the functions in the request, for `Observe`.
    """

    endpoint: str = ""
    repeat: bool = False
    hide: Sequence[Secret] = ()
    gate: Gate = nullcontext
    on_body: OnBody = ignore_body
    functions: tuple[str, ...] = ()


Observe = Callable[[Exchange, "Reply | IntacctError", float], object]
"""Called after each HTTP request with what was sent, what came of it, and the seconds without waiting for the gate."""


def ignore_exchange(_how: Exchange, _outcome: Reply | IntacctError, _seconds: float) -> None:
    """Do nothing: the `observe` of callers that measure nothing."""


SINGLE = Exchange()
"""Send once to the transport's own gateway."""


@dataclass(frozen=True)
class RawReply:
    """Hold an HTTP reply before it is parsed. `retry_after`: seconds that the gateway asked us to wait."""

    status: int
    content_type: str
    body: bytes
    retry_after: float | None = None


class Channel(Protocol):
    """Describe what a session needs to reach Intacct. Tests and other transports implement it."""

    def allows(self, endpoint: str) -> bool:
        """Whether requests may go to this address."""
        ...

    def exchange(self, payload: bytes, how: Exchange = ...) -> Reply:
        """Send a request and return the reply; see `Transport.exchange`."""
        ...


class Transport:
    """Send HTTP requests to one gateway and reuse the connections.

    Times are in seconds. allowed_hosts: see `INTACCT_HOSTS`. deadline: for one exchange with all its retries.
    adapter: replaces the HTTP of `requests` for every address. sleep: called to wait between attempts.
    observe: see `Observe`.
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
        observe: Observe = ignore_exchange,
    ) -> None:
        self.endpoint = endpoint
        self.allowed_hosts = tuple(allowed_hosts)
        self.connect_timeout = connect_timeout
        self.read_timeout = read_timeout
        self.deadline = deadline
        self.sleep = sleep
        self.observe = observe
        self.http = requests.Session()
        # No proxy and no .netrc of the machine may see or change what goes to Intacct.
        self.http.trust_env = False
        # One transport may serve several companies, so a cookie of one must not be sent with another's request.
        self.http.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.http.headers.update({"Content-Type": "application/xml", "Accept-Encoding": "gzip"})
        for scheme in ("https://", "http://") if adapter else ():
            self.http.mount(scheme, adapter)  # type: ignore[arg-type]

    def allows(self, endpoint: str) -> bool:
        """Whether requests may go to this address, by `allowed_hosts`."""
        try:
            parts = urlsplit(endpoint)
            host = parts.hostname or ""
        except ValueError:
            return False
        return f"{parts.scheme}://{parts.netloc}" in self.allowed_hosts or (
            parts.scheme == "https"
            and parts.netloc.lower() in (host, f"{host}:443")
            # Parsers of addresses disagree about unusual characters: a backslash ends the host for one parser only.
            # An address that passes here must mean the same host to `requests`.
            and re.fullmatch(r"[a-z0-9.-]+", host) is not None
            and any(fnmatch(host, allowed) for allowed in self.allowed_hosts)
        )

    def exchange(self, payload: bytes, how: Exchange = SINGLE) -> Reply:
        """Send a request and return the parsed reply. Retry after a temporary failure if `how.repeat` allows it.

        payload: the request as XML.
        Raises IntacctError when the exchange fails. Failures that Intacct reports are in the reply.
        """
        end = time.monotonic() + self.deadline
        attempt = partial(self._attempt, payload, how, end)
        outcome = attempt()
        for delay in DELAYS:
            failure = outcome if isinstance(outcome, IntacctError) else outcome.temporary_failure
            if failure is None or not can_retry(failure, repeat=how.repeat):
                break
            wait = retry_delay(failure, delay)
            if time.monotonic() + wait >= end:
                break
            self.sleep(wait)
            outcome = attempt()
        if isinstance(outcome, IntacctError):
            raise outcome
        return outcome

    def send(self, payload: bytes, *, endpoint: str = "", end: float | None = None) -> RawReply:
        """Send a request once and return the unparsed reply.

        end: when to stop waiting, by `time.monotonic`. None: after `deadline` seconds.
        Raises TransportError.
        """
        address = endpoint or self.endpoint
        if not self.allows(address):
            raise ForbiddenHost(f"the address {address} is not one of Intacct's")
        end = end or time.monotonic() + self.deadline
        timeout = (self.connect_timeout, max(0.001, min(self.read_timeout, end - time.monotonic())))
        with (
            _translate_errors(),
            self.http.post(address, data=payload, timeout=timeout, allow_redirects=False, stream=True) as response,
        ):
            if response.is_redirect:
                raise ForbiddenHost("the gateway sent us to another address", status=response.status_code)
            return RawReply(
                response.status_code,
                response.headers.get("Content-Type", ""),
                _body(response, end),
                seconds_to_wait(response.headers.get("Retry-After", "")),
            )

    def _attempt(self, payload: bytes, how: Exchange, end: float) -> Reply | IntacctError:
        began = time.monotonic()
        outcome: Reply | IntacctError
        try:
            with how.gate():
                began = time.monotonic()
                raw = self.send(payload, endpoint=how.endpoint, end=end)
                seconds = time.monotonic() - began
            # After the gate, so that the next request can already take this one's slot.
            how.on_body(raw.body)
            outcome = parse(raw.body, raw.content_type, status=raw.status, hide=how.hide, retry_after=raw.retry_after)
        except CompanyBusy as error:
            return error  # nothing was sent
        except IntacctError as error:
            outcome, seconds = error, time.monotonic() - began
        self.observe(how, outcome, seconds)
        return outcome


def can_retry(failure: IntacctError, *, repeat: bool) -> bool:
    """Whether a request that failed like this may be sent again.

    repeat: whether the caller allows it: see `Exchange`.
    """
    # A throttled request was refused before Intacct looked at anything in it, a password included. So even a sign-in
    # can be sent again without a second try of its password.
    is_allowed = repeat or isinstance(failure, Throttled)
    return failure.retryable and is_allowed and (failure.retry_after or 0.0) <= LONGEST_DELAY


def retry_delay(failure: IntacctError, delay: float) -> float:
    """Seconds to wait before the retry: what Intacct asked for, and at least a random part of `delay`."""
    return max(failure.retry_after or 0.0, random.uniform(0, delay))  # noqa: S311 - spreads load only


def _body(response: requests.Response, end: float) -> bytes:
    """The whole body, decompressed.

    `read1` returns the bytes that have arrived, so that the deadline also holds for a body that arrives very slowly.
    """
    body = bytearray()
    while piece := response.raw.read1(CHUNK, decode_content=True):
        body += piece
        if len(body) > LARGEST_BODY:
            raise BodyTooLarge(f"the reply is larger than {LARGEST_BODY} bytes", status=response.status_code)
        if time.monotonic() > end:
            raise NoAnswerInTime("the reply did not end in time", status=response.status_code)
    # The reply to a sign-in holds a session key.
    return SecretBytes(body)


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Raise our own exceptions for those of the HTTP library."""
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


def seconds_to_wait(retry_after: str) -> float | None:
    """Return the seconds of a Retry-After header, which is a number of seconds or a date (RFC 9110).

    None if it is neither.
    """
    if re.fullmatch("[0-9]{1,9}", retry_after):
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError):  # the second for an hour or a time zone of very many digits
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
