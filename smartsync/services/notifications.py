"""Emails about scheduled runs that failed. A run that a user started sends none: that user watches its page."""

from functools import partial

from django.urls import reverse

from accounts.models import Role, User
from mail import recipients
from mail.services import email_send_all
from smartsync.diagnoses import explain
from smartsync.models import ListRun, SyncRun

BAD = (SyncRun.Result.FAILED, SyncRun.Result.INCOMPLETE)


def notify_run_ended(run: SyncRun) -> None:
    """Send an email if a scheduled run failed or is incomplete: once per run, even if its lists are retried."""
    if not run.scheduled_for or run.result not in BAD:
        return
    failed = run.result == SyncRun.Result.FAILED
    lists = run.lists.filter(state__in=ListRun.TROUBLED).exclude(cause=run.cause)
    email_send_all(
        kind="sync_failed",
        to=_recipients(run),
        dedupe_key=f"sync_failed:{run.pk}",
        context={
            "run": run,
            "profile": run.profile,
            "failed": failed,
            # A function, since each recipient gets the explanation in their own language.
            "explanation": partial(explain, run),
            "lists": [(list_run, partial(explain, list_run)) for list_run in lists],
        },
        link=reverse("smartsync:run", args=[run.pk]),
        customer=run.profile.connection.customer,
    )


def _recipients(run: SyncRun) -> list[User]:
    """System Administrators and the user who created the schedule, if they have access to the legal entity."""
    entity = run.profile.legal_entity
    creator = run.schedule.created_by if run.schedule else None
    has_access = creator and creator.has_role(*Role.values) and recipients.reaches(creator, entity)
    return [*recipients.administrators_reaching(entity), *([creator] if creator and has_access else [])]
