"""Give every request an ID, which stands in the response and in every line that is logged while it is answered."""

import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
# An ID that a proxy or a client chose. Nothing else may enter the log.
SENT = re.compile(r"[A-Za-z0-9_-]{8,64}")
_current: ContextVar[str] = ContextVar("request_id", default="-")


def request_id() -> str:
    """Return the ID of the request that this thread answers, or answered last; "-" before the first."""
    return _current.get()


def identify_requests(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Return the middleware. It uses the ID that came with the request, or makes one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        sent = request.headers.get(HEADER, "")
        # It stays until the thread's next request, because Django logs an error after the middleware.
        _current.set(sent if SENT.fullmatch(sent) else uuid.uuid4().hex)
        response = get_response(request)
        response.headers[HEADER] = request_id()
        return response

    return middleware
