"""Encrypt small values, such as passwords, so that the keys can be changed without encrypting the values again.

Each value is encrypted with its own random data key, and the data key is encrypted ("wrapped") with one of
`settings.ENCRYPTION_KEYS`. Both layers are AES-256-GCM, and both stand in one envelope:

    key ID, line break, wrapped data key (60 bytes), encrypted value

Both layers are bound to the place where the envelope is stored: an envelope that was copied to another row, customer or
cache key cannot be decrypted.
"""

import base64
import os
from functools import cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE = 12
"""Bytes; the length that AES-GCM is specified for."""
WRAPPED = NONCE + 32 + 16
"""Bytes of a wrapped data key: nonce, key and authentication tag."""


class Undecryptable(Exception):
    """Raised when an envelope was moved or changed, or its key is not in `settings.ENCRYPTION_KEYS`."""


def encrypt(value: bytes, place: bytes) -> bytes:
    """Return an envelope with this value, wrapped with the first of `settings.ENCRYPTION_KEYS`.

    place: where the envelope is stored. The same text is needed to decrypt it.
    """
    # A data key of its own, because only then can a new key be introduced by wrapping 32 bytes again.
    data_key = AESGCM.generate_key(256)
    return _wrap(data_key, place) + _seal(data_key, value, place)


def decrypt(envelope: bytes, place: bytes) -> bytes:
    """Return the value. Raises Undecryptable."""
    data_key, sealed = _unwrap(envelope, place)
    return _unseal(data_key, sealed, place)


def rewrap(envelope: bytes, place: bytes) -> bytes:
    """Return an envelope with the same encrypted value, wrapped with the first key; unchanged if it is already.

    Raises Undecryptable, even if the envelope need not change: a rotation of keys then finds every damaged value.
    """
    data_key, sealed = _unwrap(envelope, place)
    _unseal(data_key, sealed, place)

    is_current = envelope.startswith(_first_key_id().encode() + b"\n")
    return envelope if is_current else _wrap(data_key, place) + sealed


def key_marks() -> list[str]:
    """Return the keys that this process knows as "ID=digest", the one that encrypts first."""
    # With the digest, because two processes may have different keys under one ID.
    return [f"{key_id}={sha256(key).hexdigest()[:16]}" for key_id, key in _keys().items()]


def _wrap(data_key: bytes, place: bytes) -> bytes:
    key_id = _first_key_id()
    return key_id.encode() + b"\n" + _seal(_keys()[key_id], data_key, place)


def _unwrap(envelope: bytes, place: bytes) -> tuple[bytes, bytes]:
    """Return the data key and the encrypted value."""
    key_id, _line_break, rest = envelope.partition(b"\n")
    # The ID is not authenticated, and need not be: with any other key, the data key does not decrypt.
    key = _keys().get(key_id.decode(errors="replace"))
    if key is None:
        raise Undecryptable("the key is not in ENCRYPTION_KEYS")
    return _unseal(key, rest[:WRAPPED], place), rest[WRAPPED:]


def _seal(key: bytes, plain: bytes, place: bytes) -> bytes:
    # A nonce must never be used twice with the same key: AES-GCM would reveal both texts. 96 random bits are safe
    # for 2**32 values under one key (NIST SP 800-38D, 8.3), and a key wraps far fewer data keys.
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, place)


def _unseal(key: bytes, sealed: bytes, place: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], place)
    except (InvalidTag, ValueError) as error:  # ValueError: cut so short that not even a nonce is left
        raise Undecryptable("the envelope was moved or changed") from error


def _first_key_id() -> str:
    return next(iter(_keys()))


def _keys() -> dict[str, bytes]:
    """Return the keys by their IDs, the one that encrypts first."""
    # Read from the settings each time, because tests change them; decoded once, because syncs decrypt often.
    return _decoded_keys(tuple(settings.ENCRYPTION_KEYS))


@cache
def _decoded_keys(pairs: tuple[str, ...]) -> dict[str, bytes]:
    return {key_id: base64.b64decode(key) for key_id, _colon, key in (pair.partition(":") for pair in pairs)}
