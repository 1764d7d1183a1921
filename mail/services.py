"""Everything that is done with emails.

Code that reports something calls `mail_send` in the same transaction as the change.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import get_language

from accounts.models import Customer, User
from audit.models import AuditEvent
from audit.services import event_record
from core.leases import State
from core.queue import publish
from mail.kinds import KIND, kinds_for
from mail.models import Mail, OptOut
from mail.rendering import Letter, letter, letter_to


def mail_send(
    *,
    kind: str,
    to: User | str,
    once: str,
    context: Mapping[str, Any],
    link: str = "",
    customer: Customer | None = None,
) -> Mail | None:
    """Write the email into the caller's transaction. It is sent after the commit.

    To a user, in their language and time zone; or to an address, in the current ones. Returns None if this occasion
    (`once`) was already emailed to this address, or if the user turned this kind off. `link`: a path of ours.
    """
    email_kind = KIND[kind]
    if isinstance(to, str):
        return mail_write(kind=kind, address=to, once=once, words=letter(email_kind, context, link), customer=customer)
    if not to.is_active or OptOut.objects.filter(user=to, kind=kind).exists():
        return None
    words = letter_to(to, email_kind, context, link)
    return mail_write(kind=kind, address=to.email, once=once, words=words, user=to, customer=customer)


def mail_send_all(*, to: Iterable[User], **mail: Any) -> None:
    """Send one email to each user, even if a user is listed several times."""
    for person in dict.fromkeys(to):
        mail_send(to=person, **mail)


@transaction.atomic
def mail_write(
    *, kind: str, address: str, once: str, words: Letter, user: User | None = None, customer: Customer | None = None
) -> Mail | None:
    customer = customer or (user.customer if user else None)
    mail, is_new = Mail.objects.get_or_create(
        once=once,
        address=address,
        defaults={
            "kind": kind,
            "user": user,
            "customer": customer,
            "language": user.language if user else get_language() or "en",
            "subject": words.subject[:250],
            "text": words.text,
            "html": words.html,
        },
    )
    if not is_new:
        return None
    publish(Mail.task, mail.pk)
    return mail


@transaction.atomic
def mail_again(*, mail: Mail, actor: User) -> bool:
    """Retry at once an email that failed or waits, as support asked. Returns False if it is being sent or was sent."""
    waiting = Mail.objects.filter(pk=mail.pk, sent_at=None).exclude(state=State.RUNNING).exclude(text="")
    if not waiting.update(state=State.QUEUED, attempts=0, failures=0, due_at=None, finished_at=None):
        return False
    publish(Mail.task, mail.pk)
    event_record(action="mail.tried_again", actor=actor, target=mail, customer_id=mail.customer_id, kind=mail.kind)
    return True


@transaction.atomic
def mail_bounced(*, mail: Mail, reply: str) -> bool:
    """Record that an email was sent and bounced later. Returns False if that is known, or if it was not sent."""
    sent = Mail.objects.filter(pk=mail.pk, state=State.DONE, sent_at__isnull=False)
    if not sent.update(sent_at=None, trouble=Mail.Trouble.BOUNCED, reply=reply):
        return False
    mail_failed_record(mail, Mail.Trouble.BOUNCED)
    return True


def mail_failed_record(mail: Mail, trouble: str) -> None:
    event_record(
        action="mail.failed",
        actor=None,
        target=mail,
        customer_id=mail.customer_id,
        outcome=AuditEvent.Outcome.FAILED,
        kind=mail.kind,
        trouble=trouble,
    )


@transaction.atomic
def choices_save(*, person: User, wanted: Iterable[str]) -> None:
    """Save which kinds the user wants, of those they can choose."""
    User.objects.select_for_update().get(pk=person.pk)
    unwanted = sorted({kind.slug for kind in kinds_for(person)} - set(wanted))
    person.opt_outs.exclude(kind__in=unwanted).delete()
    OptOut.objects.bulk_create((OptOut(user=person, kind=kind) for kind in unwanted), ignore_conflicts=True)
    event_record(action="mail.chosen", actor=person, target=person, customer_id=person.customer_id, unwanted=unwanted)
