"""Who is told by mail how a scheduled run ended. A run that a person started, that person watches."""

from functools import partial

from django.urls import reverse

from accounts.models import Role, User
from mail import people
from mail.services import mail_send_all
from smartsync.models import ListRun, SyncRun
from smartsync.troubles import explain

BAD = (SyncRun.Result.FAILED, SyncRun.Result.INCOMPLETE)


def ended(run: SyncRun) -> None:
    """Once per run, however often its lists are retried."""
    if not run.scheduled_for or run.result not in BAD:
        return
    failed = run.result == SyncRun.Result.FAILED
    lists = run.lists.filter(state__in=ListRun.TROUBLED).exclude(cause=run.cause)
    mail_send_all(
        kind="sync_failed",
        to=_concerned(run),
        once=f"sync_failed:{run.pk}",
        context={
            "run": run,
            "profile": run.profile,
            "failed": failed,
            # Put into words in each reader's language.
            "told": partial(explain, run),
            "lists": [(each, partial(explain, each)) for each in lists],
        },
        link=reverse("smartsync:run", args=[run.pk]),
        customer=run.profile.connection.customer,
    )


def _concerned(run: SyncRun) -> list[User]:
    """System Administrators and whoever made the schedule, as far as they reach the legal entity."""
    entity = run.profile.legal_entity
    maker = run.schedule.created_by if run.schedule else None
    is_concerned = maker and maker.has_role(*Role.values) and people.reaches(maker, entity)
    return [*people.administrators_reaching(entity), *([maker] if maker and is_concerned else [])]
