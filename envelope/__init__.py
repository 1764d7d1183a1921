"""Envelopes: each under a random data key of its own, wrapped by the first of `settings.ENCRYPTION_KEYS`.

Both layers are AES-256-GCM and bound to a place, `bound`: an envelope copied elsewhere does not open.
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


class Wrapped(TypedDict):
    key_id: str
    wrapped_key: bytes


def envelope_seal(plain: bytes, bound: bytes) -> bytes:
    """Key ID, wrapped data key and ciphertext in one."""
    data_key = AESGCM.generate_key(256)
    return _joined(wrap(data_key, bound), seal(data_key, plain, bound))


def envelope_open(envelope: bytes, bound: bytes) -> bytes | None:
    """Nothing for an envelope that was moved, changed or sealed by a key since put away."""
    try:
        key_id, wrapped, sealed = envelope.split(b"\n", 2)
        return unseal(unwrap(key_id.decode(), base64.b64decode(wrapped), bound), sealed, bound)
    except (InvalidTag, KeyError, ValueError):
        return None


def envelope_rewrap(envelope: bytes, bound: bytes) -> bytes:
    """The same envelope under the key now in use. Raises KeyError, InvalidTag or ValueError where it does not open."""
    key_id, wrapped, sealed = envelope.split(b"\n", 2)
    if key_id.decode() == current_key_id():
        return envelope
    return _joined(wrap(unwrap(key_id.decode(), base64.b64decode(wrapped), bound), bound), sealed)


def key_ids() -> list[str]:
    """Of the keys that this process knows; the first one seals."""
    return list(_keys(tuple(settings.ENCRYPTION_KEYS)))


def key_marks() -> list[str]:
    """Of the same keys: the ID and a digest, since another key may have the same ID."""
    keys = _keys(tuple(settings.ENCRYPTION_KEYS))
    return [f"{key_id}={sha256(key).hexdigest()[:16]}" for key_id, key in keys.items()]


def current_key_id() -> str:
    return key_ids()[0]


def wrap(data_key: bytes, bound: bytes) -> Wrapped:
    key_id = current_key_id()
    return {"key_id": key_id, "wrapped_key": seal(_keys(tuple(settings.ENCRYPTION_KEYS))[key_id], data_key, bound)}


def unwrap(key_id: str, wrapped_key: bytes | memoryview, bound: bytes) -> bytes:
    return unseal(_keys(tuple(settings.ENCRYPTION_KEYS))[key_id], wrapped_key, bound)


def seal(key: bytes, plain: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound)


def unseal(key: bytes, sealed: bytes | memoryview, bound: bytes) -> bytes:
    sealed = bytes(sealed)
    return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], bound)


def _joined(wrapped: Wrapped, sealed: bytes) -> bytes:
    return b"\n".join((wrapped["key_id"].encode(), base64.b64encode(wrapped["wrapped_key"]), sealed))


@cache
def _keys(pairs: tuple[str, ...]) -> dict[str, bytes]:
    return {key_id: base64.b64decode(key) for key_id, _colon, key in (pair.partition(":") for pair in pairs)}
