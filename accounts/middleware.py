from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils import timezone, translation

from accounts.interrupted_posts import TYPED, typed_for
from accounts.second_factor import is_missing
from accounts.session_lifetime import is_too_old
from core.menus import use_menu

View = Callable[[HttpRequest], HttpResponse]
# What a user who still needs a second factor may open: the pages that set it up, and those that need no sign-in.
OPEN = {"account_logout", "account_reauthenticate", "set_language", "open_invitation", "accept"}
OPEN_PREFIXES = ("mfa_", "account_reset_password")
# The header of requests that poll: see hx-headers in the templates.
POLL = "X-Poll"
# Session key of a guest of a handover, who has no account that could remember the menu.
OLDER_MENU = "older_menu"


def is_poll(request: HttpRequest) -> bool:
    """Whether a part of an open page asks for its newest state."""
    # A button inside a part that polls inherits the header, but its request is a POST.
    return request.method == "GET" and POLL in request.headers


def session_renewal(get_response: View) -> View:
    """Renew the session when a user requests a page, but not when a part of a page polls.

    Polling would keep alive a session that no one uses.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        session: Any = request.session  # of our own class
        if not is_poll(request) and session.is_due_for_renewal:
            session.modified = True
        return response

    return middleware


def language_choice(get_response: View) -> View:
    """Delete the language choice of this browser when its user changes: the previous user made that choice.

    The new user's own language applies until they choose another after signing in.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        before = request.user.pk
        response = get_response(request)
        if request.user.pk != before:
            response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
        return response

    return middleware


def interrupted_form(get_response: View) -> View:
    """Delete what was saved of a form once its page has shown it. A page takes no form from a poll."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        shows_page = request.method == "GET" and response.status_code == 200 and not is_poll(request)
        if shows_page and typed_for(request):
            del request.session[TYPED]
        return response

    return middleware


def session_limit(get_response: View) -> View:
    """Sign out a user whose session reached its maximum age, even if they are active.

    The page then sends them to sign in.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and is_too_old(request):
            logout(request)
        return get_response(request)

    return middleware


def second_factor(get_response: View) -> View:
    """Redirect a user who needs a second factor and has none to the page that sets it up."""

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


def user_settings(get_response: View) -> View:
    """Show times in the user's own zone, pages in their language, and paths in Intacct in the menu they have.

    A language that they chose in this browser comes first.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            with use_menu(older=request.session.get(OLDER_MENU, False)):
                return get_response(request)
        chosen_here = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
        language = translation.get_language() if chosen_here else request.user.language
        menu = use_menu(older=request.user.has_older_menu)
        with timezone.override(request.user.zone), translation.override(language), menu:
            return get_response(request)

    return middleware
