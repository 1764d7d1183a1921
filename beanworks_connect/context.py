from typing import Any

from django.conf import settings
from django.http import HttpRequest

from .notices import broken_parts


def practice(request: HttpRequest) -> dict[str, bool]:
    """Tells every page whether Intacct is played by the practice company."""
    return {"practice": settings.PRACTICE}


def parts(request: HttpRequest) -> dict[str, Any]:
    """Asked only by the pages that show it: a template calls it."""
    return {"broken_parts": broken_parts}
