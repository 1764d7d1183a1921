"""How long a session lasts, and how recently its user confirmed their identity."""

import time
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.http import HttpRequest

SINCE = "signed_in_at"


def store_session_start(request: HttpRequest, **kwargs: Any) -> None:
    request.session[SINCE] = time.time()
    # A guest's session, or one that holds a visitor's form, has an expiry of its own: remove it.
    request.session.set_expiry(None)


def is_too_old(request: HttpRequest) -> bool:
    return bool(time.time() - request.session.get(SINCE, 0) > settings.SESSION_LONGEST)


def confirmed_lately(request: HttpRequest) -> bool:
    """Whether the user signed in, or entered a password, code or passkey, a short time ago."""
    records = get_authentication_records(request, request.user)
    confirmed_at = max([request.session.get(SINCE, 0), *(record["at"] for record in records)])
    return bool(time.time() - confirmed_at < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)
