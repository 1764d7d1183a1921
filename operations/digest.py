"""What happened to a customer success manager's customers, emailed on Monday morning in their time zone."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from core.batches import work_row_by_row
from mail.models import Email
from mail.services import email_send
from operations.board import WAITING_SINCE, Show, board_connections, condition_of
from wizard.models.connection import ConnectionQuerySet

MONDAY = 0
# The first of these hours sends it. The others follow if nothing ran then.
MORNING = range(8, 12)
WEEK = timedelta(days=7)
LISTED = 20
"""Customers that are named in each part. The board has all of them."""


def digests_send() -> None:
    managers = User.objects.filter(kind=User.Kind.CUSTOMER_SUCCESS, is_active=True)
    work_row_by_row(managers, _send_if_due, lambda manager, error: None)


def _send_if_due(manager: User) -> None:
    now = timezone.localtime(timezone=manager.zone)
    if now.weekday() != MONDAY or now.hour not in MORNING:
        return
    key = f"weekly_digest:{now.date().isoformat()}"
    # Asked first, because it is emailed in the first hour and looked for in all of them.
    if not Email.objects.filter(dedupe_key=key, address=manager.email).exists():
        with timezone.override(manager.zone):
            _send(manager, key, now)


def _send(manager: User, key: str, now: datetime) -> None:
    mine = board_connections(manager).filter(customer__success_manager=manager).order_by(WAITING_SINCE, "pk")
    parts = {
        "broken": mine.filter(condition_of(Show.BROKEN)),
        "stuck": mine.filter(condition_of(Show.STUCK)),
        "live": mine.filter(condition_of(Show.LIVE), first_synced_at__gte=now - WEEK),
    }
    context = {name: _listed(connections) for name, connections in parts.items()}
    if any(part["count"] for part in context.values()):
        link = f"{reverse('operations:board')}?whose=mine"
        email_send(kind="weekly_digest", to=manager, dedupe_key=key, context=context, link=link)


def _listed(connections: ConnectionQuerySet) -> dict[str, object]:
    count = connections.count()
    return {"count": count, "connections": connections[:LISTED], "more": max(count - LISTED, 0)}
