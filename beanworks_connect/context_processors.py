from typing import Any

from django.conf import settings
from django.http import HttpRequest

from beanworks_connect.navigation import navigation_counts, notification_count
from beanworks_connect.outage_notices import broken_parts
from wizard.access import is_guest


def practice(request: HttpRequest) -> dict[str, bool]:
    """Tell every page whether the practice company stands in for Intacct."""
    return {"practice": settings.PRACTICE}


def parts(request: HttpRequest) -> dict[str, Any]:
    """Give pages the function that lists broken parts. Only pages that show them call it, in the template."""
    return {"broken_parts": broken_parts}


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Give the header the functions that count, and error pages whether they speak to a guest."""
    return {
        "navigation_counts": lambda: navigation_counts(request.user),
        "notification_count": lambda: notification_count(request),
        "is_guest": lambda: is_guest(request),
    }
