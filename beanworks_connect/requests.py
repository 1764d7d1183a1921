"""Measure requests, and write one line in the log for each page that a browser requests; in practice mode with its
address, otherwise with the names and keys that say what it was.
"""

import logging
from collections.abc import Callable
from time import monotonic

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path

from core.metrics import REQUEST_SECONDS, REQUESTS

log = logging.getLogger(__name__)
View = Callable[[HttpRequest], HttpResponse]
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def measure_requests(get_response: View) -> View:
    """Return the middleware. A client can send any method and any path, so only known ones become labels."""

    def middleware(request: HttpRequest) -> HttpResponse:
        began = monotonic()
        response = get_response(request)
        view = request.resolver_match.view_name if request.resolver_match else "unknown"
        method = request.method if request.method in METHODS else "unknown"
        seconds = monotonic() - began
        REQUEST_SECONDS.labels(view).observe(seconds)
        REQUESTS.labels(method, view, response.status_code).inc()
        if not settings.PRACTICE and "HX-Request" not in request.headers:
            _log(request, method, view, response.status_code, seconds)
        return response

    return middleware


def _log(request: HttpRequest, method: str, view: str, status: int, seconds: float) -> None:
    """Log what was done and by whom: names of ours and keys only. The address may contain a secret."""
    # Asking for a user that the view did not need would be a query.
    user = getattr(request, "_cached_user", None)
    ids = {**request.resolver_match.kwargs} if request.resolver_match else {}
    fields = {
        "method": method,
        "view": view,
        "status_code": status,
        "seconds": round(seconds, 3),
        "user_id": user.pk if user else None,
        "ids": {name: value for name, value in ids.items() if isinstance(value, int)},
    }
    log.info("%s %s %s, %.0f ms", method, view, status, 1000 * seconds, extra=fields)


def log_requests(get_response: View) -> View:
    """Return the middleware. It leaves out what htmx requests: open pages poll every second."""

    def middleware(request: HttpRequest) -> HttpResponse:
        began = monotonic()
        response = get_response(request)
        if "HX-Request" not in request.headers:
            milliseconds = 1000 * (monotonic() - began)
            path = escape_uri_path(request.path)  # it may contain control characters
            log.info("%s %s %s, %.0f ms", request.method, path, response.status_code, milliseconds)
        return response

    return middleware
