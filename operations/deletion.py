"""The deletion of a customer: one of support requests it, another confirms it, and some days later a worker does it.

The worker first erases the names and texts in the audit log, then deletes table by table, in batches. Every batch is
one transaction with the place where the next one continues, so a killed worker changes nothing.
"""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer, Invitation, LegalEntity, User
from accounts.two_person_rule import may_be_same_person
from audit.erasure import audit_erase
from audit.models import AuditEvent
from audit.services import event_record
from core.customer_data import CustomerTable, count_rows, deletion_order, holds_any
from core.errors import Refused
from core.leases import State
from core.queue import publish
from operations.models import CustomerDeletion
from wizard.models import Connection
from wizard.services import customer_disconnect, customer_resume

BATCH = 1_000


@transaction.atomic
def deletion_request(*, customer: Customer, actor: User, reason: str) -> CustomerDeletion:
    """Request the deletion. Nothing happens until another user confirms it. Raises Refused."""
    try:
        with transaction.atomic():
            deletion = CustomerDeletion.objects.create(
                customer_pk=customer.pk, customer_name=customer.name, reason=reason, requested_by=actor
            )
    except IntegrityError:
        raise Refused(_("The deletion of this customer is already requested.")) from None
    _record("deletion.requested", deletion, actor, reason=reason)
    return deletion


@transaction.atomic
def deletion_confirm(*, deletion: CustomerDeletion, actor: User) -> None:
    """Confirm the deletion. It starts after the days in which it can be canceled. Raises Refused.

    The customer is suspended and its Intacct companies are disconnected at once.
    """
    locked = _lock_open(deletion)
    if refusal := confirmation_refusal(locked, actor):
        raise Refused(refusal)
    locked.confirmed_by, locked.confirmed_at = actor, timezone.now()
    locked.starts_at = locked.confirmed_at + timedelta(days=settings.CUSTOMER_DELETION_DAYS)
    customer = Customer.objects.get(pk=locked.customer_pk)
    # Before the connections are locked: who saves a password at the same time locks one, then looks at this.
    _suspend(customer, locked.confirmed_at)
    customer_disconnect(customer=customer, actor=actor, at=locked.confirmed_at)
    # After the disconnect, which adds rows and deletes some.
    locked.total = sum(count_rows(locked.customer_pk).values())
    locked.save()
    _record("deletion.confirmed", locked, actor)


def confirmation_refusal(deletion: CustomerDeletion, actor: User) -> str:
    """Return why this user may not confirm the deletion, or an empty text."""
    if deletion.confirmed_at:
        return _("The deletion is already confirmed.")
    if deletion.requested_by is None or may_be_same_person(actor, deletion.requested_by):
        return _("Another user of support must confirm the deletion: not who requested it, and no one they invited.")
    return ""


@transaction.atomic
def deletion_cancel(*, deletion: CustomerDeletion, actor: User) -> None:
    """Cancel the deletion before it starts: everything is as before, except that Intacct is disconnected.

    Raises Refused.
    """
    locked = _lock_open(deletion)
    if not locked.can_be_canceled:
        raise Refused(_("The deletion has started and can no longer be canceled."))
    locked.canceled_by, locked.canceled_at = actor, timezone.now()
    locked.finish()
    _record("deletion.canceled", locked, actor)
    if locked.confirmed_at:
        customer = Customer.objects.get(pk=locked.customer_pk)
        _suspend(customer, None)
        customer_resume(customer=customer, disconnected_at=locked.confirmed_at)


def _suspend(customer: Customer, at: datetime | None) -> None:
    """Suspend the customer from this time on; with None, no longer."""
    customer.suspended_at = at
    customer.save(update_fields=["suspended_at"])


@transaction.atomic
def deletion_retry(*, deletion: CustomerDeletion, actor: User) -> None:
    """Continue a deletion that was given up."""
    given_up = CustomerDeletion.objects.open().filter(pk=deletion.pk, state=State.DONE)
    if given_up.update(state=State.QUEUED, failures=0):
        _record("deletion.retried", deletion, actor)
        publish(CustomerDeletion.task, deletion.pk)


def _lock_open(deletion: CustomerDeletion) -> CustomerDeletion:
    locked = CustomerDeletion.objects.open().select_for_update(of=("self",)).filter(pk=deletion.pk).first()
    if locked is None:
        raise Refused(_("The deletion was canceled or is done."))
    return locked


def _record(action: str, deletion: CustomerDeletion, actor: User | None, **metadata: Any) -> None:
    event_record(action=action, actor=actor, target=deletion, customer_id=deletion.customer_pk, **metadata)


