"""Reminders: of a handover whose link is about to expire, and of a set-up that has stopped.

Celery beat calls this every hour. An email has a key for its occasion, so none is sent twice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db.models import F, Max, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.models import User
from core.batches import work_row_by_row
from core.tokens import LinkToken
from mail import recipients
from wizard.models import Connection, Handover, SupportSettings
from wizard.progress import SETTLED, stage_statuses
from wizard.services.notifications import remind_guest, remind_maker, remind_of_setup
from wizard.stages.stage import Stage

BEFORE_EXPIRY = timedelta(days=2)
SATURDAY = 5
OFFICE_HOURS = range(9, 17)


def reminders_send() -> None:
    soon = timezone.now() + BEFORE_EXPIRY
    expiring = Handover.objects.usable().filter(reminded_at=None, expires_at__lte=soon)
    work_row_by_row(expiring.values_list("pk", flat=True), _remind_of_handover, lambda pk, error: None)
    if days := SupportSettings.current().reminder_days:
        stopped = stopped_connections(days[0]).select_related("customer")
        work_row_by_row(stopped, partial(_remind_of_setup, days=days), lambda connection, error: None)


def _remind_of_handover(pk: int) -> None:
    handover = Handover.objects.select_for_update().filter(pk=pk, reminded_at=None).first()
    if handover is None:
        return
    handover.reminded_at = timezone.now()
    if stages := _open_stages(handover):
        if not handover.is_undelivered:
            _remind_guest(handover, stages)
        remind_maker(handover, stages)
    handover.save(update_fields=["reminded_at", "token_hash", "link_email"])


def _remind_guest(handover: Handover, stages: list[Stage]) -> None:
    """Send a new link if the guest never opened theirs: only its hash is stored. The opened one keeps working."""
    if handover.opened_at:
        remind_guest(handover, stages, None)
        return
    token = LinkToken.create()
    handover.token_hash = token.hash
    handover.link_email = remind_guest(handover, stages, token)


def _open_stages(handover: Handover) -> list[Stage]:
    statuses = stage_statuses(handover.connection)
    return [status.stage for status in statuses if status.stage.slug in handover.stages and status.state not in SETTLED]


def stopped_connections(days: int) -> QuerySet[Connection]:
    """Connections that wait for their customer and were never synced, with the time of the last change.

    That is `changed_at`, at least this many days ago, but not so long ago that what was sent is no longer stored.
    """
    waiting = Connection.objects.filter(must_act=Connection.MustAct.CUSTOMER, first_synced_at=None)
    changed_at = Greatest(
        F("created_at"),
        F("stage_since"),
        Max("progress__updated_at"),
        Max("verifications__created_at"),
        Max("handovers__created_at"),
        Max("handovers__last_seen_at"),
        Max("profiles__decided_at"),
        Max("profiles__questions__asked_at"),
    )
    long_ago = timezone.now() - timedelta(days=days)
    # Of longer ago, the reminders that were sent are removed, so it is no longer known that they were.
    stored_since = timezone.now() - timedelta(days=settings.RETENTION_EMAILS_DAYS)
    return waiting.annotate(changed_at=changed_at).filter(changed_at__range=(stored_since, long_ago))


def _remind_of_setup(connection: Connection, days: Sequence[int]) -> None:
    changed_at: datetime = connection.changed_at  # type: ignore[attr-defined]
    paused_for = (timezone.now() - changed_at).days
    number = sum(paused_for >= day for day in days)
    for user in recipients.root_administrators(connection.customer):
        if _is_at_work(user):
            remind_of_setup(connection, user, changed_at, number)


def _is_at_work(user: User) -> bool:
    now = timezone.localtime(timezone=user.zone)
    return now.weekday() < SATURDAY and now.hour in OFFICE_HOURS
