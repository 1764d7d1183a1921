from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.models import Customer, User
from audit.services import event_record
from mail.services import email_send
from operations.customer_message import CustomerMessage
from operations.email_kinds import MISSING
from operations.models import FollowUp, Note, SavedView
from wizard.models import Connection


def view_save(*, user: User, name: str, query: str) -> None:
    """Save a view. If the user has a view of this name, replace it."""
    SavedView.objects.update_or_create(user=user, name=name, defaults={"query": query})


def view_remove(*, view: SavedView) -> None:
    view.delete()


@transaction.atomic
def customer_assign(*, customer: Customer, manager: User | None, actor: User) -> None:
    customer.success_manager = manager
    customer.save(update_fields=["success_manager"])
    event_record(
        action="customer.assigned",
        actor=actor,
        target=customer,
        customer_id=customer.pk,
        manager=manager.name if manager else "",
    )


@transaction.atomic
def note_add(*, connection: Connection, text: str, author: User) -> None:
    note = Note.objects.create(connection=connection, text=text, author=author)
    _record("note.added", connection, author, note=note.pk)


@transaction.atomic
def note_edit(*, note: Note, text: str) -> None:
    note.text, note.edited_at = text, timezone.now()
    note.save(update_fields=["text", "edited_at"])
    _record("note.edited", note.connection, note.author, note=note.pk)


@transaction.atomic
def note_delete(*, note: Note) -> None:
    _record("note.deleted", note.connection, note.author, note=note.pk)
    note.delete()


@transaction.atomic
def follow_up_save(
    *, connection: Connection, text: str, contact_on: date | None, snoozed_until: date | None, actor: User
) -> None:
    """Add a note if it has text, and save both days. None clears a day."""
    if text:
        note_add(connection=connection, text=text, author=actor)
    days = {"contact_on": contact_on, "snoozed_until": snoozed_until}
    # Saved again, a snooze that ended early would start again.
    saved = FollowUp.objects.filter(connection=connection).values(*days).first()
    if days == (saved or dict.fromkeys(days)):
        return
    snoozed_at = timezone.now() if snoozed_until else None
    FollowUp.objects.update_or_create(connection=connection, defaults={**days, "snoozed_at": snoozed_at})
    _record("follow_up.saved", connection, actor, **{name: day and day.isoformat() for name, day in days.items()})


@transaction.atomic
def message_send(*, message: CustomerMessage, actor: User) -> bool:
    """Email the message. Returns False if the same text was emailed to the same user today."""
    connection, recipient = message.connection, message.recipient
    email = email_send(
        kind=MISSING.slug,
        to=recipient,
        dedupe_key=message.dedupe_key(timezone.localdate()),
        context=message.context,
        link=message.link,
        customer=connection.customer,
    )
    if email is None:
        return False
    event_record(
        action="message.emailed",
        actor=actor,
        target=connection,
        customer_id=connection.customer_id,
        to=recipient.name,
    )
    return True


def _record(action: str, connection: Connection, actor: User | None, **metadata: object) -> None:
    """Record an event that the customer does not see: events with a customer are in that customer's audit log."""
    customer = connection.customer.name
    event_record(action=action, actor=actor, target=connection, customer=customer, **metadata)
