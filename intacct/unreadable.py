"""Recognize answers that are not an Intacct reply, by their content."""

import re

from intacct.classify import classify
from intacct.errors import (
    CloudflareReply,
    EmptyReply,
    HtmlReply,
    IntacctError,
    JsonReply,
    Throttled,
    TruncatedReply,
    UnreadableReply,
)

HEAD = 64 * 1024
"""Bytes at the start of an answer."""

SHAPES: tuple[tuple[str, type[UnreadableReply], str], ...] = (
    (r"\A\s*\Z", EmptyReply, "the answer was empty"),
    (r"\A\s*(<\?xml[^>]*>)?\s*<response[\s>]", TruncatedReply, "the answer broke off or was damaged on the way"),
    (
        r"cf-error-details|cloudflare",
        CloudflareReply,
        "the answer was an error page of the network in front of Intacct",
    ),
    (r"<html|<!doctype html|<body", HtmlReply, "the answer was a web page"),
)


RATE_LIMITED = re.compile("rate limit exceeded|too many requests", re.IGNORECASE)


def unreadable_reply_error(
    body: bytes, content_type: str, status: int | None, retry_after: float | None = None
) -> IntacctError:
    """Return the exception for a body that is not a `response` document. Its message never quotes the body.

    status: the HTTP status. retry_after: seconds that the gateway asked us to wait.
    """
    looked_at = body[:HEAD].decode("utf-8", "replace")
    if RATE_LIMITED.search(looked_at):
        return Throttled("the gateway said that there were too many requests", status=status, retry_after=retry_after)
    shape, message = _shape(looked_at, content_type)
    # Cloudflare, in front of Intacct, also answers 403 for a while if it takes us for an attacker. No setting of the
    # company causes that, so it is not GatewayBlocked.
    if (status or 200) < 400 or (status == 403 and shape is CloudflareReply):
        return shape(message, status=status)
    message = f"the gateway answered HTTP {status} and said nothing more"
    return classify("transport", status, (), message=message, retry_after=retry_after)


def _shape(looked_at: str, content_type: str) -> tuple[type[UnreadableReply], str]:
    for pattern, cause, message in SHAPES:
        if re.search(pattern, looked_at, re.IGNORECASE):
            return cause, message
    if "json" in content_type.lower() or looked_at.lstrip().startswith(("[", "{")):
        return JsonReply, "the answer was JSON where XML was expected"
    return UnreadableReply, "the answer could not be read"
