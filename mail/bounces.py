"""Bounces: an email from the reader's mail server that says ours was not delivered (RFC 3464)."""

import logging
import re
from email import message_from_bytes, policy
from email.message import Message
from typing import NamedTuple

from mail.models import Email
from mail.services import email_record_bounce

log = logging.getLogger(__name__)
# The bounce contains our email as a whole, or its headers.
OURS = re.compile(rb"^Message-ID:\s*<mail-([0-9]{1,18})@", re.IGNORECASE | re.MULTILINE)


class Bounce(NamedTuple):
    """Which email did not reach which address, and the server's words."""

    email_pk: int
    address: str
    reply: str


def record_bounce(content: bytes) -> None:
    """Record a bounce of one of our emails. Anything else, however malformed, is ignored: anyone can write to us."""
    bounce = parse_bounce(content)
    email = Email.objects.filter(pk=bounce.email_pk, address__iexact=bounce.address).first() if bounce else None
    if bounce is None or email is None or not email_record_bounce(email=email, reply=bounce.reply):
        log.info("An email arrived that is not a bounce of one of our emails")


def parse_bounce(content: bytes) -> Bounce | None:
    """Parse a bounce. Returns None for any other email, or for one that only reports a delay."""
    # The older policy parses anything; the newer one raises an error on many malformed headers.
    try:
        parts = message_from_bytes(content, policy=policy.compat32).walk()
        failed = next((part for part in parts if _text(part, "Action").lower() == "failed"), None)
    except RecursionError:  # hundreds of parts, each in the one before
        return None
    message_id = OURS.search(content)
    if message_id is None or failed is None:
        return None
    status, diagnosis = _text(failed, "Status"), _text(failed, "Diagnostic-Code").rpartition(";")[2].strip()
    return Bounce(
        int(message_id[1]), _text(failed, "Final-Recipient").rpartition(";")[2].strip(), f"{status} {diagnosis}"[:500]
    )


def _text(part: Message, header: str) -> str:
    return " ".join(str(part.get(header, "")).replace("\0", "").split())
