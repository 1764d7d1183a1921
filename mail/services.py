"""Every act on a mail. Whoever has something to say calls `mail_send`, in the transaction of what it tells."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import get_language

from accounts.models import Customer, User
from audit.models import AuditEvent
from audit.services import event_record
from leases import State
from mail.kinds import KIND, kinds_for
from mail.letters import Letter, letter, letter_to
from mail.models import Mail, Unwanted
from mail.queue import publish


def mail_send(
    *,
    kind: str,
    to: User | str,
    once: str,
    context: Mapping[str, Any],
    link: str = "",
    customer: Customer | None = None,
) -> Mail | None:
    """Write the mail into the caller's transaction; it leaves when that is committed.

    To a person, in their language and zone, or to a bare address, in those in use. None when the same occasion (`once`)
    was mailed there already, or the person does not want this kind. `link`: a path of ours.
    """
    known = KIND[kind]
    if isinstance(to, str):
        return mail_write(kind=kind, address=to, once=once, words=letter(known, context, link), customer=customer)
    if not to.is_active or Unwanted.objects.filter(user=to, kind=kind).exists():
        return None
    words = letter_to(to, known, context, link)
    return mail_write(kind=kind, address=to.email, once=once, words=words, user=to, customer=customer)


def mail_send_all(*, to: Iterable[User], **mail: Any) -> None:
    """One to each, however often the same person is named."""
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
    transaction.on_commit(lambda: publish(mail.pk))
    return mail


@transaction.atomic
def mail_again(*, mail: Mail, actor: User) -> bool:
    """Support tries at once what failed or waits. False: it is on its way or gone."""
    waiting = Mail.objects.filter(pk=mail.pk, sent_at=None).exclude(state=State.RUNNING).exclude(text="")
    if not waiting.update(state=State.QUEUED, attempts=0, failures=0, due_at=None, finished_at=None):
        return False
    transaction.on_commit(lambda: publish(mail.pk))
    event_record(action="mail.tried_again", actor=actor, target=mail, customer_id=mail.customer_id, kind=mail.kind)
    return True


@transaction.atomic
def mail_bounced(*, mail: Mail, reply: str) -> bool:
    """It left, and came back later. False: that was known, or it has not left."""
    left = Mail.objects.filter(pk=mail.pk, state=State.DONE, sent_at__isnull=False)
    if not left.update(sent_at=None, trouble=Mail.Trouble.BOUNCED, reply=reply):
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
    """Keep which of the kinds that fit them the person wants."""
    User.objects.select_for_update().get(pk=person.pk)
    unwanted = sorted({kind.slug for kind in kinds_for(person)} - set(wanted))
    person.unwanted_mail.exclude(kind__in=unwanted).delete()
    Unwanted.objects.bulk_create((Unwanted(user=person, kind=kind) for kind in unwanted), ignore_conflicts=True)
    event_record(action="mail.chosen", actor=person, target=person, customer_id=person.customer_id, unwanted=unwanted)
