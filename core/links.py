"""Build absolute URLs."""

from django.conf import settings


def absolute_url(path: str) -> str:
    """Return the URL of one of our pages, for an email.

    It is never built from the request, because the sender of a request can write anything in its Host header.
    """
    return f"{settings.SITE_URL}{path}"
