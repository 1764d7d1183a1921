"""The emails and notifications about what is still open, through the services of the product that write them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from beanworks_connect.demo.handovers import BOUNCE, Guest
from core.leases import State
from core.tokens import LinkToken
from mail.models import Email, Notification
from mail.services import email_record_bounce
from smartsync.models import SyncRun
from smartsync.services.notifications import notify_run_ended
from wizard.models import Handover, Incident, Question, SyncProfile
from wizard.services import notifications

# Users have read what is older.
UNREAD_FOR = timedelta(days=4)


def insert_emails(handovers: Sequence[tuple[Guest, Handover, LinkToken]], incidents: Sequence[Incident]) -> None:
    for profile in SyncProfile.objects.for_queue():
        if profile.requested_by:
            notifications.notify_request([profile], profile.requested_by, profile.note)
            _date(profile.requested_at)
    for question in Question.objects.filter(closed_at=None):
        notifications.notify_question(question)
        _date(question.asked_at)
    for incident in incidents:
        notifications.notify_incidents(incident.connection, [incident])
        _date(incident.since)
    for run in SyncRun.objects.exclude(result=SyncRun.Result.COMPLETE).select_related("profile__connection__customer"):
        notify_run_ended(run)
        _date(run.finished_at or run.created_at)
    for guest, handover, token in handovers:
        notifications.send_handover_link(handover, token)
        _date(handover.created_at)
        if guest.bounced:
            email_record_bounce(email=Email.objects.latest("pk"), reply=BOUNCE)
    _date_notifications()


def _date_notifications() -> None:
    """Each is as old as the email about the same."""
    emails = Email.objects.filter(dedupe_key=OuterRef("dedupe_key"))
    Notification.objects.update(created_at=Subquery(emails.values("created_at")[:1]))
    old = Notification.objects.filter(created_at__lt=timezone.now() - UNREAD_FOR)
    old.update(read_at=F("created_at") + timedelta(hours=2))


def _date(at: datetime) -> None:
    """Make the emails that were just written look sent at this time."""
    Email.objects.filter(sent_at=None, failure_reason="").update(
        state=State.DONE, attempts=1, created_at=at, started_at=at, finished_at=at, sent_at=at
    )
