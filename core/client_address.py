"""Find the IP address of a request. Limits count per address."""

import ipaddress
import logging
import random
import re

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = ipaddress.ip_network("3fff::/20")
"""Reserved for documentation (RFC 9637), so no visitor has an address in it."""
WRITTEN = re.compile(r"\[(?P<six>[^\]]+)\](:[0-9]+)?|(?P<four>[0-9.]+)(:[0-9]+)?|(?P<bare>[0-9a-fA-F:.]+)")
log = logging.getLogger(__name__)


def client_address(request: HttpRequest) -> str:
    """Return the address that the proxy saw. A request whose address is unknown gets a random one.

    With one address for all unknown requests, they would share its limits, and one attacker could lock out all users.
    The limits per user still apply to them.
    """
    if "CLIENT_ADDRESS" not in request.META:
        request.META["CLIENT_ADDRESS"] = _read(request) or _random_address()
    return str(request.META["CLIENT_ADDRESS"])


def _read(request: HttpRequest) -> str | None:
    if not settings.BEHIND_PROXY:
        return _parse_address(request.META.get("REMOTE_ADDR", ""))

    # Our own proxy adds the last entry. The client can write anything before it.
    address = _parse_address(request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2])
    if not address:
        log.warning("The proxy did not send the client's address in X-Forwarded-For: limits per address do not work")
    return address


def _parse_address(text: str) -> str | None:
    """The address in a text. Some proxies add a port or brackets."""
    match = WRITTEN.fullmatch(text.strip())
    if not match:
        return None
    try:
        return str(ipaddress.ip_address(match["six"] or match["four"] or match["bare"]))
    except ValueError:
        return None


def _random_address() -> str:
    host_bits = UNKNOWN.max_prefixlen - UNKNOWN.prefixlen
    return str(UNKNOWN[random.getrandbits(host_bits)])
