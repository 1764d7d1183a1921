"""Give every request an ID, which stands in the response and in every line that is logged while it is answered."""

import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
REQUEST_ID = "request_id"
"""The header of messages to workers."""
# An ID that a proxy or a client chose. Nothing else may enter the log.
SENT = re.compile(r"[A-Za-z0-9_-]{8,64}")
_current: ContextVar[str] = ContextVar("request_id", default="-")


def request_id() -> str:
    """Return the ID of the request that this thread answers, or answered last; "-" before the first.

    In a worker, it is the ID of the request that caused the work; of beat's message, if no request did.
    """
    return _current.get()


def set_request_id(value: str) -> None:
    """Let what this thread does now belong to a request, or to other work that has an ID."""
    _current.set(value if SENT.fullmatch(value) else uuid.uuid4().hex)


def identify_requests(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Return the middleware. It uses the ID that came with the request, or makes one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        # It stays until the thread's next request, because Django logs an error after the middleware.
        set_request_id(request.headers.get(HEADER, ""))
        response = get_response(request)
        response.headers[HEADER] = request_id()
        return response

    return middleware
