"""The pages for failed requests: 400 or 413, 503 while the database is down or busy, otherwise 500.

None of them needs the database. The 503 page contains what was sent with a form, ready to be sent again. Instead of a
page that was asked for, it loads again until the database answers: the reset of the demonstration takes seconds.
"""

import re
import sys
from dataclasses import dataclass

import psycopg
from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from beanworks_connect.request_checks import TooLarge
from core.request_ids import request_id

RETRY_AFTER = 5  # seconds
SECRET = re.compile("pass|secret|code|credential", re.IGNORECASE)
LABELS = {
    "password": _("Password"),
    "oldpassword": _("Current password"),
    "password1": _("New password"),
    "password2": _("Repeat new password"),
    "code": _("Code"),
}


@dataclass(frozen=True)
class SentField:
    name: str
    value: str

    @property
    def is_secret(self) -> bool:
        return bool(SECRET.search(self.name))

    @property
    def label(self) -> object:
        return LABELS.get(self.name, self.name)


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the error page. Django calls this while it handles the exception."""
    error = sys.exc_info()[1]
    if not isinstance(error, OperationalError | InterfaceError | psycopg.OperationalError):
        # Every line of the log about this request has the reference.
        return HttpResponseServerError(render_to_string("500.html", {"reference": request_id()}))

    context = {
        "path": request.get_full_path(),
        "fields": sent_fields(request),
        "reload_after": RETRY_AFTER if request.method == "GET" else None,
        "demonstration": settings.PRACTICE,
    }
    return HttpResponse(render_to_string("503.html", context), status=503, headers={"Retry-After": str(RETRY_AFTER)})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the error page without reading the form. Django's own view reads it, and fails on the same error again."""
    return HttpResponse(render_to_string("400.html"), status=413 if isinstance(exception, TooLarge) else 400)


def sent_fields(request: HttpRequest) -> list[SentField]:
    """Return what was sent with the form; empty for a request without a form."""
    try:
        sent = request.POST
    except (BadRequest, SuspiciousOperation, MultiPartParserError, OSError):
        return []
    return [SentField(name, str(value)) for name, values in sent.lists() for value in values]
