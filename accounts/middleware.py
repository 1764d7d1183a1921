from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils import timezone, translation

from accounts.interrupted import KEPT, kept_for
from accounts.second_factor import is_missing
from accounts.sessions import is_too_old

View = Callable[[HttpRequest], HttpResponse]
# What a user without the second factor they need may open: the pages that set it up, and those that need no sign-in.
OPEN = {"account_logout", "account_reauthenticate", "set_language", "healthz", "invited", "accept"}
OPEN_PREFIXES = ("mfa_", "account_reset_password")
# Sent by what polls: see hx-headers in the templates.
POLL = "X-Poll"


def session_renewal(get_response: View) -> View:
    """A page that a user asks for renews their session. A part of a page that asks by itself does not: it would keep
    a session alive that nobody uses.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        # What a user presses inside a part that polls inherits its header, but is a POST.
        polls = request.method == "GET" and POLL in request.headers
        if request.session.session_key and not polls:
            request.session.modified = True
        return get_response(request)

    return middleware


def language_choice(get_response: View) -> View:
    """Forget the language that was chosen in this browser when its user changes: it was the choice of the one before.

    A user's own language counts until they choose another after signing in.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        before = request.user.pk
        response = get_response(request)
        if request.user.pk != before:
            response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
        return response

    return middleware


def interrupted_form(get_response: View) -> View:
    """What was kept of a form is on the page that is shown now, and nowhere else afterwards."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.method == "GET" and response.status_code == 200 and kept_for(request):
            del request.session[KEPT]
        return response

    return middleware


def session_limit(get_response: View) -> View:
    """Sign out whose session has lasted long enough, however busy they were; the page then sends them to sign in."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and is_too_old(request):
            logout(request)
        return get_response(request)

    return middleware


def second_factor(get_response: View) -> View:
    """Who must have a second factor and has none is led to setting it up, and to nothing else."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and is_missing(request.user) and not _is_open(request):
            return redirect("mfa_index")
        return get_response(request)

    return middleware


def _is_open(request: HttpRequest) -> bool:
    try:
        name = resolve(request.path_info).url_name or ""
    except Resolver404:
        return True
    return name in OPEN or name.startswith(OPEN_PREFIXES)


def person_settings(get_response: View) -> View:
    """Show times in the signed-in person's own zone, and pages in their language until they choose another here."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return get_response(request)
        chosen_here = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
        language = translation.get_language() if chosen_here else request.user.language
        with timezone.override(request.user.zone), translation.override(language):
            return get_response(request)

    return middleware
