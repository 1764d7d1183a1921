"""A record always has its sync profile: triggers hold what a foreign key would check for each row."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from smartsync.models import ListItem
from tests.support.postgresql import is_lock_awaited
from tests.support.processes import wait_until
from wizard.models import SyncProfile

NO_PROFILE = 10**9


def add_item(profile_pk: int, key: int = 1) -> None:
    now = timezone.now()
    ListItem.objects.create(
        profile_id=profile_pk, list="vendors", key=key, fields={}, fingerprint=b"", first_seen_at=now, changed_at=now
    )


def delete_profile(profile: SyncProfile) -> None:
    """Delete the row alone, as SQL can. Django deletes the records before it."""
    execute("DELETE FROM wizard_syncprofile WHERE id = %s", profile.pk)


def execute(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def check_at_once() -> None:
    """Check what is checked at the end of a transaction."""
    execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_record_without_profile_is_refused(profile: SyncProfile) -> None:
    with pytest.raises(IntegrityError, match="needs an existing sync profile"):
        add_item(NO_PROFILE)


def test_one_record_without_profile_among_others_is_refused(profile: SyncProfile) -> None:
    with pytest.raises(IntegrityError, match="needs an existing sync profile"):
        execute(
            "INSERT INTO smartsync_listitem (profile_id, list, key, code, name, active, fields, fingerprint,"
            " first_seen_at, changed_at) SELECT pk, 'vendors', 1, '', '', TRUE, '{}', '', now(), now()"
            " FROM unnest(%s::bigint[]) AS pk",
            [profile.pk, NO_PROFILE],
        )


@pytest.mark.parametrize("statement", ["DELETE FROM {} WHERE id = %s", "UPDATE {} SET id = -id WHERE id = %s"])
def test_profile_with_records_stays(profile: SyncProfile, statement: str) -> None:
    add_item(profile.pk)

    execute(statement.format("wizard_syncprofile"), profile.pk)

    with pytest.raises(IntegrityError, match="profile with records stays"):
        check_at_once()


def test_record_stays_in_its_profile(profile: SyncProfile, other_profile: SyncProfile) -> None:
    add_item(profile.pk)

    ListItem.objects.update(profile=profile)
    with pytest.raises(IntegrityError, match="stays in its sync profile"):
        ListItem.objects.update(profile=other_profile)


def test_profile_can_be_deleted_before_its_records_in_one_transaction(profile: SyncProfile) -> None:
    add_item(profile.pk)

    delete_profile(profile)
    ListItem.objects.all().delete()

    check_at_once()


def in_own_connection(act: Callable[..., None], *values: Any) -> None:
    try:
        act(*values)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_deleting_a_profile_waits_for_its_new_records_and_fails(profile: SyncProfile) -> None:
    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            add_item(profile.pk)
            deletion = thread.submit(in_own_connection, delete_profile, profile)
            wait_until(is_lock_awaited, "the deletion waits for the record")

        with pytest.raises(IntegrityError, match="profile with records stays"):
            deletion.result()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_undone", [False, True])
def test_new_record_waits_for_the_deletion_of_its_profile(profile: SyncProfile, is_undone: bool) -> None:
    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            delete_profile(profile)
            addition = thread.submit(in_own_connection, add_item, profile.pk)
            wait_until(is_lock_awaited, "the record waits for the deletion")
            transaction.set_rollback(is_undone)

        error = addition.exception()

    assert isinstance(error, IntegrityError) is not is_undone
    assert ListItem.objects.count() == SyncProfile.objects.count() == is_undone


@pytest.mark.django_db(transaction=True)
def test_profile_is_not_deleted_by_a_transaction_that_would_not_see_its_records(profile: SyncProfile) -> None:
    execute("SET default_transaction_isolation = 'repeatable read'")

    with pytest.raises(DatabaseError, match="READ COMMITTED"):
        delete_profile(profile)

    execute("RESET default_transaction_isolation")
