"""How often visitors may do what has a cost for others: send emails, try links, save forms without signing in.

The counts are in the cache, which is in the database. So a count is part of the caller's transaction: when the
transaction is rolled back, the count is too.
"""

import hashlib
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from allauth.core.internal.ratelimit import get_ip
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.timesince import timeuntil
from django.utils.translation import gettext_lazy as _

from core.errors import Refused

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EMAIL_PAUSE = _("We sent an email to this address a short time ago. You can send the next one in %(wait)s.")
EMAIL_DAY = _("This address has received the most emails we send in one day. You can send the next one in %(wait)s.")
SENDER_DAY = _("You have sent the most emails one user can send in one day. You can send the next one in %(wait)s.")
RESET_PAUSE = _("A link was requested for this address a short time ago. You can request the next one in %(wait)s.")
RESET_DAY = _("Too many links were requested for this address today. You can request the next one in %(wait)s.")
DEAD_LINKS = _("Too many invalid links were opened. You can open the next one in %(wait)s.")
SIGNED_OUT = _("Too many forms were sent by visitors who are not signed in. You can send the next one in %(wait)s.")


@dataclass(frozen=True)
class Limit:
    """At most `amount` times in `period`.

    `words` is the message for the user; %(wait)s in it is the time until they can try again.
    """

    amount: int
    period: timedelta
    words: Promise


class Uses(NamedTuple):
    latest: datetime
    number: int


LIMITS: Mapping[str, tuple[Limit, ...]] = {
    "reset_to_address": (Limit(1, MINUTE, RESET_PAUSE), Limit(10, DAY, RESET_DAY)),
    "invitation_to_address": (Limit(1, MINUTE, EMAIL_PAUSE), Limit(5, DAY, EMAIL_DAY)),
    "invitations_by_user": (Limit(100, DAY, SENDER_DAY),),
    "invitations_by_import": (Limit(5000, DAY, SENDER_DAY),),
    "handover_to_address": (Limit(1, MINUTE, EMAIL_PAUSE), Limit(5, DAY, EMAIL_DAY)),
    "handovers_by_user": (Limit(50, DAY, SENDER_DAY),),
    # Emails to all support users. A request beyond these limits is in the queue all the same.
    "profile_request_emails": (Limit(1, HOUR, EMAIL_PAUSE), Limit(3, DAY, EMAIL_DAY)),
    "profile_request_emails_by_customer": (Limit(20, DAY, SENDER_DAY),),
    # Counted by link first, so that reloading one dead link does not block a whole office.
    "dead_link": (Limit(5, MINUTE, DEAD_LINKS),),
    "dead_links_by_source": (Limit(20, MINUTE, DEAD_LINKS),),
    "signed_out_forms_by_source": (Limit(10, HOUR, SIGNED_OUT),),
}


class LimitReached(Refused):
    """Raised with a message, in the user's language, that says when it works again."""

    def __init__(self, limit: Limit, works_at: datetime) -> None:
        self.seconds = math.ceil((works_at - timezone.now()).total_seconds())
        super().__init__(str(limit.words) % {"wait": wait_in_words(works_at)})


def wait_in_words(works_at: datetime) -> str:
    """Return how long until then, rounded up to a minute, so that no user comes back too early."""
    return timeuntil(works_at + timedelta(seconds=59), depth=1)


@transaction.atomic
def use_limit(name: str, *key: object) -> None:
    """Count one use of the limit `name` for this `key`, or raise `LimitReached`."""
    limits = LIMITS[name]
    place = _place(name, key)
    _lock(place)

    # The time is read after waiting for the lock. With an earlier time, the use recorded while we waited would be in
    # the future.
    now = timezone.now()
    uses = [use for use in cache.get(place, []) if use.latest <= now]
    for limit in limits:
        if works_at := _works_at(limit, uses, now):
            raise LimitReached(limit, works_at)

    longest = max(limit.period for limit in limits)
    uses = [use for use in uses if use.latest > now - longest]
    cache.set(place, _with_one_more(uses, limits, now), longest.total_seconds())


def _works_at(limit: Limit, uses: list[Uses], now: datetime) -> datetime | None:
    """Return when a use is possible again, or None if one is possible now."""
    counted = 0
    for use in reversed(uses):
        if use.latest > now - limit.period:
            counted += use.number
            if counted >= limit.amount:
                return use.latest + limit.period
    return None


def _with_one_more(uses: list[Uses], limits: tuple[Limit, ...], now: datetime) -> list[Uses]:
    """Return the uses and one now, which is added to those of the same slot.

    An import uses a limit thousands of times: one entry for each use made every next one read and write them all. A
    slot is a sixtieth of the shortest period, and a slot as a whole counts from its latest use, so no limit is
    exceeded.
    """
    slot = min(limit.period for limit in limits).total_seconds() / 60
    if uses and uses[-1].latest.timestamp() // slot == now.timestamp() // slot:
        return [*uses[:-1], Uses(now, uses[-1].number + 1)]
    return [*uses, Uses(now, 1)]


@contextmanager
def lock_for_allauth(cache_key: str) -> Iterator[bool]:
    """Take a lock of the database instead of allauth's, while it counts a sign-in from one source.

    allauth's is an entry of the cache, and a request that waits a second for it counts as one too many. On a busy
    machine, users of one office who signed in at the same time were refused. After the process that had the lock was
    killed, all of them were, for ten seconds.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Longer than pages wait for locks: each sign-in of an office has this one for milliseconds, in turn.
            cursor.execute("SET LOCAL lock_timeout = '5s'")
        _lock(cache_key)
        yield True


def source_of(request: HttpRequest) -> str:
    """Return where a visitor comes from: an IPv4 address, or the network of an IPv6 address, as allauth counts them."""
    return str(get_ip(request))


def _place(name: str, key: tuple[object, ...]) -> str:
    return f"uses:{name}:{hashlib.sha256(repr(key).encode()).hexdigest()}"


def _lock(place: str) -> None:
    """Take a lock for this limit, so that the second of two simultaneous uses sees the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [place])
