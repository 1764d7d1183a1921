"""Notify users of Beanworks of what channels report too, if no email does: late requests, and customers who stop."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from core.batches import work_row_by_row
from mail import recipients
from mail.kinds import NotificationKind
from mail.models import Notification
from mail.notifications import notification_send
from operations.channels.kinds import KINDS, Occasion
from wizard.models import SupportSettings

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


def notify_occasions(*, slow: bool) -> None:
    """Notify of what there is now, once. A kind that fails does not stop the others."""
    slugs = [slug for slug in NOTIFIED if KINDS[slug].is_slow == slow]
    work_row_by_row(slugs, _notify_of_kind, lambda slug, error: None)


def _notify_of_kind(slug: str) -> None:
    since = timezone.now() - RECENT
    occasions = [occasion for occasion in KINDS[slug].occasions(SupportSettings.current()) if occasion.since >= since]
    new = {f"{slug}:{occasion.key}": occasion for occasion in occasions}
    for key in Notification.objects.filter(kind=slug, dedupe_key__in=new).values_list("dedupe_key", flat=True):
        new.pop(key, None)
    for key, occasion in new.items():
        if occasion.customer:
            notification_send(
                kind=slug,
                to=NOTIFIED[slug](occasion),
                dedupe_key=key,
                facts={"customer": occasion.customer.name},
                link=occasion.link,
                customer=occasion.customer,
            )
