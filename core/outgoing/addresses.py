"""Which addresses webhooks may be sent to: public ones, so that none reaches into the network of a deployment."""

import re
import socket
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.outgoing.errors import NoAnswer, NotSent

GLOBAL_UNICAST = ip_network("2000::/3")
# What `is_global` lets pass and leads elsewhere: addresses with an IPv4 address inside (6to4 and its relays, Teredo),
# and blocks for protocols. IPv4-mapped addresses and NAT64 are outside GLOBAL_UNICAST.
SPECIAL = [ip_network(block) for block in ("2002::/16", "2001::/23", "3fff::/20", "192.0.0.0/24", "192.88.99.0/24")]
# Visible ASCII characters, since parsers disagree about others. Names in other scripts are written in Punycode. The
# last part of a name begins with a letter: otherwise resolvers read an IPv4 address, such as 127.1 or 0x7f000001.
URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?:(?:[A-Za-z0-9][A-Za-z0-9-]*\.)*[A-Za-z][A-Za-z0-9-]*"
    r"|(?P<ipv4>[0-9.]+)|\[(?P<ipv6>[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)\])"
    r"(?::(?P<port>[0-9]{1,5}))?(?:[/?][!$-\[\]^-~]*)?"
)
# The resolver of the system has time-outs of its own, and a thread that waits for it cannot be interrupted.
LOOKUPS = ThreadPoolExecutor(max_workers=250, thread_name_prefix="webhook-lookup")


def clean_url(text: str) -> str:
    """Return the address of a receiver, or raise ValidationError. Where its host leads is checked at each request."""
    match = URL.fullmatch(text)
    if not match or not 0 < int(match["port"] or 443) < 65536:
        raise ValidationError(
            _("Enter an address like https://example.com/webhooks, without a user name or a fragment.")
        )
    if match["scheme"] == "http" and not settings.PRACTICE:
        raise ValidationError(_("Enter an address that begins with https://, so that no one can read what we send."))
    ip = match["ipv4"] or match["ipv6"]
    if ip and not (_is_ip(ip) and is_allowed(ip, urlsplit(text))):
        raise ValidationError(_("Enter a public address: we cannot send to %(host)s.") % {"host": ip})
    return text


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_public(address: str) -> bool:
    """Return whether anyone on the internet can have this address."""
    ip = ip_address(address)
    if ip.is_multicast or ip.is_reserved or any(ip in block for block in SPECIAL):
        return False
    return ip.is_global and (ip.version == 4 or ip in GLOBAL_UNICAST)


def is_allowed(address: str, url: SplitResult) -> bool:
    """Whether webhooks for this URL may go to this address of its host.

    In practice mode also to this machine and to the practice company, which is in a private network if the product runs
    in containers. Nothing else gets any without TLS.
    """
    if settings.PRACTICE and (ip_address(address).is_loopback or _is_practice_company(url)):
        return True
    return url.scheme == "https" and is_public(address)


def _is_practice_company(url: SplitResult) -> bool:
    gateway = urlsplit(settings.INTACCT_ENDPOINT)
    return (url.scheme, url.netloc) == (gateway.scheme, gateway.netloc)


def look_up(host: str, port: int) -> list[str]:
    """Return all addresses of a host, in the order in which to try them. Raises NotSent. It may take any time."""
    if _is_ip(host):
        return [host]
    try:
        return [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise NotSent(NoAnswer.UNRESOLVED) from None
