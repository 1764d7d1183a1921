"""From the outbox to the mail server.

A mail is sent once as far as SMTP allows: one worker holds its row, and a row that is done is never claimed again.
Where SMTP does not: a worker that dies after the server has said yes and before the database has heard of it leaves the
row to another, which sends again. Both carry the same Message-ID, by which mail programs and many servers drop one.
"""

from collections.abc import Callable
from datetime import timedelta
from smtplib import (
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.utils import timezone

from leases import State, kept_alive
from mail.kinds import KIND
from mail.models import Mail
from mail.services import mail_failed_record

WAITS = [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30)] + [
    timedelta(hours=hours) for hours in (2, 6, 12, 24)
]
"""After each attempt that failed; after the last there is no other."""
HOPELESS = (Mail.Trouble.ADDRESS, Mail.Trouble.CONTENT, Mail.Trouble.INACTIVE)


def mail_deliver(mail: Mail) -> None:
    """One attempt at a mail that this worker has claimed. Raises LeaseLost."""
    if mail.user and not mail.user.is_active:
        # It may have waited for days, or been tried again by support.
        _end(mail, lambda: _failed(mail, Mail.Trouble.INACTIVE, ""))
        return

    try:
        with kept_alive(mail):
            _message(mail).send()
    except (OSError, ValueError) as error:  # smtplib's errors are OSErrors; a header Django refuses is a ValueError
        trouble, reply = _trouble(error)
        _end(mail, lambda: _failed(mail, trouble, reply))
    else:
        _end(mail, lambda: _sent(mail))


def mail_give_up(mail: Mail) -> None:
    """End an email at which our own code failed again and again, in the transaction of the caller, who holds it."""
    mail.trouble, mail.reply = Mail.Trouble.CRASHED, mail.failure
    _finish(mail)


def notify_mail_given_up(mail: Mail) -> None:
    mail_failed_record(mail, Mail.Trouble.CRASHED)


def _message(mail: Mail) -> EmailMultiAlternatives:
    headers = {
        "Message-ID": f"<mail-{mail.pk}@{urlsplit(settings.SITE_URL).hostname}>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": mail.language,
    }
    connection = get_connection(settings.MAIL_TRANSPORT)
    message = EmailMultiAlternatives(mail.subject, mail.text, to=[mail.address], headers=headers, connection=connection)
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    return message


def _trouble(error: Exception) -> tuple[Mail.Trouble, str]:
    """What it means, and the server's own words."""
    match error:
        case SMTPRecipientsRefused(recipients=refused):
            code, said = next(iter(refused.values()))
            trouble = Mail.Trouble.ADDRESS
        case SMTPResponseException(smtp_code=code, smtp_error=said):
            trouble = Mail.Trouble.CONTENT if isinstance(error, SMTPDataError) else Mail.Trouble.SENDER
        case OSError():
            return Mail.Trouble.SILENT, type(error).__name__
        case _:
            return Mail.Trouble.CONTENT, str(error)
    ours = isinstance(error, SMTPAuthenticationError | SMTPSenderRefused)
    if code < 500 and not ours:
        trouble = Mail.Trouble.BUSY
    words = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return trouble, f"{code} {words}"[:500]


@transaction.atomic
def _end(mail: Mail, write: Callable[[], None]) -> None:
    mail.hold()
    write()


def _sent(mail: Mail) -> None:
    mail.sent_at, mail.trouble, mail.reply = timezone.now(), "", ""
    _finish(mail)


def _failed(mail: Mail, trouble: Mail.Trouble, reply: str) -> None:
    mail.trouble, mail.reply = trouble, reply
    if trouble not in HOPELESS and mail.attempts <= len(WAITS):
        mail.due_at = timezone.now() + WAITS[mail.attempts - 1]
        # The server was asked, so this attempt counts for WAITS alone.
        mail.failures = 0
        mail.state, mail.lease_token, mail.lease_until = State.QUEUED, None, None
        mail.save()
        return
    _finish(mail)
    mail_failed_record(mail, trouble)


def _finish(mail: Mail) -> None:
    """In practice mode the page of mails is their only reader, and nobody's secret is in them."""
    # A kind that the product no longer knows may have held one.
    kind = KIND.get(mail.kind)
    if (kind is None or kind.secret) and not settings.PRACTICE:
        mail.text = mail.html = ""
    mail.finish()
