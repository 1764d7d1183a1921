"""Measure requests, and in practice mode write one line in the log for each page that a browser requests."""

import logging
from collections.abc import Callable
from time import monotonic

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
        REQUEST_SECONDS.labels(view).observe(monotonic() - began)
        REQUESTS.labels(method, view, response.status_code).inc()
        return response

    return middleware


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
