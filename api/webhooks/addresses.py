"""Which addresses webhooks may be sent to: public ones, so that none reaches into the network of a deployment."""

import socket
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address, ip_network

from django.conf import settings

from api.models import WebhookDelivery
from api.webhooks.errors import NotSent

Reason = WebhookDelivery.FailureReason
GLOBAL_UNICAST = ip_network("2000::/3")
# What `is_global` lets pass and leads elsewhere: addresses with an IPv4 address inside (6to4 and its relays, Teredo),
# and blocks for protocols. IPv4-mapped addresses and NAT64 are outside GLOBAL_UNICAST.
SPECIAL = [ip_network(block) for block in ("2002::/16", "2001::/23", "3fff::/20", "192.0.0.0/24", "192.88.99.0/24")]
# The resolver of the system has time-outs of its own, and a thread that waits for it cannot be interrupted.
LOOKUPS = ThreadPoolExecutor(max_workers=50, thread_name_prefix="webhook-lookup")


def is_public(address: str) -> bool:
    ip = ip_address(address)
    if ip.is_multicast or ip.is_reserved or any(ip in block for block in SPECIAL):
        return False
    return ip.is_global and (ip.version == 4 or ip in GLOBAL_UNICAST)


def is_allowed(address: str, scheme: str) -> bool:
    """Whether webhooks may go there: in practice mode to this machine too, and to nothing else without TLS."""
    if settings.PRACTICE and ip_address(address).is_loopback:
        return True
    return scheme == "https" and is_public(address)


def look_up(host: str, port: int, seconds: float) -> list[str]:
    """Return all addresses of a host, in the order in which to try them. Raises NotSent."""
    future = LOOKUPS.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        return [str(row[4][0]) for row in future.result(seconds)]
    except TimeoutError:
        future.cancel()
        raise NotSent(Reason.TIMEOUT) from None
    except (OSError, UnicodeError):
        raise NotSent(Reason.UNRESOLVED) from None
