"""An envelope is decrypted only where it was stored, and only with its own key."""

from base64 import b64encode

import pytest
from pytest_django.fixtures import Settings

from core.encryption import Undecryptable, decrypt, encrypt, key_marks, rewrap

FIRST = f"first:{b64encode(b'1' * 32).decode()}"
SECOND = f"second:{b64encode(b'2' * 32).decode()}"
SECOND_UNDER_OTHER_KEY = f"second:{b64encode(b'3' * 32).decode()}"
PLACE = b"customer 1"


@pytest.fixture(autouse=True)
def _keys(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [FIRST]


@pytest.mark.parametrize("value", [b"", b"\n", b"\0" * 1000])
def test_any_value_is_decrypted_unchanged(value: bytes) -> None:
    assert decrypt(encrypt(value, PLACE), PLACE) == value


def test_envelope_of_another_place_is_not_decrypted() -> None:
    with pytest.raises(Undecryptable):
        decrypt(encrypt(b"a secret", PLACE), b"customer 2")


@pytest.mark.parametrize("damaged", [b"", b"first", b"first\n", b"first\n" + b"0" * 60, b"\xff\n", b"none\n"])
@pytest.mark.parametrize("act", [decrypt, rewrap])
def test_damaged_envelope_is_not_decrypted(act: object, damaged: bytes) -> None:
    with pytest.raises(Undecryptable):
        act(damaged, PLACE)  # type: ignore[operator]


def test_rewrapped_envelope_needs_only_the_new_key(settings: Settings) -> None:
    envelope = encrypt(b"a secret", PLACE)
    settings.ENCRYPTION_KEYS = [SECOND, FIRST]

    rewrapped = rewrap(envelope, PLACE)

    settings.ENCRYPTION_KEYS = [SECOND]
    assert decrypt(rewrapped, PLACE) == b"a secret"
    assert rewrap(rewrapped, PLACE) == rewrapped
    with pytest.raises(Undecryptable):
        decrypt(envelope, PLACE)


def test_rewrapping_finds_a_damaged_value_under_the_current_key() -> None:
    envelope = encrypt(b"a secret", PLACE)

    with pytest.raises(Undecryptable):
        rewrap(envelope[:-1] + bytes([envelope[-1] ^ 1]), PLACE)


def test_different_keys_of_one_id_have_different_marks(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [SECOND, FIRST]
    marks = key_marks()
    settings.ENCRYPTION_KEYS = [SECOND_UNDER_OTHER_KEY, FIRST]

    assert [mark.partition("=")[0] for mark in marks] == ["second", "first"]
    assert key_marks()[0] != marks[0]
    assert key_marks()[1] == marks[1]
