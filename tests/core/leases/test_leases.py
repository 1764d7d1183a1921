"""One worker has the lease of a row, and loses it when it stops renewing it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection as database
from django.db import transaction
from django.utils import timezone
from pytest_django.fixtures import Settings
from time_machine import travel

from core.leases import LARGEST_COUNT, LeaseLost, renew_periodically
from tests.support.postgresql import is_lock_awaited
from tests.support.processes import wait_until
from wizard.models import Connection, Verification


@pytest.fixture
def row(connection: Connection) -> Verification:
    return Verification.objects.create(connection=connection)


def claim_row(row: Verification) -> Verification:
    held = Verification.objects.claim(row.pk)
    assert held
    return held


def end_lease(row: Verification) -> None:
    Verification.objects.filter(pk=row.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db
def test_leased_row_cannot_be_claimed(row: Verification) -> None:
    held = claim_row(row)
    assert (held.state, held.attempts) == ("running", 1)
    assert Verification.objects.claim(row.pk) is None
    assert not Verification.objects.due().exists()


@pytest.mark.django_db
def test_worker_that_stops_renewing_loses_the_row_and_writes_nothing_more(row: Verification) -> None:
    silent = claim_row(row)
    started = silent.started_at
    end_lease(row)
    successor = claim_row(row)
    assert (successor.attempts, successor.started_at) == (2, started)
    with pytest.raises(LeaseLost), transaction.atomic():
        silent.hold()
    with transaction.atomic():
        successor.hold()
        successor.finish()
    row.refresh_from_db()
    assert (row.state, row.lease_token, row.lease_until) == ("done", None, None)


@pytest.mark.django_db
def test_done_row_is_never_claimed_again(row: Verification) -> None:
    claim_row(row).finish()
    assert Verification.objects.claim(row.pk) is None


@pytest.mark.django_db
def test_row_with_the_largest_counts_can_be_claimed(row: Verification) -> None:
    Verification.objects.update(attempts=LARGEST_COUNT, failures=LARGEST_COUNT)

    assert claim_row(row).attempts == LARGEST_COUNT


@pytest.mark.django_db
def test_released_row_is_due_at_once(row: Verification) -> None:
    claim_row(row).release()
    assert Verification.objects.due().get() == row
    assert claim_row(row).attempts == 2


@pytest.mark.django_db(transaction=True)
def test_one_of_eight_concurrent_claims_succeeds(row: Verification) -> None:
    def claim(_: int) -> bool:
        try:
            return Verification.objects.claim(row.pk) is not None
        finally:
            database.close()

    with ThreadPoolExecutor(8) as workers:
        assert sum(workers.map(claim, range(8))) == 1


@pytest.mark.django_db(transaction=True)
def test_claim_that_waits_for_another_sees_its_lease(row: Verification) -> None:
    """The first claim's lease ends later than one that begins with the statement of the second, which began before."""

    def claim() -> Verification | None:
        try:
            return Verification.objects.claim(row.pk)
        finally:
            database.close()

    with ThreadPoolExecutor(1) as worker:
        with transaction.atomic():
            Verification.objects.select_for_update().get(pk=row.pk)
            second = worker.submit(claim)
            wait_until(is_lock_awaited, "the second claim waits")
            claim_row(row)
        assert second.result() is None


@pytest.mark.django_db(transaction=True)
def test_slow_work_keeps_its_lease(row: Verification, settings: Settings) -> None:
    settings.LEASE_SECONDS = 1
    held = claim_row(row)
    first = held.lease_until
    assert first
    with renew_periodically(held):
        wait_until(lambda: Verification.objects.filter(lease_until__gt=first).exists(), "the lease is renewed")
    with transaction.atomic():
        held.hold()


@pytest.mark.django_db
@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(days=400)])
def test_lease_from_before_the_clock_was_set_back_has_ended(row: Verification, ahead: timedelta) -> None:
    claim_row(row)
    Verification.objects.filter(pk=row.pk).update(lease_until=timezone.now() + ahead)

    assert not Verification.objects.leased().exists()
    assert claim_row(row).attempts == 2


@pytest.mark.django_db
def test_the_clock_of_a_worker_does_not_matter(row: Verification) -> None:
    with travel(timezone.now() - timedelta(hours=1), tick=True):
        claim_row(row)

    assert Verification.objects.leased().exists()
    assert Verification.objects.claim(row.pk) is None


@pytest.mark.django_db
def test_the_clock_of_a_worker_does_not_date_its_work(row: Verification) -> None:
    """A sync reads changes since the start of the last one. A start in the future would hide some of them."""
    with travel(timezone.now() + timedelta(hours=3), tick=True):
        claimed_row = Verification.objects.claim(row.pk)

    assert claimed_row
    assert claimed_row.started_at
    assert claimed_row.started_at < timezone.now() + timedelta(hours=1)


def test_pause_longer_than_the_longest_has_ended(row: Verification) -> None:
    Verification.objects.filter(pk=row.pk).update(due_at=timezone.now() + timedelta(days=400))

    assert claim_row(row)


@pytest.mark.django_db
def test_attempt_that_makes_progress_is_not_a_failure(row: Verification) -> None:
    for _ in range(2):
        claim_row(row)
        end_lease(row)
    held = claim_row(row)
    assert held.failures == 3

    with transaction.atomic():
        held.advance()
    end_lease(row)

    assert claim_row(row).failures == 1


@pytest.mark.django_db
def test_work_that_is_handed_back_does_not_count_as_failed(row: Verification) -> None:
    claim_row(row).release()

    assert claim_row(row).failures == 1


@pytest.mark.django_db
def test_a_row_with_a_value_that_cannot_be_read_can_be_claimed_and_ended(row: Verification) -> None:
    with database.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE wizard_verification DROP CONSTRAINT verification_checks_are_texts")
        cursor.execute("UPDATE wizard_verification SET checks = repeat('9', 5000)::jsonb")

    held = claim_row(row)
    held.finish()

    assert not Verification.objects.active().exists()
