"""Secrets at rest: each under a random data key of its own, wrapped by the first of `settings.ENCRYPTION_KEYS`.

Both layers are AES-256-GCM and bound to customer, connection and field: a row copied elsewhere does not open.
"""

import base64
import os
from functools import cache
from typing import TypedDict

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from intacct.secret import Secret
from wizard.models import Connection, StoredSecret

NONCE = 12
# The fields that are stored: the password in use, and one that is to be proved before it takes its place.
PASSWORD, NEW_PASSWORD = "password", "new_password"


class Wrapped(TypedDict):
    key_id: str
    wrapped_key: bytes


def secret_store(*, connection: Connection, field: str, secret: Secret) -> None:
    """In the caller's transaction."""
    data_key, bound = AESGCM.generate_key(256), _bound(connection, field)
    StoredSecret.objects.update_or_create(
        connection=connection,
        field=field,
        defaults={
            "ciphertext": _seal(data_key, secret.reveal().encode(), bound),
            **_wrapped(data_key, bound),
        },
    )


def secret_open(connection: Connection, field: str) -> Secret:
    """Raises StoredSecret.DoesNotExist, and cryptography's InvalidTag for a row that was moved or changed."""
    row = StoredSecret.objects.get(connection=connection, field=field)
    bound = _bound(connection, field)
    return Secret(_unseal(_data_key(row, bound), row.ciphertext, bound).decode())


def secret_rewrap(row: StoredSecret) -> None:
    """Wrap the data key by the key now in use; the secret itself stays as it is."""
    bound = _bound(row.connection, row.field)
    for name, value in _wrapped(_data_key(row, bound), bound).items():
        setattr(row, name, value)
    row.save(update_fields=["key_id", "wrapped_key"])


def envelope_seal(plain: bytes, bound: bytes) -> bytes:
    """For what is kept outside the database, a while: key ID, wrapped data key and ciphertext in one."""
    data_key = AESGCM.generate_key(256)
    wrapped = _wrapped(data_key, bound)
    return b"\n".join(
        (wrapped["key_id"].encode(), base64.b64encode(wrapped["wrapped_key"]), _seal(data_key, plain, bound))
    )


def envelope_open(envelope: bytes, bound: bytes) -> bytes | None:
    """Nothing for an envelope that was moved, changed or sealed by a key since put away."""
    try:
        key_id, wrapped, sealed = envelope.split(b"\n", 2)
        data_key = _unseal(_keys(tuple(settings.ENCRYPTION_KEYS))[key_id.decode()], base64.b64decode(wrapped), bound)
        return _unseal(data_key, sealed, bound)
    except (InvalidTag, KeyError, ValueError):
        return None


def current_key_id() -> str:
    return next(iter(_keys(tuple(settings.ENCRYPTION_KEYS))))


def _data_key(row: StoredSecret, bound: bytes) -> bytes:
    return _unseal(_keys(tuple(settings.ENCRYPTION_KEYS))[row.key_id], row.wrapped_key, bound)


def _wrapped(data_key: bytes, bound: bytes) -> Wrapped:
    key_id = current_key_id()
    return {"key_id": key_id, "wrapped_key": _seal(_keys(tuple(settings.ENCRYPTION_KEYS))[key_id], data_key, bound)}


@cache
def _keys(pairs: tuple[str, ...]) -> dict[str, bytes]:
    return {key_id: base64.b64decode(key) for key_id, _colon, key in (pair.partition(":") for pair in pairs)}


def _bound(connection: Connection, field: str) -> bytes:
    return f"{connection.customer_id}/{connection.pk}/{field}".encode()


def _seal(key: bytes, plain: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound)


def _unseal(key: bytes, sealed: bytes | memoryview, bound: bytes) -> bytes:
    sealed = bytes(sealed)
    return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], bound)
