from collections.abc import Sequence
from uuid import uuid4

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from accounts.models import User
from core.emails import EmailContent
from mail.kinds import ACCOUNT
from mail.services import email_write


class Outbox(BaseEmailBackend):
    """A Django email backend that writes to the outbox. So emails of allauth and Django are sent like all others."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            for address in message.recipients():
                self._write(message, address)
        return len(email_messages)

    def _write(self, message: EmailMessage, address: str) -> None:
        parts = message.alternatives if isinstance(message, EmailMultiAlternatives) else []
        html = next((str(content) for content, kind in parts if kind == "text/html"), "")
        email_write(
            kind=ACCOUNT.slug,
            address=address,
            dedupe_key=str(uuid4()),
            content=EmailContent(str(message.subject), str(message.body), html),
            user=User.objects.filter(email=address.lower()).first(),
        )
