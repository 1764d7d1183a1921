"""Everything that is done with emails.

Code that reports something calls `email_send` in the same transaction as the change.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import get_language

from accounts.models import Customer, User
from audit.services import event_record
from core.emails import EmailContent
from core.leases import State
from core.queue import publish
from mail.kinds import EMAIL_KINDS, NOTIFICATION_KINDS, EmailKind, choosable_kinds
from mail.models import Email, OptOut
from mail.notifications import notification_add
from mail.rendering import render_email_for, render_email_to_guest


def email_send(
    *,
    kind: str,
    to: User | str,
    dedupe_key: str,
    context: Mapping[str, Any],
    link: str = "",
    name: str = "",
    customer: Customer | None = None,
) -> Email | None:
    """Write the email into the caller's transaction. It is sent after the commit.

    To a user, in their language and time zone; or to the address of a guest with this `name`, in the current ones.
    Returns None if this occasion (`dedupe_key`) was already emailed to this address, or if the user turned this kind
    off. `link`: a path of ours. A kind that has a notification adds it too, also if the user turned the email off.
    """
    email_kind = EMAIL_KINDS[kind]
    if isinstance(to, str):
        return email_write(
            kind=kind,
            address=to,
            dedupe_key=dedupe_key,
            content=render_email_to_guest(name, email_kind, context, link, customer),
            customer=customer,
        )
    if not to.is_active:
        return None
    is_notified = kind in NOTIFICATION_KINDS
    is_off = OptOut.objects.filter(user=to, kind=kind).exists()
    if is_off and not is_notified:
        return None
    content = render_email_for(to, email_kind, context, link)
    if is_notified:
        notification_add(user=to, kind=kind, dedupe_key=dedupe_key, text=content.subject, link=link, customer=customer)
    if is_off:
        return None
    return email_write(kind=kind, address=to.email, dedupe_key=dedupe_key, content=content, user=to, customer=customer)


def email_send_all(*, to: Iterable[User], **email: Any) -> None:
    """Send one email to each user, even if a user is listed several times."""
    for user in dict.fromkeys(to):
        email_send(to=user, **email)


@transaction.atomic
def email_write(
    *,
    kind: str,
    address: str,
    dedupe_key: str,
    content: EmailContent,
    user: User | None = None,
    customer: Customer | None = None,
) -> Email | None:
    customer = customer or (user.customer if user else None)
    email, is_new = Email.objects.get_or_create(
        dedupe_key=dedupe_key,
        address=address,
        defaults={
            "kind": kind,
            "user": user,
            "customer": customer,
            "language": user.language if user else get_language() or "en",
            "subject": content.subject[:250],
            "text": content.text,
            "html": content.html,
        },
    )
    if not is_new:
        return None
    publish(Email.task, email.pk)
    return email


@transaction.atomic
def email_retry(*, email: Email, actor: User) -> bool:
    """Retry at once an email that failed or waits, as support asked. Returns False if it is being sent or was sent."""
    waiting = Email.objects.filter(pk=email.pk, sent_at=None).exclude(state=State.RUNNING).exclude(text="")
    if not waiting.update(state=State.QUEUED, attempts=0, failures=0, due_at=None, finished_at=None):
        return False
    publish(Email.task, email.pk)
    event_record(action="email.retried", actor=actor, target=email, customer_id=email.customer_id, kind=email.kind)
    return True


@transaction.atomic
def email_record_bounce(*, email: Email, reply: str) -> bool:
    """Record that an email was sent and bounced later. Returns False if that is known, or if it was not sent."""
    sent = Email.objects.filter(pk=email.pk, state=State.DONE, sent_at__isnull=False)
    if not sent.update(sent_at=None, failure_reason=Email.FailureReason.BOUNCED, reply=reply):
        return False
    email_record_failure(email, Email.FailureReason.BOUNCED)
    return True


def email_record_failure(email: Email, reason: str) -> None:
    event_record(
        action="email.failed",
        actor=None,
        target=email,
        customer_id=email.customer_id,
        kind=email.kind,
        failure_reason=reason,
    )


@transaction.atomic
def choices_save(*, user: User, wanted: Iterable[str]) -> None:
    """Save which kinds the user wants, of those they can choose."""
    User.objects.select_for_update().get(pk=user.pk)
    unwanted = sorted({kind.slug for kind in choosable_kinds(user)} - set(wanted))
    user.opt_outs.exclude(kind__in=unwanted).delete()
    OptOut.objects.bulk_create((OptOut(user=user, kind=kind) for kind in unwanted), ignore_conflicts=True)
    event_record(action="email.choices_saved", actor=user, target=user, customer_id=user.customer_id, unwanted=unwanted)


@transaction.atomic
def kind_turn_off(*, user: User, kind: EmailKind) -> None:
    """Turn off one kind, as the link in its emails asked. Doing it again changes nothing."""
    _, is_new = OptOut.objects.get_or_create(user=user, kind=kind.slug)
    if is_new:
        event_record(action="email.turned_off", actor=user, target=user, customer_id=user.customer_id, kind=kind.slug)