def deletion_work(deletion: CustomerDeletion) -> None:
    if deletion.pseudonym_key is None:
        _save(deletion, pseudonym_key=os.urandom(32))
    for events in (_own_events(deletion), _events_of_no_customer(deletion)):
        _erase(deletion, events)
    for table in deletion_order():
        while _delete_batch(deletion, table):
            pass
    # If a row was added behind a position, the next attempt begins with the first row of every table.
    _save(deletion, table="", position="")
    _finish(deletion)


def deletion_give_up(deletion: CustomerDeletion) -> None:
    # `finish` saves all fields. These were set for a batch that was rolled back.
    deletion.refresh_from_db(fields=["table", "position", "counts"])
    deletion.finish()


@transaction.atomic
def _save(deletion: CustomerDeletion, **fields: Any) -> None:
    """Save under the lease. Raises LeaseLost."""
    deletion.hold()
    for name, value in fields.items():
        setattr(deletion, name, value)
    deletion.save(update_fields=list(fields))


@transaction.atomic
def _delete_batch(deletion: CustomerDeletion, table: CustomerTable) -> bool:
    """Delete the next rows of the table. Return whether there were any."""
    position = deletion.position if deletion.table == table.name else ""
    rows = table.rows(deletion.customer_pk).order_by("pk")
    # The last key spares PostgreSQL from passing over rows of other customers again in every batch.
    keys = list((rows.filter(pk__gt=position) if position else rows).values_list("pk", flat=True)[:BATCH])
    if not keys:
        return False

    counts = deletion.counts | {table.name: deletion.counts.get(table.name, 0) + len(keys)}
    _save(deletion, table=table.name, position=str(keys[-1]), counts=counts)
    table.model._base_manager.filter(pk__in=keys).delete()
    # Last, because only then it is progress: rows that cannot be deleted must count as a failure.
    deletion.advance()
    return True


@transaction.atomic
def _finish(deletion: CustomerDeletion) -> None:
    """Clear what the deletion itself knows about the customer, and what was recorded since the erasure."""
    deletion.hold()
    remaining = count_rows(deletion.customer_pk)
    if remaining:
        raise RuntimeError("rows were added during the deletion")

    _record("customer.deleted", deletion, None, rows=deletion.deleted_rows)
    for keys in _batches(_own_events(deletion)):
        _erase_batch(deletion, keys)
    deletion.customer_name = deletion.reason = ""
    deletion.pseudonym_key, deletion.deleted_at = None, timezone.now()
    deletion.finish()


def _erase(deletion: CustomerDeletion, events: QuerySet[AuditEvent]) -> None:
    for keys in _batches(events):
        with transaction.atomic():
            deletion.hold()
            _erase_batch(deletion, keys)
            deletion.advance()


def _erase_batch(deletion: CustomerDeletion, keys: list[int]) -> None:
    key = bytes(deletion.pseudonym_key or b"")
    audit_erase(keys, customer_id=deletion.customer_pk, actor_id=deletion.confirmed_by_id, key=key)


def _batches(events: QuerySet[AuditEvent]) -> Iterator[list[int]]:
    last = 0
    while keys := list(events.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield keys
        last = keys[-1]


def _erasable() -> QuerySet[AuditEvent]:
    return AuditEvent._base_manager.filter(salt__isnull=False)


def _own_events(deletion: CustomerDeletion) -> QuerySet[AuditEvent]:
    return _erasable().filter(customer_id=deletion.customer_pk)


def _events_of_no_customer(deletion: CustomerDeletion) -> QuerySet[AuditEvent]:
    """Return what is recorded outside the customer's log but names them, one of their users or of their companies."""
    users = User.objects.filter(customer=deletion.customer_pk)
    connections = Connection.objects.filter(customer=deletion.customer_pk)
    about = Q(target_type="connection", target_id__in=connections.values("pk"))
    events = _erasable().filter(customer_id=None)
    return events.filter(Q(actor_id__in=users.values("pk")) | about | holds_any("personal", _names(deletion)))


def _names(deletion: CustomerDeletion) -> list[str]:
    customer = {"customer": deletion.customer_pk}
    names = {deletion.customer_name}
    for model in (User, Invitation):
        for row in model.objects.filter(**customer).values_list("name", "email"):
            names.update(row)
    names.update(LegalEntity.objects.filter(**customer).values_list("name", flat=True))
    names.update(Connection.objects.filter(**customer).values_list("company_id", flat=True))
    return sorted(names - {""})
