import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password

from accounts.hashers import BoundedArgon2Hasher

HASHER = BoundedArgon2Hasher()
STORED = HASHER.encode("a password", HASHER.salt())
HASH: dict[str, Callable[[], object]] = {
    "encode": lambda: HASHER.encode("a password", HASHER.salt()),
    "verify": lambda: HASHER.verify("a password", STORED),
}


@pytest.mark.parametrize("method", HASH)
def test_at_most_two_passwords_are_hashed_at_a_time(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    inside, most, lock = 0, 0, threading.Lock()
    original = getattr(Argon2PasswordHasher, method)

    def count(*args: object) -> object:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        try:
            return original(*args)
        finally:
            with lock:
                inside -= 1

    monkeypatch.setattr(Argon2PasswordHasher, method, count)
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda _: HASH[method](), range(6)))

    assert most == 2


def test_one_hash_takes_less_than_50_megabytes() -> None:
    assert HASHER.decode(STORED)["memory_cost"] < 50 * 1024


def test_password_hashed_with_djangos_own_parameters_is_accepted() -> None:
    stored = Argon2PasswordHasher().encode("a password", "salt-of-eight-or-more")

    assert check_password("a password", stored)
    assert not check_password("another", stored)
    assert BoundedArgon2Hasher().must_update(stored)
