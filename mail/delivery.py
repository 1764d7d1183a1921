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

from core.emails import wrap_text
from core.leases import State, renew_periodically
from core.links import absolute_url
from mail.kinds import EMAIL_KINDS
from mail.models import Email
from mail.opt_out_links import opt_out_path
from mail.services import email_record_failure

WAITS = [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30)] + [
    timedelta(hours=hours) for hours in (2, 6, 12, 24)
]
"""The wait after each failed attempt. After the last wait there is one more attempt, and no further one."""
PERMANENT = (Email.FailureReason.ADDRESS, Email.FailureReason.CONTENT, Email.FailureReason.INACTIVE)


def email_deliver(email: Email) -> None:
    """Try once to send an email that this worker has claimed. Raises LeaseLost."""
    if email.user and not email.user.is_active:
        # The user may have been deactivated since: the email may have waited for days, or support may have retried it.
        _write_while_held(email, lambda: _record_failure(email, Email.FailureReason.INACTIVE, ""))
        return

    try:
        with renew_periodically(email):
            _build_message(email).send()
    except (OSError, ValueError) as error:  # smtplib's errors are OSErrors; a header Django refuses is a ValueError
        reason, reply = _reason_and_reply(error)
        _write_while_held(email, lambda: _record_failure(email, reason, reply))
    else:
        _write_while_held(email, lambda: _record_success(email))


def email_give_up(email: Email) -> None:
    """End an email after our own code failed on it repeatedly.

    Runs in the transaction of the caller, who holds the row.
    """
    email.failure_reason, email.reply = Email.FailureReason.CRASHED, email.failure
    _finish(email)


def record_given_up_email(email: Email) -> None:
    email_record_failure(email, Email.FailureReason.CRASHED)


def _build_message(email: Email) -> EmailMultiAlternatives:
    headers = {
        "Message-ID": f"<mail-{email.pk}@{urlsplit(settings.SITE_URL).hostname}>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": email.language,
    }
    kind = EMAIL_KINDS.get(email.kind)
    if email.user and kind and (opt_out := opt_out_path(email.user, kind)):
        # RFC 8058: the mail program shows a button that turns these emails off.
        headers["List-Unsubscribe"] = f"<{absolute_url(opt_out)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    connection = get_connection(settings.MAIL_TRANSPORT)
    message = EmailMultiAlternatives(
        email.subject,
        wrap_text(email.text),
        to=[email.address],
        # Replies reach people, not the mailbox that reads bounces.
        reply_to=[settings.SUPPORT_EMAIL],
        headers=headers,
        connection=connection,
    )
    if email.html:
        message.attach_alternative(email.html, "text/html")
    return message


def _reason_and_reply(error: Exception) -> tuple[Email.FailureReason, str]:
    """Return what the error means, and the server's own words."""
    match error:
        case SMTPRecipientsRefused(recipients=refused):
            code, reply = next(iter(refused.values()))
            reason = Email.FailureReason.ADDRESS
        case SMTPResponseException(smtp_code=code, smtp_error=reply):
            reason = Email.FailureReason.CONTENT if isinstance(error, SMTPDataError) else Email.FailureReason.SENDER
        case OSError():
            return Email.FailureReason.SILENT, type(error).__name__
        case _:
            return Email.FailureReason.CONTENT, str(error)
    ours = isinstance(error, SMTPAuthenticationError | SMTPSenderRefused)
    if code < 500 and not ours:
        reason = Email.FailureReason.BUSY
    words = reply.decode(errors="replace") if isinstance(reply, bytes) else str(reply)
    return reason, f"{code} {words}"[:500]


@transaction.atomic
def _write_while_held(email: Email, write: Callable[[], None]) -> None:
    email.hold()
    write()


def _record_success(email: Email) -> None:
    email.sent_at, email.failure_reason, email.reply = timezone.now(), "", ""
    _finish(email)


def _record_failure(email: Email, reason: Email.FailureReason, reply: str) -> None:
    email.failure_reason, email.reply = reason, reply
    if reason not in PERMANENT and email.attempts <= len(WAITS):
        email.due_at = timezone.now() + WAITS[email.attempts - 1]
        # The server was reached, so this attempt counts for WAITS only, not as a failure of our code.
        email.failures = 0
        email.state, email.lease_token, email.lease_until = State.QUEUED, None, None
        email.save()
        return
    _finish(email)
    email_record_failure(email, reason)


def _finish(email: Email) -> None:
    """Finish the row, and delete the text if it holds a secret.

    In practice mode the page of the outbox is the only place to read emails, and no real secret is in them.
    """
    # A kind that was removed from the product may have held a secret.
    kind = EMAIL_KINDS.get(email.kind)
    if (kind is None or kind.secret) and not settings.PRACTICE:
        email.text = email.html = ""
    email.finish()
