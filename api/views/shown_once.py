"""Show a secret once. Until its page is opened, the session has it, encrypted."""

from base64 import b64decode, b64encode

from accounts.access import UserRequest
from core.encryption import decrypt, encrypt
from core.tokens import LinkToken


def keep_until_shown(request: UserRequest, place: str, secret: LinkToken) -> None:
    request.session[place] = b64encode(encrypt(secret.reveal().encode(), place.encode())).decode()


def take_shown(request: UserRequest, place: str) -> str | None:
    """Return the secret and forget it. None if it was shown already."""
    stored = request.session.pop(place, None)
    return decrypt(b64decode(stored), place.encode()).decode() if stored else None
