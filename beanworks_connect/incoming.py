"""What a request must be before any page looks at it: well formed, of a sensible size, and sent within its turn."""

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.exceptions import BadRequest
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from core.client_address import client_address

View = Callable[[HttpRequest], HttpResponse]
SESSION_KEY = re.compile("[a-z0-9]{32}")
LONGEST_SIGNED_OUT = 64 * 1024
"""Bytes. The forms of signed-out visitors are short."""
READERS, READERS_PER_ADDRESS = 24, 8
"""How many of the web server's 64 threads may wait for the rest of a form, in all and for one address."""


class FileRefused(FileUploadHandler):
    """No form of the product takes a file: one that comes is refused before it is stored anywhere."""

    def new_file(self, *args: object, **kwargs: object) -> None:
        raise BadRequest("no form takes a file")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


class Busy(Exception):
    """As many forms are being received as may be."""


def incoming(get_response: View) -> View:
    """Refuse what cannot be read, and read the body of what can."""

    def middleware(request: HttpRequest) -> HttpResponse:
        _forget_broken_session(request)
        _refuse_unreadable(request)
        try:
            _read_body(request)
        except Busy:
            return HttpResponse(render_to_string("busy.html"), status=503, headers={"Retry-After": "5"})
        return get_response(request)

    return middleware


def _forget_broken_session(request: HttpRequest) -> None:
    """A cookie can hold any character, also one that PostgreSQL refuses to look for."""
    if not SESSION_KEY.fullmatch(request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")):
        request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)


def _refuse_unreadable(request: HttpRequest) -> None:
    """Python knows charsets that are none, like hex, and Django decodes forms with whatever it is given."""
    charset = (request.content_params or {}).get("charset", "utf-8")
    if charset.lower().replace("_", "-") not in {"utf-8", "utf8"}:
        raise BadRequest(f"forms must be UTF-8, not {charset!r}")

    if not re.fullmatch("[0-9]{0,10}", request.META.get("CONTENT_LENGTH") or ""):
        raise BadRequest("Content-Length is not a number")
    if request.META.get("HTTP_TRANSFER_ENCODING"):
        raise BadRequest("a form must say its length")


def _read_body(request: HttpRequest) -> None:
    """A body that comes slowly holds up a thread, which no time-out of the server ends: only so many at a time.

    The proxy of docker-compose.yml sends on no form before it has all of it.
    """
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    signed_out = settings.SESSION_COOKIE_NAME not in request.COOKIES
    if length > (LONGEST_SIGNED_OUT if signed_out else settings.DATA_UPLOAD_MAX_MEMORY_SIZE):
        raise BadRequest(f"a body of {length} bytes")

    if length:
        with turn_to_read(client_address(request)):
            body = request.body
        if len(body) != length:
            raise BadRequest("the form broke off")
        _ = request.POST  # here, since Django's own pages for errors read it as well and fail once more


_reading: Counter[str] = Counter()
_lock = threading.Lock()


@contextmanager
def turn_to_read(address: str) -> Iterator[None]:
    """Count one more body that is being read from `address`, or raise Busy."""
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
