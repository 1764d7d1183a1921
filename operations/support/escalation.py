from datetime import timedelta

from django.urls import reverse

from accounts.models import User
from core.batches import work_row_by_row
from mail import recipients
from mail.services import email_send_all
from operations.business_hours import hours_of
from wizard.models import SupportSettings, SyncProfile


def escalate_requests() -> None:
    """Email about every request that waits for longer than support allows, once."""
    settings = SupportSettings.current()
    if not settings.escalation_hours:
        return
    hours, limit = hours_of(settings), timedelta(hours=settings.escalation_hours)
    waiting = SyncProfile.objects.for_queue().with_beanworks().prefetch_related("questions")
    late = [profile for profile in waiting if hours.service_time(profile) > limit]
    work_row_by_row(late, lambda profile: _escalate(profile, settings), lambda profile, error: None)


def _escalate(profile: SyncProfile, settings: SupportSettings) -> None:
    email_send_all(
        kind="request_escalated",
        to=_readers(settings),
        dedupe_key=f"request_escalated:{profile.pk}:{profile.requested_at.isoformat(timespec='seconds')}",
        context={"profile": profile, "hours": settings.escalation_hours},
        link=reverse("operations:request", args=[profile.pk]),
        customer=profile.connection.customer,
    )


def _readers(settings: SupportSettings) -> list[User]:
    reader = settings.escalation_to
    return [reader] if reader and reader.is_active else recipients.support()
