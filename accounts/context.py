from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise

from accounts.interrupted import KEPT, WORDS, kept_for


def interrupted(request: HttpRequest) -> dict[str, Any]:
    """For pages to say that something was not sent, and for the sign-in page that it is not lost."""
    return {"interrupted": lambda: _words(request), "is_typed_kept": lambda: _is_typed_kept(request)}


def _words(request: HttpRequest) -> Promise | None:
    kept = kept_for(request)
    return WORDS[kept["words"]] if kept else None


def _is_typed_kept(request: HttpRequest) -> bool:
    return bool(request.session.get(KEPT, {}).get("words") == "typed")
