import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password

from accounts.hashers import BoundedArgon2Hasher


def test_at_most_two_passwords_are_hashed_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher, inside, most, lock = BoundedArgon2Hasher(), 0, 0, threading.Lock()
    original = Argon2PasswordHasher.encode

    def encode(self: Argon2PasswordHasher, password: str, salt: str) -> str:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        try:
            return str(original(self, password, salt))
        finally:
            with lock:
                inside -= 1

    monkeypatch.setattr(Argon2PasswordHasher, "encode", encode)
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda number: hasher.encode(f"password {number}", hasher.salt()), range(16)))

    assert most == 2


def test_one_hash_takes_less_than_fifty_megabytes() -> None:
    assert BoundedArgon2Hasher().decode(make_password("a password"))["memory_cost"] < 50 * 1024


def test_a_password_hashed_with_djangos_own_parameters_still_fits() -> None:
    stored = Argon2PasswordHasher().encode("a password", "salt-of-eight-or-more")

    assert check_password("a password", stored)
    assert not check_password("another", stored)
    assert BoundedArgon2Hasher().must_update(stored)
