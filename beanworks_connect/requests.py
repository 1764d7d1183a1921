"""One line in the log for each page that a browser requests, in practice mode."""

import logging
from collections.abc import Callable
from time import monotonic

from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path

log = logging.getLogger(__name__)
View = Callable[[HttpRequest], HttpResponse]


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
