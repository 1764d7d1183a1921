"""How long a session lasts, and how lately its person has shown who they are."""

import time
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.http import HttpRequest

SINCE = "signed_in_at"


def session_started(request: HttpRequest, **kwargs: Any) -> None:
    request.session[SINCE] = time.time()
    request.session.set_expiry(None)  # a guest's session, or one that keeps a visitor's form, expires otherwise


def is_too_old(request: HttpRequest) -> bool:
    return bool(time.time() - request.session.get(SINCE, 0) > settings.SESSION_LONGEST)


def confirmed_lately(request: HttpRequest) -> bool:
    """By signing in, or since then by password, code or passkey."""
    records = get_authentication_records(request, request.user)
    shown = max([request.session.get(SINCE, 0), *(record["at"] for record in records)])
    return bool(time.time() - shown < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)
