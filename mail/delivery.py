"""Deliver emails from the outbox to the mail server.

An email is sent exactly once as far as SMTP allows: one worker holds its row, and a finished row is never claimed
again. In one case SMTP does not allow it: a worker may die after the server accepted the email and before the database
recorded that. Then another worker claims the row and sends the email again. Both copies have the same Message-ID, by
which mail programs and many servers drop one of them.
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

from core.leases import State, renew_periodically
from mail.kinds import KIND
from mail.models import Mail
from mail.services import mail_failed_record

WAITS = [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30)] + [
    timedelta(hours=hours) for hours in (2, 6, 12, 24)
]
"""The wait after each failed attempt. After the last wait there is one more attempt, and no further one."""
HOPELESS = (Mail.Trouble.ADDRESS, Mail.Trouble.CONTENT, Mail.Trouble.INACTIVE)


def mail_deliver(mail: Mail) -> None:
    """Try once to send an email that this worker has claimed. Raises LeaseLost."""
    if mail.user and not mail.user.is_active:
        # The user may have been deactivated since: the email may have waited for days, or support may have retried it.
        _end(mail, lambda: _record_failure(mail, Mail.Trouble.INACTIVE, ""))
        return

    try:
        with renew_periodically(mail):
            _build_message(mail).send()
    except (OSError, ValueError) as error:  # smtplib's errors are OSErrors; a header Django refuses is a ValueError
        trouble, reply = _failure_reason(error)
        _end(mail, lambda: _record_failure(mail, trouble, reply))
    else:
        _end(mail, lambda: _record_success(mail))


def mail_give_up(mail: Mail) -> None:
    """End an email after our own code failed on it repeatedly.

    Runs in the transaction of the caller, who holds the row.
    """
    mail.trouble, mail.reply = Mail.Trouble.CRASHED, mail.failure
    _finish(mail)


def notify_mail_given_up(mail: Mail) -> None:
    mail_failed_record(mail, Mail.Trouble.CRASHED)


def _build_message(mail: Mail) -> EmailMultiAlternatives:
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


def _failure_reason(error: Exception) -> tuple[Mail.Trouble, str]:
    """Return what the error means, and the server's own words."""
    match error:
        case SMTPRecipientsRefused(recipients=refused):
            code, reply = next(iter(refused.values()))
            trouble = Mail.Trouble.ADDRESS
        case SMTPResponseException(smtp_code=code, smtp_error=reply):
            trouble = Mail.Trouble.CONTENT if isinstance(error, SMTPDataError) else Mail.Trouble.SENDER
        case OSError():
            return Mail.Trouble.SILENT, type(error).__name__
        case _:
            return Mail.Trouble.CONTENT, str(error)
    ours = isinstance(error, SMTPAuthenticationError | SMTPSenderRefused)
    if code < 500 and not ours:
        trouble = Mail.Trouble.BUSY
    words = reply.decode(errors="replace") if isinstance(reply, bytes) else str(reply)
    return trouble, f"{code} {words}"[:500]


@transaction.atomic
def _end(mail: Mail, write: Callable[[], None]) -> None:
    mail.hold()
    write()


def _record_success(mail: Mail) -> None:
    mail.sent_at, mail.trouble, mail.reply = timezone.now(), "", ""
    _finish(mail)


def _record_failure(mail: Mail, trouble: Mail.Trouble, reply: str) -> None:
    mail.trouble, mail.reply = trouble, reply
    if trouble not in HOPELESS and mail.attempts <= len(WAITS):
        mail.due_at = timezone.now() + WAITS[mail.attempts - 1]
        # The server was reached, so this attempt counts for WAITS only, not as a failure of our code.
        mail.failures = 0
        mail.state, mail.lease_token, mail.lease_until = State.QUEUED, None, None
        mail.save()
        return
    _finish(mail)
    mail_failed_record(mail, trouble)


def _finish(mail: Mail) -> None:
    """Finish the row, and delete the text if it holds a secret.

    In practice mode the mailbox page is the only place to read emails, and no real secret is in them.
    """
    # A kind that was removed from the product may have held a secret.
    kind = KIND.get(mail.kind)
    if (kind is None or kind.secret) and not settings.PRACTICE:
        mail.text = mail.html = ""
    mail.finish()
