"""A connection in use is verified anew every day; what no longer passes is an incident until it does again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zlib import crc32

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from core.rows import work_row_by_row
from wizard.causes import PASSING
from wizard.models import Connection, Finding, Incident, Outcome, SyncProfile, Verification
from wizard.services.connecting import verification_request
from wizard.services.incidents import close_incident, close_incidents, open_incident, open_incidents
from wizard.services.refused import Refused

BATCH = 100
# The slug of the incident of a daily check that could not be started.
WATCH = "watch"
DAY = timedelta(days=1)
# A gateway out of order is no incident; it is asked again before the next day.
AGAIN_AFTER = timedelta(hours=1)
MENDED = (Outcome.PASSED, Outcome.NOT_APPLICABLE)


@transaction.atomic
def watch_dispatch() -> None:
    """Have every connection verified whose moment has come. A new one is given its moment first."""
    due = _in_use().filter(Q(next_watch_at=None) | Q(next_watch_at__lte=timezone.now())).order_by("next_watch_at")
    work_row_by_row(due.select_for_update(skip_locked=True)[:BATCH], _watch, _set_aside)


def _watch(connection: Connection) -> None:
    if connection.next_watch_at and not sign_in_is_refused(connection):
        _verify(connection)
    _plan_next(connection)
    if Incident.objects.open().filter(connection=connection, check_slug=WATCH).exists():
        close_incident(connection=connection, slug=WATCH)


def _set_aside(connection: Connection, error: Exception) -> None:
    """A connection whose check cannot start waits for its next day, so that it is not the first of every batch."""
    _plan_next(connection)
    open_incident(connection=connection, slug=WATCH, cause="watch_failed")


def _plan_next(connection: Connection) -> None:
    moment = watch_moment(connection, timezone.now() + DAY / 2)
    Connection.objects.filter(pk=connection.pk).update(next_watch_at=moment)


def _in_use() -> QuerySet[Connection]:
    return Connection.objects.filter(pk__in=SyncProfile.objects.approved().values("connection"))


def watch_moment(connection: Connection, after: datetime) -> datetime:
    """The next time of day that is this connection's own, so that not all are verified at once."""
    midnight = after.replace(hour=0, minute=0, second=0, microsecond=0)
    moment = midnight + timedelta(seconds=crc32(str(connection.pk).encode()) % int(DAY.total_seconds()))
    return moment if moment > after else moment + DAY


def sign_in_is_refused(connection: Connection) -> bool:
    """Then a person has to act: another failure could lock the user in Intacct."""
    last = Verification.objects.standing().latest_of(connection)
    return last is not None and last.blocker == "sign_in"


def _verify(connection: Connection) -> None:
    try:
        verification_request(connection=connection, actor=None)
    except Refused:
        return


def incidents_follow(*, verification: Verification, found: Sequence[Finding]) -> None:
    """Open and close incidents by what a verification found, in the transaction that finishes it.

    Those that are no checks (without `good_at`) are left to the code that opened them.
    """
    connection = verification.connection
    failed = {finding.check_slug: finding for finding in found if finding.outcome == Outcome.FAILED}
    checks = Incident.objects.open().filter(connection=connection, good_at__isnull=False)
    open_slugs = set(checks.values_list("check_slug", flat=True))

    works = {finding.check_slug for finding in found if finding.outcome in MENDED}
    if not verification.checks:
        # A check that is no longer asked, like one of a dimension that was deleted, would stay open without end.
        works |= open_slugs - {finding.check_slug for finding in found}
    if closing := open_slugs & works:
        close_incidents(connection=connection, slugs=sorted(closing))

    opening = [_incident(failed[slug]) for slug in failed if slug in open_slugs]
    if failed and _in_use().filter(pk=connection.pk).exists():
        opening += _new_incidents(verification, {slug: failed[slug] for slug in failed if slug not in open_slugs})
        if any(finding.cause in PASSING for finding in failed.values()):
            Connection.objects.filter(pk=connection.pk).update(next_watch_at=timezone.now() + AGAIN_AFTER)
    if opening:
        open_incidents(connection=connection, incidents=opening)


def _new_incidents(verification: Verification, failed: dict[str, Finding]) -> list[Incident]:
    """One for every check that passed when it last gave an answer."""
    broken = {slug for slug, finding in failed.items() if finding.cause not in PASSING}
    before = Finding.objects.told_before(verification).filter(check_slug__in=broken).exclude(cause__in=PASSING)
    return [
        _incident(failed[earlier.check_slug], good_at=earlier.at)
        for earlier in before
        if earlier.outcome != Outcome.FAILED
    ]


def _incident(finding: Finding, good_at: datetime | None = None) -> Incident:
    return Incident(
        connection=finding.verification.connection,
        check_slug=finding.check_slug,
        stage=finding.stage,
        cause=finding.cause,
        facts=finding.facts,
        good_at=good_at,
    )
