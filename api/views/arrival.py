from allauth.account.utils import perform_login
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from api.connect_sessions import arrival_use
from api.models import Arrival
from core.tokens import LinkToken
from wizard.stages import known_stage

# Session key. Its value is the address of the other service to which the user may return.
RETURN_URL = "return_url"


@require_GET
@never_cache
def arrival(request: HttpRequest, token: str) -> HttpResponse:
    """Sign the user of the link in, and show the step at which they continue.

    A user who has set up a second factor is asked for it, as at any sign-in.
    """
    used = arrival_use(LinkToken(token))
    if used is None:
        return render(request, "api/arrival_ended.html", status=410)
    logout(request)  # another user may be signed in on this device
    welcome: HttpResponse = perform_login(request, used.user, redirect_url=_page_of(used))
    if used.return_url:
        request.session[RETURN_URL] = used.return_url
    return welcome


def _page_of(used: Arrival) -> str:
    connection = used.connection
    if connection is None:
        return resolve_url("wizard:home")
    if connection.is_live:
        return resolve_url("wizard:connection", connection.pk)
    return resolve_url("wizard:stage", connection.pk, known_stage(connection.stage))
