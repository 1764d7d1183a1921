"""Find out whether a process has the encryption keys that were used, before a customer's secret cannot be opened.

The canary is one encrypted value without meaning, in a row of its own. The first process that is asked whether it is
ready writes it. A process that cannot open it lacks the key, or has another one under the same ID.
"""

from django.utils import timezone

from core.encryption import Undecryptable, decrypt, encrypt, key_marks
from core.models import KeyCanary

PLACE = b"key canary"
INSERT = "INSERT INTO core_keycanary (id, envelope, created_at) VALUES (1, %s, now()) ON CONFLICT DO NOTHING"
SELECT = "SELECT envelope FROM core_keycanary"


def new_envelope() -> bytes:
    """Return a canary that is encrypted with the first of the keys."""
    return encrypt(b"canary", PLACE)


def can_open(envelope: bytes) -> bool:
    """Return whether this process has the key of the canary."""
    try:
        decrypt(envelope, PLACE)
    except Undecryptable:
        return False
    return True


def renew_canary() -> None:
    """Encrypt the canary with the first of the keys, also if no key opens it any more. For a change of keys."""
    first_key = key_marks()[0].partition("=")[0].encode()
    canary = KeyCanary.objects.first()
    envelope = bytes(canary.envelope) if canary else b""
    if not (envelope.startswith(first_key + b"\n") and can_open(envelope)):
        KeyCanary.objects.update_or_create(defaults={"envelope": new_envelope(), "created_at": timezone.now()})
