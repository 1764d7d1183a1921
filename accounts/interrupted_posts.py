"""A form that arrives after its user was signed out: where they return to, and what they typed.

The form is never sent automatically afterwards. The page shows what was typed, and the user sends it again.
"""

import re
import time
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from django.forms import Form, PasswordInput
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render, resolve_url
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts.rate_limits import LimitReached, source_of, use_limit

AnyForm = TypeVar("AnyForm", bound=Form)
TYPED = "typed_before_sign_in"
# Names of values that are never stored, not even for a minute.
SECRET = re.compile("pass|secret|token|code|credential", re.IGNORECASE)
# Characters: the largest form has a few thousand. Seconds: the user has signed in by then.
LARGEST_TYPED, TYPED_EXPIRES = 20_000, 3600

WORDS: dict[str, Promise] = {
    "typed": _(
        "Your form was not sent because you had to sign in first. We restored what you typed, except passwords."
    ),
    "pressed": _("Your last action was not carried out because you had to sign in first. Nothing was changed."),
    "file": _(
        "Your form was not sent because you had to sign in first, or because the page had been open for too long. "
        "Choose the file again. We restored the rest, except passwords."
    ),
    "other_sign_in": _(
        "Your form was not sent because someone signed in with this browser after you opened its page. "
        "We restored what you typed, except passwords."
    ),
}


def sign_in_first(request: Any, *, way: str = "account_login", page: str = "") -> HttpResponse:
    """Send the user to the page named `way`. From there they return to `page`, by default the one they were on."""
    page = page or page_of(request)
    if request.method == "POST":
        save_typed(request, page)
    return redirect(f"{resolve_url(way)}?{urlencode({'next': page})}")


def page_of(request: Any, otherwise: str = "") -> str:
    """Return the page from which a form was sent. The address that the form was sent to cannot always be opened."""
    otherwise = otherwise or resolve_url("home")
    if request.htmx:
        return _own_path(request, request.headers.get("HX-Current-URL", "")) or otherwise
    if request.method != "POST":
        return str(request.get_full_path())
    return _own_path(request, request.headers.get("Referer", "")) or otherwise


def save_typed(request: Any, page: str, reason: str = "") -> None:
    """Save what was typed in the session until the user has signed in.

    Anyone can post, so what a signed-out visitor leaves is limited in size and number, and expires.
    """
    typed = {name: request.POST.getlist(name) for name in request.POST if not SECRET.search(name)}
    if len(str(typed)) > LARGEST_TYPED:
        return
    if not request.user.is_authenticated:
        try:
            use_limit("signed_out_forms_by_source", source_of(request))
        except LimitReached:
            return
        if not request.session.session_key:
            request.session.set_expiry(TYPED_EXPIRES)

    words = reason or ("typed" if any(map(any, typed.values())) else "pressed")
    if request.FILES:
        words = "file"
    until = time.time() + TYPED_EXPIRES
    request.session[TYPED] = {"page": page, "action": request.path, "typed": typed, "words": words, "until": until}


def restore_typed(request: HttpRequest, form: AnyForm, *sent_to: str) -> AnyForm:
    """Fill the form with what was typed into it before signing in. It is then `is_restored`, so that no fold hides it.

    `sent_to`: the addresses the form is sent to, if not the address of its page.
    """
    saved = typed_for(request)
    if form.is_bound or saved is None or saved["action"] not in (sent_to or [request.path]):
        return form

    form.is_restored = True  # type: ignore[attr-defined]
    data = QueryDict(mutable=True)
    for name, values in saved["typed"].items():
        data.setlist(name, values)
    for name, field in form.fields.items():
        sent_as = form.add_prefix(name)
        # A browser does not send boxes that are not checked, so for them the widget answers: not omitted.
        omitted = field.widget.value_omitted_from_data(data, {}, sent_as)
        if not omitted and not isinstance(field.widget, PasswordInput):
            form.initial[name] = field.widget.value_from_datadict(data, {}, sent_as)
    return form


def typed_for(request: HttpRequest) -> dict[str, Any] | None:
    """Return what was saved for the requested page."""
    saved: dict[str, Any] | None = request.session.get(TYPED)
    if saved is None or saved["page"] != request.get_full_path() or time.time() > saved["until"]:
        return None
    return saved


def csrf_failure(request: Any, reason: str = "") -> HttpResponse:
    """Handle a form whose CSRF token belongs to another session.

    Its user is signed out now, or someone signed in again, perhaps in another window.
    """
    if request.headers.get("Origin") != f"{request.scheme}://{request.get_host()}":
        return render(request, "403_csrf.html", status=403)

    page = page_of(request)
    save_typed(request, page, "other_sign_in" if request.user.is_authenticated else "")
    return redirect(page)


def _own_path(request: HttpRequest, url: str) -> str:
    """Return the path and query of one of our own addresses; empty for any other address."""
    # This check comes first: an address that cannot be parsed is not one of ours.
    if not url_has_allowed_host_and_scheme(url, {request.get_host()}):
        return ""
    parts = urlsplit(url)
    return parts._replace(scheme="", netloc="", fragment="").geturl() if parts.netloc else ""
