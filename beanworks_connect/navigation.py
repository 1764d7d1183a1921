"""How much there is to do behind each link of the header: one query for each link that the user sees."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import ngettext

from accounts.middleware import is_poll
from accounts.models import Role, User
from mail.models import Email
from mail.notifications import MOST_COUNTED, unread_count
from smartsync.models import Hold
from wizard.models import Connection, SyncProfile

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Count:
    """`words`: the number as screen readers read it. `is_more`: there are more than this number."""

    number: int
    words: str
    is_more: bool = False


NOT_COUNTED = Count(0, "")


def navigation_counts(user: Any) -> dict[str, Count]:
    """Return counts by the name of their link; none for visitors who are not signed in."""
    if not user.is_authenticated:
        return {}
    shown = {name: link for name, link in LINKS.items() if link.is_shown(user)}
    counts = dict.fromkeys(shown, NOT_COUNTED)
    try:
        for name, link in shown.items():
            counts[name] = _count(link, user)
    except OperationalError:
        # One table is locked. Every page has the navigation, but not every page needs that table.
        if connection.in_atomic_block:
            raise  # PostgreSQL refuses every further query of the transaction
        log.warning("The navigation could not count what there is to do")
    return counts


def notification_count(request: HttpRequest) -> Count:
    """Count the user's unread notifications. Those about the page that the user opens become read."""
    if not request.user.is_authenticated:
        return NOT_COUNTED
    opened = "" if request.method != "GET" or is_poll(request) else request.path
    try:
        number = unread_count(request.user, opened)
    except OperationalError:
        if connection.in_atomic_block:
            raise
        log.warning("The header could not count notifications")
        return NOT_COUNTED
    words = ngettext("%(number)s unread notification", "%(number)s unread notifications", number)
    return Count(number, words % {"number": number}, is_more=number == MOST_COUNTED)


@dataclass(frozen=True)
class Link:
    is_shown: Callable[[User], bool]
    rows: Callable[[User], QuerySet[Any]]
    words: Callable[[int], str]


def _count(link: Link, user: User) -> Count:
    number = link.rows(user).count()
    return Count(number, link.words(number) % {"number": number})


def _is_customer(user: User) -> bool:
    return user.kind == User.Kind.CUSTOMER


def _unfinished_connections(user: User) -> QuerySet[Any]:
    return Connection.objects.visible_to(user).filter(must_act=Connection.MustAct.CUSTOMER)


def _troubled_profiles(user: User) -> QuerySet[Any]:
    is_held = Exists(Hold.objects.undecided().filter(profile=OuterRef("pk")))
    return SyncProfile.objects.approved().visible_to(user).filter(Q(has_gaps=True) | is_held)


# Built once, since every page counts them. They are never evaluated, so they hold no rows.
OPEN_REQUESTS = SyncProfile.objects.with_beanworks()
UNDELIVERED = Email.objects.undelivered()
LINKS = {
    "queue": Link(
        lambda user: user.is_support,
        lambda user: OPEN_REQUESTS,
        lambda number: ngettext("%(number)s open request", "%(number)s open requests", number),
    ),
    "emails": Link(
        lambda user: user.is_support,
        lambda user: UNDELIVERED,
        lambda number: ngettext("%(number)s undelivered email", "%(number)s undelivered emails", number),
    ),
    "connection": Link(
        lambda user: _is_customer(user) and user.has_role(Role.SYSTEM_ADMINISTRATOR),
        _unfinished_connections,
        lambda number: ngettext("%(number)s connection needs you", "%(number)s connections need you", number),
    ),
    "smartsync": Link(
        _is_customer,
        _troubled_profiles,
        lambda number: ngettext("%(number)s legal entity needs you", "%(number)s legal entities need you", number),
    ),
}
