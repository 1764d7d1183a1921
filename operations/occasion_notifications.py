"""Notify users of Beanworks of what channels report too, if no email does: late requests, and customers who stop."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from mail import recipients
from mail.kinds import NotificationKind
from mail.models import Notification
from mail.notifications import notification_send
from operations.channels.kinds import KINDS, Kind, Occasion

# What began earlier is no news, such as all that had stopped before a deployment first notified anyone of it.
RECENT = timedelta(days=30)


def _support(occasion: Occasion) -> Sequence[User]:
    return recipients.support()


def _manager(occasion: Occasion) -> Sequence[User]:
    manager = occasion.customer.success_manager if occasion.customer else None
    return [manager] if manager else []


NOTIFIED: dict[str, Callable[[Occasion], Sequence[User]]] = {
    "request_waiting": _support,
    "request_claimed": _support,
    "customer_stopped": _manager,
}
NOTIFICATION_KINDS = [NotificationKind(slug, "warn", KINDS[slug].sentence) for slug in NOTIFIED]


def is_notified(kind: Kind) -> bool:
    return kind.slug in NOTIFIED


def notify(kind: Kind, occasions: Sequence[Occasion]) -> None:
    since = timezone.now() - RECENT
    new = {f"{kind.slug}:{occasion.key}": occasion for occasion in occasions if occasion.since >= since}
    for key in Notification.objects.filter(kind=kind.slug, dedupe_key__in=new).values_list("dedupe_key", flat=True):
        new.pop(key, None)
    for key, occasion in new.items():
        if occasion.customer:
            notification_send(
                kind=kind.slug,
                to=NOTIFIED[kind.slug](occasion),
                dedupe_key=key,
                facts={"customer": occasion.customer.name},
                link=occasion.link,
                customer=occasion.customer,
            )
