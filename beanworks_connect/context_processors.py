from typing import Any

from django.conf import settings
from django.http import HttpRequest

from beanworks_connect.navigation import navigation_counts
from beanworks_connect.outage_notices import broken_parts


def practice(request: HttpRequest) -> dict[str, bool]:
    """Tell every page whether the practice company stands in for Intacct."""
    return {"practice": settings.PRACTICE}


def parts(request: HttpRequest) -> dict[str, Any]:
    """Give pages the function that lists broken parts. Only pages that show them call it, in the template."""
    return {"broken_parts": broken_parts}


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Give pages the function that counts what there is to do. The header calls it."""
    return {"navigation_counts": lambda: navigation_counts(request.user)}
