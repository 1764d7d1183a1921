"""A form that is sent twice, by a double click or a reload, is done once: the second time shows where the first led."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.safestring import SafeData

from core.models import SentForm

# The name of the value that `{% form_token %}` gives a form: another one on each page.
TOKEN = "form_token"  # noqa: S105
REMEMBERED = timedelta(days=1)


def once(get_response: Callable[[Any], HttpResponse]) -> Callable[[Any], HttpResponse]:
    """Applies to whatever form carries a token.

    Parts of pages that htmx sends do not: they are saved again and again, and lead nowhere.
    """

    def middleware(request: Any) -> HttpResponse:
        if request.method != "POST" or request.htmx or not request.POST.get(TOKEN):
            return get_response(request)
        with transaction.atomic():
            return _do_once(request, get_response)

    return middleware


def forget_sent_forms() -> None:
    SentForm.objects.filter(sent_at__lt=timezone.now() - REMEMBERED).delete()


def _do_once(request: Any, get_response: Callable[[Any], HttpResponse]) -> HttpResponse:
    """Of two at the same time, the second waits here until the first has been done."""
    sent, is_new = SentForm.objects.get_or_create(key=_key(request.path, request.POST))
    if not is_new:
        return _show_result(request, sent)

    response = get_response(request)
    if response.status_code >= 500:
        transaction.set_rollback(True)
    elif "Location" in response.headers:
        _remember(request, sent, response.headers["Location"])
    else:  # the form has something to say, and may be sent again
        sent.delete()
    return response


def _key(path: str, data: QueryDict) -> str:
    """The token alone would take the same page, gone back to and filled in differently, for a double click."""
    typed = sorted((name, values) for name, values in data.lists() if name != "csrfmiddlewaretoken")
    return hashlib.sha256(repr((path, typed)).encode(errors="surrogatepass")).hexdigest()


def _remember(request: Any, sent: SentForm, place: str) -> None:
    """The session is stored here, since the second request must not find it as it was before."""
    sent.place = place
    # Only what this request added: reading the storage as a whole would count all of it as shown.
    added = messages.get_messages(request)._queued_messages  # type: ignore[union-attr]
    sent.messages = [[message.level, _plain(message.message)] for message in added]
    sent.save()
    if request.session.modified and request.session.session_key:
        request.session.save()


def _plain(message: Any) -> str:
    """Text is stored, never markup: what is read back from a row is escaped."""
    return unescape(strip_tags(str(message))) if isinstance(message, SafeData) else str(message)


def _show_result(request: Any, sent: SentForm) -> HttpResponse:
    for level, text in sent.messages:
        messages.add_message(request, level, text)
    # It was read before the first request had been done: stored now, it would undo what that one put there.
    request.session.modified = False
    return redirect(sent.place)
