from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise

from accounts.interrupted_posts import TYPED, WORDS, typed_for


def interruption(request: HttpRequest) -> dict[str, Any]:
    """Let pages say that a form was not sent, and the sign-in page that its content is saved."""
    return {"interrupted": lambda: _reason_not_sent(request), "has_saved_input": lambda: _has_saved_input(request)}


def _reason_not_sent(request: HttpRequest) -> Promise | None:
    saved = typed_for(request)
    return WORDS[saved["words"]] if saved else None


def _has_saved_input(request: HttpRequest) -> bool:
    return bool(request.session.get(TYPED, {}).get("words", "pressed") != "pressed")
