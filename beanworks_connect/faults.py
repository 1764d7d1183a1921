"""The page for a request that failed: 503 while the database is away or busy, otherwise 500.

Neither needs the database. What was sent with a form is on the 503 page, ready to be sent again.
"""

import re
import sys
from dataclasses import dataclass

import psycopg
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

RETRY_AFTER = 5  # seconds
SECRET = re.compile("pass|secret|code|credential", re.IGNORECASE)
LABELS = {
    "password": _("Password"),
    "oldpassword": _("Current password"),
    "password1": _("New password"),
    "password2": _("New password, again"),
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
    """Called by Django while it handles the exception."""
    error = sys.exc_info()[1]
    if not isinstance(error, OperationalError | InterfaceError | psycopg.OperationalError):
        return HttpResponseServerError(render_to_string("500.html"))

    page = render_to_string("503.html", {"path": request.get_full_path(), "fields": sent_fields(request)})
    return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER)})


def sent_fields(request: HttpRequest) -> list[SentField]:
    """What stood in the form; empty for a page that was only asked for."""
    return [SentField(name, str(value)) for name, values in request.POST.lists() for value in values]
