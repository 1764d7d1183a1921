"""Emails about syncs: scheduled ones that failed or did not start, and the first one that a user started.

A later run that a user starts sends none: that user watches its page.
"""

from datetime import timedelta
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from core.batches import work_row_by_row
from mail import recipients
from mail.services import email_send, email_send_all
from smartsync.diagnoses import explain
from smartsync.maintenance import maintenance_words
from smartsync.models import ListRun, MissedRun, Schedule, SyncRun
from smartsync.models.list_runs import all_lists
from wizard.missing import Kind, missing_list, missing_text
from wizard.models import SyncProfile

BATCH = 500
# An older one is no news: schedules were not dispatched for days, or the row is from a release without these emails.
RECENT = timedelta(days=3)


def notify_run_ended(run: SyncRun) -> None:
    """Send an email about a run for which someone waits: once per run and result, even if its lists are retried."""
    if run.scheduled_for and run.result in SyncRun.bad_outcomes:
        _notify_failed(run)
    elif run.requested_by and run.kind == SyncRun.Kind.FULL and run.result != SyncRun.Result.CANCELED:
        _notify_first(run, run.requested_by)


def missed_runs_notify() -> None:
    """Send an email about each scheduled sync that did not start."""
    missed = MissedRun.objects.filter(is_notified=False, due_at__gte=timezone.now() - RECENT).order_by("due_at")
    work_row_by_row(list(missed.values_list("pk", flat=True)[:BATCH]), _notify_missed, _skip_missed)


def _notify_failed(run: SyncRun) -> None:
    email_send_all(
        kind="sync_failed",
        to=_recipients(run.profile, run.schedule),
        dedupe_key=f"sync_failed:{run.pk}",
        context=_context(run),
        link=reverse("smartsync:run", args=[run.pk]),
        customer=run.profile.connection.customer,
    )


def _notify_first(run: SyncRun, user: User) -> None:
    earlier = run.profile.runs.filter(pk__lt=run.pk, kind=SyncRun.Kind.FULL, result=SyncRun.Result.COMPLETE)
    if earlier.exists():
        return
    email_send(
        kind="first_sync_ended",
        to=user,
        dedupe_key=f"first_sync_ended:{run.pk}:{run.result}",
        context={
            **_context(run),
            "complete": run.result == SyncRun.Result.COMPLETE,
            "list_count": len(all_lists(run)),
        },
        link=reverse("smartsync:run", args=[run.pk]),
        customer=run.profile.connection.customer,
    )


def _context(run: SyncRun) -> dict[str, Any]:
    # Functions, since each recipient gets the explanations in their own language.
    lists = run.lists.filter(state__in=ListRun.TROUBLED).exclude(cause=run.cause)
    return {
        "run": run,
        "profile": run.profile,
        "failed": run.result == SyncRun.Result.FAILED,
        "missing": partial(_missing_words, run.profile),
        "explanation": partial(explain, run),
        "maintenance": partial(maintenance_words, run),
        "lists": [(list_run, partial(explain, list_run)) for list_run in lists],
    }


def _notify_missed(pk: int) -> None:
    rows = MissedRun.objects.select_for_update(of=("self",), skip_locked=True).select_related("schedule__profile")
    missed = rows.filter(pk=pk, is_notified=False).first()
    if missed is None:
        return
    profile = missed.schedule.profile
    latest = profile.runs.filter(created_at__lt=missed.due_at).order_by("-pk").first()
    email_send_all(
        kind="sync_missed",
        to=_recipients(profile, missed.schedule),
        # One email for a reason until a sync starts again.
        dedupe_key=f"sync_missed:{profile.pk}:{missed.reason}:{latest.pk if latest else 0}",
        context={
            "missed": missed,
            "profile": profile,
            "missing": partial(_missing_words, profile),
            "maintenance": partial(maintenance_words, missed),
        },
        link=reverse("smartsync:schedules", args=[profile.pk]),
        customer=profile.connection.customer,
    )
    _skip_missed(pk)


def _skip_missed(pk: int, error: Exception | None = None) -> None:
    MissedRun.objects.filter(pk=pk).update(is_notified=True)


def _missing_words(profile: SyncProfile) -> str:
    """What failed. What only needs to be confirmed stops no sync."""
    return missing_text([item for item in missing_list(profile.connection) if item.kind is Kind.FAILED])


def _recipients(profile: SyncProfile, schedule: Schedule | None) -> list[User]:
    """System Administrators and the user who created the schedule, if they have access to the legal entity."""
    entity = profile.legal_entity
    creator = schedule.created_by if schedule else None
    has_access = creator and creator.has_role(*Role.values) and recipients.reaches(creator, entity)
    return [*recipients.administrators_reaching(entity), *([creator] if creator and has_access else [])]
