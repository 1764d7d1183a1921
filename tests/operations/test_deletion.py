"""A customer is deleted by two users of support and a worker, completely and without touching anything else."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import Customer, Import, ImportLine, Invitation, OrgUnit, User
from api.models import WebhookEndpoint
from api.webhooks.endpoints import disable, endpoint_create
from audit.models import AuditEvent
from audit.services import event_record
from core.errors import Refused
from core.leases import State
from core.work import MOST_FAILURES
from mail.models import Email
from operations.channels.services import channel_create
from operations.deletion import (
    deletion_cancel,
    deletion_confirm,
    deletion_request,
    deletion_retry,
)
from operations.models import ChannelMessage, CustomerDeletion
from operations.tasks import channel_message_run, deletion_run
from tests.operations.filled_customer import (
    CANARY,
    events_of,
    execute,
    fill_with_canaries,
    filled_customer,
    row_counts,
)
from tests.support.killed_workers import is_killed
from tests.support.postgresql import run_program

# What a worker executes once in every batch, after it has deleted its rows, and what it executes first and last.
ADVANCE = 'UPDATE "operations_customerdeletion" SET "lease_until" = (CLOCK_TIMESTAMP() + %s), "failures"'
CLAIM_OR_FINISH = 'UPDATE "operations_customerdeletion" SET "state"'


def second_support() -> User:
    return User.objects.create(email="second@beanworks.example", name="Second Support", kind=User.Kind.SUPPORT)


def confirmed_deletion(customer: Customer, support: User) -> CustomerDeletion:
    deletion = deletion_request(customer=customer, actor=support, reason=f"They left: {CANARY}")
    deletion_confirm(deletion=deletion, actor=second_support())
    CustomerDeletion.objects.filter(pk=deletion.pk).update(starts_at=timezone.now())
    return deletion


def free(deletion: CustomerDeletion) -> None:
    """Let the next worker claim the row at once, as after its lease or pause."""
    CustomerDeletion.objects.filter(pk=deletion.pk).update(lease_until=None, due_at=None, failures=0)


@pytest.fixture
def northwind(db: None) -> Customer:
    return Customer.objects.create(name="Northwind")


def test_deletion_needs_a_second_user(northwind: Customer, support: User) -> None:
    deletion = deletion_request(customer=northwind, actor=support, reason="They left.")

    with pytest.raises(Refused, match="Another user of support"):
        deletion_confirm(deletion=deletion, actor=support)
    with pytest.raises(IntegrityError, match="confirmed_by_another_user"), transaction.atomic():
        CustomerDeletion.objects.update(confirmed_by=support)


def test_user_who_was_invited_by_the_first_is_no_second_user(northwind: Customer, support: User) -> None:
    deletion = deletion_request(customer=northwind, actor=support, reason="They left.")
    invited = second_support()
    User.objects.filter(pk=support.pk).update(invited_by=invited)

    with pytest.raises(Refused):
        deletion_confirm(deletion=deletion, actor=invited)


def test_deletion_is_requested_once(northwind: Customer, support: User) -> None:
    deletion_request(customer=northwind, actor=support, reason="They left.")

    with pytest.raises(Refused, match="already requested"):
        deletion_request(customer=northwind, actor=support, reason="They left.")


def test_nothing_is_deleted_before_it_is_confirmed_and_the_days_are_over(
    northwind: Customer, support: User, settings: Settings
) -> None:
    settings.CUSTOMER_DELETION_DAYS = 7
    deletion = deletion_request(customer=northwind, actor=support, reason="They left.")
    deletion_run(deletion.pk)
    deletion_confirm(deletion=deletion, actor=second_support())
    deletion_run(deletion.pk)

    deletion.refresh_from_db()
    assert deletion.starts_at
    assert deletion.starts_at > timezone.now() + timedelta(days=6)
    assert Customer.objects.filter(pk=northwind.pk).exists()


def test_canceled_deletion_is_never_done(northwind: Customer, support: User) -> None:
    deletion = deletion_request(customer=northwind, actor=support, reason="They left.")
    deletion_cancel(deletion=deletion, actor=support)
    CustomerDeletion.objects.update(starts_at=timezone.now(), confirmed_at=timezone.now())
    deletion_run(deletion.pk)

    assert Customer.objects.filter(pk=northwind.pk).exists()
    deletion_request(customer=northwind, actor=support, reason="They left after all.")


def test_deletion_that_has_started_cannot_be_canceled(northwind: Customer, support: User) -> None:
    deletion = confirmed_deletion(northwind, support)

    with pytest.raises(Refused, match="has started"):
        deletion_cancel(deletion=deletion, actor=support)


@pytest.mark.django_db(transaction=True)
def test_deleted_customer_is_in_no_row_and_the_audit_log_verifies() -> None:
    customer, users = filled_customer()
    assert fill_with_canaries(customer) > 100
    event_record(action="note.added", actor=users["support"], customer=Customer.objects.get(pk=customer.pk).name)
    other = Customer.objects.get(name="Seaside")
    before, events = row_counts(other), events_of(other)
    customer.refresh_from_db()
    deletion = confirmed_deletion(customer, users["support"])
    assert CANARY in dump()

    deletion_run(deletion.pk)

    deletion.refresh_from_db()
    assert (deletion.failure, deletion.state, set(row_counts(customer).values())) == ("", "done", {0})
    assert [line for line in dump().splitlines() if CANARY in line or "Hillside" in line] == []
    assert (deletion.customer_name, deletion.reason, deletion.deleted_rows) == ("", "", deletion.total)
    assert (row_counts(other), events_of(other)) == (before, events)
    call_command("verify_audit")


def dump() -> str:
    return run_program("pg_dump", connection.settings_dict, "--data-only").decode()


@pytest.mark.django_db(transaction=True)
def test_deletion_whose_worker_is_killed_in_every_batch_is_complete() -> None:
    customer, users = filled_customer()
    other = Customer.objects.get(name="Seaside")
    before, events = row_counts(other), events_of(other)
    deletion = confirmed_deletion(customer, users["support"])
    tables = {name for name, count in row_counts(customer).items() if count}

    # Each worker completes one batch and is killed in the next. The last one is killed when it finishes.
    kills = 0
    while is_killed(lambda: deletion_run(deletion.pk), {ADVANCE: 2, CLAIM_OR_FINISH: 2}):
        free(deletion)
        kills += 1
        if kills > len(tables) and not any(row_counts(customer).values()):
            break
    deletion_run(deletion.pk)

    deletion.refresh_from_db()
    assert (deletion.state, deletion.attempts > len(tables) > 40) == (State.DONE, True)
    assert set(row_counts(customer).values()) == {0}
    assert (row_counts(other), events_of(other)) == (before, events)
    assert deletion.deleted_rows == deletion.total
    call_command("verify_audit")


def test_invitation_that_was_emailed_before_there_was_a_user_is_deleted(northwind: Customer, support: User) -> None:
    Invitation.objects.create(
        customer=northwind,
        home_org_unit=OrgUnit.objects.create(customer=northwind, name="Root Org Unit"),
        email="ida@example.com",
        name="Ida",
        token_hash="1",
        expires_at=timezone.now(),
    )
    for number, address in enumerate(("ida@example.com", "eve@example.com")):
        Email.objects.create(kind="account", dedupe_key=str(number), address=address, language="en", text="1")

    deletion_run(confirmed_deletion(northwind, support).pk)

    assert list(Email.objects.values_list("address", flat=True)) == ["eve@example.com"]


def test_what_names_the_customer_in_other_tables_is_deleted(northwind: Customer, support: User) -> None:
    channel_create(
        actor=support, name="Support", team="support", service="email", email="a@beanworks.example", language="en",
        kinds=["webhook_disabled"],
    )  # fmt: skip
    endpoint, _secret = endpoint_create(
        actor=support, url="https://northwind.example", description="", event_types=["run.failed"], customer=northwind
    )
    disable(endpoint, WebhookEndpoint.DisabledReason.FAILING)
    channel_message_run(ChannelMessage.objects.get().pk)
    run = Import.objects.create(kind="customers")
    ImportLine.objects.create(run=run, number=2, cells={"customer": "NORTHWIND", "contact_name": "Nora"})
    other = ImportLine.objects.create(run=run, number=3, cells={"customer": "Northwind West"})
    ImportLine.objects.create(run=run, number=4, cells={"customer": "A former name"}, customer=northwind)
    assert Email.objects.count() == 2

    deletion_run(confirmed_deletion(northwind, support).pk)

    assert not ChannelMessage.objects.exists()
    assert not Email.objects.exists()
    assert list(ImportLine.objects.all()) == [other]


def test_deletion_that_always_fails_ends_and_can_be_continued(northwind: Customer, support: User) -> None:
    deletion = confirmed_deletion(northwind, support)
    execute("CREATE TRIGGER refuse BEFORE DELETE ON accounts_customer EXECUTE FUNCTION audit_event_is_insert_only()")
    for _attempt in range(MOST_FAILURES + 1):
        CustomerDeletion.objects.filter(pk=deletion.pk).update(due_at=None)
        deletion_run(deletion.pk)
    deletion.refresh_from_db()
    assert deletion.is_failed

    execute("DROP TRIGGER refuse ON accounts_customer")
    deletion_retry(deletion=deletion, actor=support)
    deletion_run(deletion.pk)

    assert not Customer.objects.filter(pk=northwind.pk).exists()


def test_events_of_other_users_with_another_name_are_not_erased(northwind: Customer, support: User) -> None:
    kept = event_record(action="note.added", actor=support, customer="Northwind Traders")
    erased = event_record(action="note.added", actor=support, customer="Northwind")
    deletion_run(confirmed_deletion(northwind, support).pk)

    names = [AuditEvent.objects.get(pk=event.pk).metadata["customer"] for event in (kept, erased)]
    assert names[0] == "Northwind Traders"
    assert names[1].startswith("#")
