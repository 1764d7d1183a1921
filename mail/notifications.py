"""Notifications: what happened, in the list of each signed-in user, until they have opened its page.

Most come with an email about the same (`email_send`). Those without one are sent by `notification_send`.
"""

from collections.abc import Iterable

from django.utils import timezone, translation

from accounts.models import Customer, User
from core.isolated_text import isolate_in_text
from mail.kinds import NOTIFICATION_KINDS
from mail.models import Notification

MOST_COUNTED = 99


def notification_send(
    *, kind: str, to: Iterable[User], dedupe_key: str, facts: dict[str, str], link: str, customer: Customer
) -> None:
    """Notify each user in their language, in the caller's transaction. The facts fill the sentence of the kind."""
    for user in dict.fromkeys(to):
        if user.is_active:
            with translation.override(user.language):
                text = isolate_in_text(str(NOTIFICATION_KINDS[kind].sentence) % facts)
            notification_add(user=user, kind=kind, dedupe_key=dedupe_key, text=text, link=link, customer=customer)


def notification_add(
    *, user: User, kind: str, dedupe_key: str, text: str, link: str, customer: Customer | None = None
) -> None:
    """Add a notification, unless the user was notified of this occasion before."""
    notification = Notification(
        user=user,
        customer=customer or user.customer,
        kind=kind,
        dedupe_key=dedupe_key,
        text=text[:250],
        language=user.language,
        link=link,
    )
    Notification.objects.bulk_create([notification], ignore_conflicts=True)


def unread_count(user: User, opened: str = "") -> int:
    """Return how many notifications the user has not read, at most MOST_COUNTED.

    opened: the path of the page that the user opens now. Those that lead to it become read.
    """
    links = list(user.notifications.unread().values_list("link", flat=True)[:MOST_COUNTED])
    if opened in links:
        user.notifications.unread().filter(link=opened).update(read_at=timezone.now())
    return sum(link != opened for link in links)


def notifications_read(user: User, **which: object) -> None:
    """Mark the user's own unread notifications as read: those to which the lookups apply."""
    user.notifications.unread().filter(**which).update(read_at=timezone.now())
