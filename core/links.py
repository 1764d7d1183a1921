from django.conf import settings


def absolute(path: str) -> str:
    """The address of one of our pages, for an email.

    Never built from the request: its Host header is whatever the sender wrote there.
    """
    return f"{settings.SITE_URL}{path}"
