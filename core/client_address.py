"""From where a request came: limits count for each address."""

import ipaddress
import logging
import random
import re

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = ipaddress.ip_network("3fff::/20")
"""Reserved for examples (RFC 9637): no visitor has an address in it."""
WRITTEN = re.compile(r"\[(?P<six>[^\]]+)\](:[0-9]+)?|(?P<four>[0-9.]+)(:[0-9]+)?|(?P<bare>[0-9a-fA-F:.]+)")
log = logging.getLogger(__name__)


def client_address(request: HttpRequest) -> str:
    """The address that the proxy saw, or another one for each request whose address is unknown.

    All requests of unknown origin under one address would share its limits: a stranger's tries would lock out everyone.
    The limits per user still hold for them.
    """
    if "CLIENT_ADDRESS" not in request.META:
        request.META["CLIENT_ADDRESS"] = _read(request) or _unknown()
    return str(request.META["CLIENT_ADDRESS"])


def _read(request: HttpRequest) -> str | None:
    if not settings.BEHIND_PROXY:
        return _valid(request.META.get("REMOTE_ADDR", ""))

    # Our own proxy's entry is the last one: what comes before it was written by the client.
    address = _valid(request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2])
    if not address:
        log.warning("The proxy did not send the client's address in X-Forwarded-For: limits per address do not work")
    return address


def _valid(text: str) -> str | None:
    """As some proxies write it: with a port, in brackets."""
    match = re.fullmatch(
        r"\[(?P<six>[^\]]+)\](:[0-9]+)?|(?P<four>[0-9.]+)(:[0-9]+)?|(?P<bare>[0-9a-fA-F:.]+)", text.strip()
    )
    if not match:
        return None
    try:
        return str(ipaddress.ip_address(match["six"] or match["four"] or match["bare"]))
    except ValueError:
        return None


def _unknown() -> str:
    host_bits = UNKNOWN.max_prefixlen - UNKNOWN.prefixlen
    return str(UNKNOWN[random.getrandbits(host_bits)])
