"""Encrypt values in envelopes.

Each value is encrypted with its own random data key. The data key is encrypted ("wrapped") with the first of
`settings.ENCRYPTION_KEYS`, so a new key only needs the data keys to be wrapped again. Both layers are AES-256-GCM.
Both are bound to the place of the value in the database (`bound`), so an envelope that is copied elsewhere does not
open.
"""

import base64
import os
from functools import cache
from hashlib import sha256
from typing import TypedDict

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE = 12
"""Bytes; the length that AES-GCM is specified for."""


class Wrapped(TypedDict):
    """Hold an encrypted data key and the ID of the key that encrypted it."""

    key_id: str
    wrapped_key: bytes


def envelope_seal(plain: bytes, bound: bytes) -> bytes:
    """Return an envelope: key ID, wrapped data key and ciphertext."""
    data_key = AESGCM.generate_key(256)
    return _envelope(wrap(data_key, bound), seal(data_key, plain, bound))


def envelope_open(envelope: bytes, bound: bytes) -> bytes | None:
    """Return the value; None if the envelope was moved or changed, or its key was removed from the settings."""
    try:
        key_id, wrapped, sealed = envelope.split(b"\n", 2)
        return unseal(unwrap(key_id.decode(), base64.b64decode(wrapped), bound), sealed, bound)
    except (InvalidTag, KeyError, ValueError):
        return None


def envelope_rewrap(envelope: bytes, bound: bytes) -> bytes:
    """Return the same envelope, wrapped with the current key. Raises KeyError, InvalidTag or ValueError."""
    key_id, wrapped, sealed = envelope.split(b"\n", 2)
    if key_id.decode() == current_key_id():
        return envelope
    return _envelope(wrap(unwrap(key_id.decode(), base64.b64decode(wrapped), bound), bound), sealed)


def key_ids() -> list[str]:
    """Return the IDs of the keys that this process knows. The first one is used to encrypt."""
    return list(_keys(tuple(settings.ENCRYPTION_KEYS)))


def key_marks() -> list[str]:
    """Return ID and digest of the same keys. The digest is needed since another key may have the same ID."""
    keys = _keys(tuple(settings.ENCRYPTION_KEYS))
    return [f"{key_id}={sha256(key).hexdigest()[:16]}" for key_id, key in keys.items()]


def current_key_id() -> str:
    """Return the ID of the key that is used to encrypt."""
    return key_ids()[0]


def wrap(data_key: bytes, bound: bytes) -> Wrapped:
    """Encrypt a data key with the current key."""
    key_id = current_key_id()
    return {"key_id": key_id, "wrapped_key": seal(_keys(tuple(settings.ENCRYPTION_KEYS))[key_id], data_key, bound)}


def unwrap(key_id: str, wrapped_key: bytes | memoryview, bound: bytes) -> bytes:
    """Decrypt a data key. Raises KeyError for an unknown key, InvalidTag if the data or `bound` is wrong."""
    return unseal(_keys(tuple(settings.ENCRYPTION_KEYS))[key_id], wrapped_key, bound)


def seal(key: bytes, plain: bytes, bound: bytes) -> bytes:
    """Encrypt a value with this key and return nonce and ciphertext."""
    # A nonce must never be used twice with the same key: AES-GCM would reveal both texts.
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound)


def unseal(key: bytes, sealed: bytes | memoryview, bound: bytes) -> bytes:
    """Decrypt what `seal` returned. Raises InvalidTag if the data or `bound` is wrong."""
    sealed = bytes(sealed)
    return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], bound)


def _envelope(wrapped: Wrapped, sealed: bytes) -> bytes:
    return b"\n".join((wrapped["key_id"].encode(), base64.b64encode(wrapped["wrapped_key"]), sealed))


@cache
def _keys(pairs: tuple[str, ...]) -> dict[str, bytes]:
    return {key_id: base64.b64decode(key) for key_id, _colon, key in (pair.partition(":") for pair in pairs)}
