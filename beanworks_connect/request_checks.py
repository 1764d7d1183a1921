"""Checks of a request before any page handles it: it must be well formed, of a sensible size, and received in time."""

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.core.files.uploadhandler import MemoryFileUploadHandler, StopFutureHandlers
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve

from core.client_address import client_address

View = Callable[[HttpRequest], HttpResponse]
SESSION_KEY = re.compile("[a-z0-9]{32}")
LONGEST_SIGNED_OUT = 64 * 1024
"""Bytes. The forms of signed-out visitors are short."""
READERS, READERS_PER_ADDRESS = 24, 8
"""How many of the web server's 64 threads may wait for the rest of a form, in all and for one address."""


class ExpectedFile(MemoryFileUploadHandler):
    """Takes a file into memory for a view that has `takes_file`. Anywhere else, it is refused before it is stored."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        # The whole body is already in memory and no larger than DATA_UPLOAD_MAX_MEMORY_SIZE.
        self.activated = True

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if not _takes_file(self.request):
            raise BadRequest("no form here takes a file")
        with suppress(StopFutureHandlers):  # there is no other handler
            super().new_file(*args, **kwargs)


def _takes_file(request: HttpRequest | None) -> bool:
    try:
        return request is not None and getattr(resolve(request.path_info).func, "takes_file", False)
    except Resolver404:
        return False


class TooLarge(BadRequest):
    """The body is longer than we read."""


class Busy(Exception):
    """The limit of forms received at the same time is reached."""


def incoming(get_response: View) -> View:
    """Refuse requests that cannot be read, and read the body of all others."""

    def middleware(request: HttpRequest) -> HttpResponse:
        _remove_broken_session(request)
        _refuse_unreadable(request)
        try:
            _read_body(request)
        except Busy:
            return HttpResponse(render_to_string("busy.html"), status=503, headers={"Retry-After": "5"})
        return get_response(request)

    return middleware


def _remove_broken_session(request: HttpRequest) -> None:
    """Remove a session cookie that is no session key.

    A cookie can contain any character, also one that PostgreSQL does not accept.
    """
    if not SESSION_KEY.fullmatch(request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")):
        request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)


def _refuse_unreadable(request: HttpRequest) -> None:
    """Refuse other charsets than UTF-8, and bodies of unknown length.

    Python knows charsets that do not encode text, like hex, and Django decodes forms with any charset that the client
    names.
    """
    charset = (request.content_params or {}).get("charset", "utf-8")
    if charset.lower().replace("_", "-") not in {"utf-8", "utf8"}:
        raise BadRequest(f"forms must be UTF-8, not {charset!r}")

    if not re.fullmatch("[0-9]{0,10}", request.META.get("CONTENT_LENGTH") or ""):
        raise BadRequest("Content-Length is not a number")
    if request.META.get("HTTP_TRANSFER_ENCODING"):
        raise BadRequest("a form must say its length")


def _read_body(request: HttpRequest) -> None:
    """Read the body. Only a limited number of bodies is read at a time.

    A body that arrives slowly occupies a thread, and the web server has no time-out that ends this. The proxy of
    docker-compose.yml passes on a form only when it has received all of it.
    """
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    signed_out = settings.SESSION_COOKIE_NAME not in request.COOKIES
    if length > (LONGEST_SIGNED_OUT if signed_out else settings.DATA_UPLOAD_MAX_MEMORY_SIZE):
        raise TooLarge(f"a body of {length} bytes")

    if length:
        with reading_slot(client_address(request)):
            body = request.body
        if len(body) != length:
            raise BadRequest("the form broke off")
        # Parse the form here: Django's own error pages read it too, and would fail a second time.
        _ = request.POST


_reading: Counter[str] = Counter()
_lock = threading.Lock()


@contextmanager
def reading_slot(address: str) -> Iterator[None]:
    """Count one more body that is read from `address`, or raise Busy."""
    with _lock:
        if _reading.total() >= READERS or _reading[address] >= READERS_PER_ADDRESS:
            raise Busy
        _reading[address] += 1
    try:
        yield
    finally:
        with _lock:
            _reading[address] -= 1
            if not _reading[address]:
                del _reading[address]
