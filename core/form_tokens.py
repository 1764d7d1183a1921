"""Process a form once if a double click or a reload sends it twice. The second time shows the result of the first."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.html import strip_tags
from django.utils.safestring import SafeData

from core.models import SentForm

# The name of the value that `{% form_token %}` adds to a form. It is different every time the page is shown.
TOKEN = "form_token"  # noqa: S105
REMEMBERED = timedelta(days=1)


def process_once(get_response: Callable[[Any], HttpResponse]) -> Callable[[Any], HttpResponse]:
    """Return the middleware. It applies to every form with a token.

    It does not apply to forms that htmx sends: these are saved again and again, and do not redirect.
    """

    def middleware(request: Any) -> HttpResponse:
        if request.method != "POST" or request.htmx or not request.POST.get(TOKEN):
            return get_response(request)
        with transaction.atomic():
            return _do_once(request, get_response)

    return middleware


def _do_once(request: Any, get_response: Callable[[Any], HttpResponse]) -> HttpResponse:
    """Process the form, or show its result if it was processed before."""
    # Of two requests at the same time, the second waits here for the transaction of the first.
    sent, is_new = SentForm.objects.get_or_create(key=_key(request.path, request.POST, _digests(request)))
    if not is_new:
        return _show_result(request, sent)

    response = get_response(request)
    if response.status_code >= 500:
        transaction.set_rollback(True)
    elif "Location" in response.headers:
        _remember(request, sent, response.headers["Location"])
    else:  # the form is shown again, with errors, and can be sent again
        sent.delete()
    return response


def _digests(request: Any) -> list[tuple[str, str]]:
    """Return the name and the digest of each file."""
    digests = []
    for name, file in sorted(request.FILES.items()):
        digests.append((name, hashlib.sha256(file.read()).hexdigest()))
        file.seek(0)
    return digests


def _key(path: str, data: QueryDict, files: list[tuple[str, str]]) -> str:
    """The key of a sent form: its path and all its values.

    With the token alone, a user who goes back to the page and changes a value would be treated as a double click.
    """
    values_by_name = sorted((name, values) for name, values in data.lists() if name != "csrfmiddlewaretoken")
    return hashlib.sha256(repr((path, values_by_name, files)).encode(errors="surrogatepass")).hexdigest()


def _remember(request: Any, sent: SentForm, location: str) -> None:
    """Save the result of the form.

    The session is saved here too, in the same transaction, so that the second request does not load its old state.
    """
    sent.location = location
    # Only the messages of this request. Iterating over the storage would mark all messages as shown.
    added = messages.get_messages(request)._queued_messages  # type: ignore[union-attr]
    sent.messages = [[message.level, _plain(message.message)] for message in added]
    sent.save()
    if request.session.modified and request.session.session_key:
        request.session.save()


def _plain(message: Any) -> str:
    """The message as text. Markup is never stored, since a text from a row is escaped when it is shown."""
    return unescape(strip_tags(str(message))) if isinstance(message, SafeData) else str(message)


def _show_result(request: Any, sent: SentForm) -> HttpResponse:
    for level, text in sent.messages:
        messages.add_message(request, level, text)
    # This session was loaded before the first request was processed. Saving it would undo what that request saved.
    request.session.modified = False
    return redirect(sent.location)
