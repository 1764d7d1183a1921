"""The second factor of a user: who needs one, and how its secrets are encrypted in the database."""

import logging
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import suppress

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings

from accounts.models import User
from core.encryption import Undecryptable, decrypt, encrypt, rewrap
from core.rewrapping import rewrap_rows

log = logging.getLogger(__name__)
# What the envelopes are bound to. The same for all users, since allauth does not say whose secret it encrypts.
PLACE = b"second factor"
SECRETS = ("secret", "seed")  # of an authenticator app, and of recovery codes


class SecondFactorUnreadable(Exception):
    """The stored secret of a second factor cannot be decrypted.

    No code can be checked, so the user must set it up again.
    """


def is_missing(user: User) -> bool:
    """Whether this user must set up a second factor before anything else."""
    return bool(settings.SECOND_FACTOR_REQUIRED and user.is_beanworks and not has_second_factor(user))


def has_second_factor(user: User) -> bool:
    return bool(is_mfa_enabled(user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]))


def encrypt_secret(text: str) -> str:
    return b64encode(encrypt(text.encode(), PLACE)).decode()


def decrypt_secret(stored: str) -> str:
    """Decrypt a secret. Raises SecondFactorUnreadable if its key is lost or its row is damaged."""
    try:
        return decrypt(b64decode(stored), PLACE).decode()
    except (Undecryptable, ValueError):  # ValueError: not even base64
        log.error("A second factor cannot be opened: its key is not among ENCRYPTION_KEYS, or its row is damaged")
        raise SecondFactorUnreadable from None


def second_factor_key_ids() -> Iterator[str]:
    """Yield the ID of the key of each secret, except of damaged ones."""
    for data in Authenticator.objects.filter(data__has_any_keys=SECRETS).values_list("data", flat=True).iterator():
        for name in data.keys() & set(SECRETS):
            with suppress(ValueError):
                key_id, line_break, _rest = b64decode(data[name]).partition(b"\n")
                yield from [key_id.decode()] if line_break else []


def second_factors_rewrap() -> tuple[int, int]:
    """Encrypt every secret with the current key. Returns how many were changed, and how many cannot be decrypted."""
    return rewrap_rows(Authenticator.objects.filter(data__has_any_keys=SECRETS), _rewrap)


def _rewrap(row: Authenticator) -> bool:
    before = dict(row.data)
    for name in row.data.keys() & set(SECRETS):
        row.data[name] = b64encode(rewrap(b64decode(row.data[name]), PLACE)).decode()
    row.save(update_fields=["data"])
    return bool(row.data != before)
