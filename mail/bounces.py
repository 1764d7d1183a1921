"""Mail that came back: what a reader's mail server says later, in a mail of its own (RFC 3464)."""

import email
import logging
import re
from email import policy
from email.message import Message
from typing import NamedTuple

from mail.models import Mail
from mail.services import mail_bounced

log = logging.getLogger(__name__)
# The mail that came back is in it whole, or its headers are.
OURS = re.compile(rb"^Message-ID:\s*<mail-([0-9]{1,18})@", re.IGNORECASE | re.MULTILINE)


class Bounce(NamedTuple):
    """Who did not get which mail, and the server's words."""

    mail_pk: int
    address: str
    reply: str


def bounce_take(content: bytes) -> None:
    """Note what is a bounce of ours. Anything else, however mangled, is passed over: anybody can write to us."""
    found = bounce_read(content)
    sent = Mail.objects.filter(pk=found.mail_pk, address__iexact=found.address).first() if found else None
    if found is None or sent is None or not mail_bounced(mail=sent, reply=found.reply):
        log.info("A mail came that is no bounce of a mail of ours")


def bounce_read(content: bytes) -> Bounce | None:
    """None for what is no bounce, or only says that a mail is late."""
    # The older policy reads anything; the newer one raises on many a broken header.
    parts = email.message_from_bytes(content, policy=policy.compat32).walk()
    failed = next((part for part in parts if _text(part, "Action").lower() == "failed"), None)
    ours = OURS.search(content)
    if ours is None or failed is None:
        return None
    status, diagnosis = _text(failed, "Status"), _text(failed, "Diagnostic-Code").rpartition(";")[2].strip()
    return Bounce(
        int(ours[1]), _text(failed, "Final-Recipient").rpartition(";")[2].strip(), f"{status} {diagnosis}"[:500]
    )


def _text(part: Message, header: str) -> str:
    return " ".join(str(part.get(header, "")).replace("\0", "").split())
