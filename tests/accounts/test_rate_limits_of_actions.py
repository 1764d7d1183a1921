"""How often visitors may do what has a cost for others."""

import time
from threading import Thread

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone, translation
from time_machine import travel

from accounts.rate_limits import LIMITS, LimitReached, Uses, _lock, _place, use_limit
from tests.support.postgresql import is_lock_awaited
from tests.support.processes import wait_until


@pytest.mark.django_db
def test_limit_counts_each_key_separately() -> None:
    use_limit("reset_to_address", "ada@example.com")
    use_limit("reset_to_address", "bo@example.com")
    use_limit("invitation_to_address", "ada@example.com")

    with pytest.raises(LimitReached, match="in 1\xa0minute"):
        use_limit("reset_to_address", "ada@example.com")


@pytest.mark.django_db
def test_use_that_is_refused_later_does_not_count() -> None:
    with transaction.atomic():
        use_limit("reset_to_address", "ada@example.com")
        transaction.set_rollback(True)

    use_limit("reset_to_address", "ada@example.com")


@pytest.mark.django_db
def test_uses_from_a_clock_that_was_ahead_do_not_count() -> None:
    with travel(time.time() + 3600):
        use_limit("reset_to_address", "ada@example.com")

    use_limit("reset_to_address", "ada@example.com")


@pytest.mark.django_db
@pytest.mark.parametrize("name", LIMITS)
def test_every_limit_says_when_to_try_again(name: str) -> None:
    with travel(time.time(), tick=False):
        uses = min(limit.amount for limit in LIMITS[name]) - 1
        cache.set(_place(name, ("key",)), [Uses(timezone.now(), uses)])
        use_limit(name, "key")

        with pytest.raises(LimitReached, match=r"in (1.minute|1.hour|1.day)") as reached:
            use_limit(name, "key")
    assert reached.value.seconds > 0


@pytest.mark.django_db
def test_many_uses_are_stored_as_a_few() -> None:
    """An import of thousands of users uses a limit for each of them."""
    start = time.time()
    for use in range(150):
        with travel(start + 10 * use):
            use_limit("invitations_by_import", "key")

    stored = cache.get(_place("invitations_by_import", ("key",)))

    assert sum(uses.number for uses in stored) == 150
    assert len(stored) <= 3


@pytest.mark.django_db
def test_uses_of_one_slot_end_after_the_last_of_them() -> None:
    start = time.time() // 1440 * 1440
    for second in range(50):
        with travel(start + second, tick=False):
            use_limit("handovers_by_user", "key")

    with travel(start + 86400 + 48, tick=False), pytest.raises(LimitReached):
        use_limit("handovers_by_user", "key")
    with travel(start + 86400 + 50, tick=False):
        use_limit("handovers_by_user", "key")


@pytest.mark.django_db
def test_the_wait_is_in_the_users_language() -> None:
    use_limit("reset_to_address", "ada@example.com")

    with translation.override("fr-ca"), pytest.raises(LimitReached) as reached:
        use_limit("reset_to_address", "ada@example.com")

    assert "%" not in str(reached.value)


@pytest.mark.django_db(transaction=True)
def test_use_that_waited_for_another_counts_it() -> None:
    refused = []

    def use() -> None:
        try:
            use_limit("reset_to_address", "ada@example.com")
        except LimitReached as reached:
            refused.append(reached)
        finally:
            connection.close()

    second = Thread(target=use)
    with transaction.atomic():
        _lock(_place("reset_to_address", ("ada@example.com",)))
        second.start()
        wait_until(is_lock_awaited, "the second waits for the first")
        use_limit("reset_to_address", "ada@example.com")
    second.join()

    assert len(refused) == 1
