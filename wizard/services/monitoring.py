"""Daily verification of connections in use. A check that no longer passes is an incident until it passes again."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from zlib import crc32

from django.db import transaction
from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from accounts.models import is_suspended
from core.batches import work_row_by_row
from core.errors import Refused
from intacct.maintenance import window_at
from wizard.diagnoses import PASSING, TEMPORARY
from wizard.models import GOOD_OUTCOMES, Connection, Finding, Incident, Outcome, SyncProfile, Verification
from wizard.services.connections import verification_request
from wizard.services.incidents import close_incident, close_incidents, open_incident, open_incidents
from wizard.services.notifications import notify_restored
from wizard.verification.secrets import SecretUnreadable

# Daily checks that are started together, every half minute: 28,800 a day. If Intacct stalls, they take 30 of the 50
# threads of a worker for checks, so that a check that a user requests does not wait behind them.
BATCH = 10
# The slug of the incident of a daily check that could not be started.
MONITORING = "monitoring"
DAY = timedelta(days=1)
# If the gateway does not work, that is not yet an incident. We retry before the next day.
RETRY_AFTER = timedelta(hours=1)
# An unknown refusal becomes an incident if a second verification, this much later, gets it too. A gateway that does not
# work is for Sage to fix, and rarely takes a day.
UNKNOWN_LASTS_AFTER, PASSING_LASTS_AFTER = RETRY_AFTER, DAY


@transaction.atomic
def monitoring_dispatch() -> None:
    """Request a verification for every connection that is due. A new connection only gets its time of day."""
    now = timezone.now()
    # A time more than two days ahead was set while the clock was wrong.
    is_due = Q(next_check_at=None) | Q(next_check_at__lte=now) | Q(next_check_at__gt=now + 2 * DAY)
    due = _in_use().filter(is_due).order_by("next_check_at")
    work_row_by_row(due.select_for_update(skip_locked=True)[:BATCH], _monitor, _set_aside)


def _monitor(connection: Connection) -> None:
    if connection.next_check_at:
        _request_verification(connection)
    _schedule_next(connection)
    if Incident.objects.open().filter(connection=connection, check_slug=MONITORING).exists():
        close_incident(connection=connection, slug=MONITORING)


def _set_aside(connection: Connection, error: Exception) -> None:
    """Move a connection whose check cannot start to its next day, so that it does not block every batch."""
    _schedule_next(connection)
    open_incident(connection=connection, slug=MONITORING, cause="monitoring_failed")


def _schedule_next(connection: Connection) -> None:
    moment = monitoring_time(connection, timezone.now() + DAY / 2)
    Connection.objects.filter(pk=connection.pk).update(next_check_at=moment)


def _in_use() -> QuerySet[Connection]:
    in_use = SyncProfile.objects.synced().values("connection")
    return Connection.objects.filter(pk__in=in_use).exclude(is_suspended("customer"))


def monitoring_time(connection: Connection, after: datetime) -> datetime:
    """The next time this connection is due. Each has its own time of day, so that not all run at once."""
    midnight = after.replace(hour=0, minute=0, second=0, microsecond=0)
    moment = midnight + timedelta(seconds=crc32(str(connection.pk).encode()) % int(DAY.total_seconds()))
    return moment if moment > after else moment + DAY


def sign_in_is_refused(connection: Connection) -> bool:
    """Whether a user has to act before anything signs in: see `sign_ins`."""
    return bool(connection.sign_in_block)


def _request_verification(connection: Connection) -> None:
    try:
        verification_request(connection=connection, actor=None)
    except Refused:
        return


def update_incidents(*, verification: Verification, findings: Sequence[Finding]) -> None:
    """Open and close incidents by the findings of a verification, in the transaction that finishes it.

    Does not touch incidents that are not checks: the code that opened them closes them.
    """
    connection = verification.connection
    failed = {finding.check_slug: finding for finding in findings if finding.outcome == Outcome.FAILED}
    checks = Incident.objects.open().filter(connection=connection, is_check=True)
    open_slugs = set(checks.values_list("check_slug", flat=True))

    working = {finding.check_slug for finding in findings if finding.outcome in GOOD_OUTCOMES}
    if not verification.checks:
        # Nothing asks some checks any more, such as that of a deleted dimension. Its incident would stay open forever.
        working |= open_slugs - {finding.check_slug for finding in findings}
    if closing := open_slugs & working:
        close_incidents(connection=connection, slugs=sorted(closing))

    opening = [Incident.of_check(failed[slug]) for slug in failed if slug in open_slugs]
    if failed and _in_use().filter(pk=connection.pk).exists():
        opening += _new_incidents(verification, {slug: failed[slug] for slug in failed if slug not in open_slugs})
    if opening:
        open_incidents(connection=connection, incidents=opening)
    if closing and not Incident.objects.open().filter(connection=connection).exists():
        notify_restored(connection, verification)
    _retry_soon(connection, failed, {incident.check_slug for incident in opening})


def _retry_soon(connection: Connection, failed: Mapping[str, Finding], known: Collection[str]) -> None:
    """Retry temporary failures in an hour; retry an unknown refusal only once in an hour, then daily.

    It may be a new wording for a wrong password, and one try an hour would lock the user.
    """
    soon = any(
        finding.cause in PASSING or (finding.cause in TEMPORARY and slug not in known)
        for slug, finding in failed.items()
    )
    if soon and _in_use().filter(pk=connection.pk).exists():
        Connection.objects.filter(pk=connection.pk).update(next_check_at=timezone.now() + RETRY_AFTER)


def _new_incidents(verification: Verification, failed: Mapping[str, Finding]) -> list[Incident]:
    """One incident for each check that is new or whose last answer was good. A temporary failure must have lasted."""
    last_answers = Finding.objects.last_answers_before(verification)
    before = last_answers.filter(check_slug__in=failed).exclude(cause__in=TEMPORARY)
    worked_before = [
        Incident.of_check(failed[earlier.check_slug], last_passed_at=earlier.checked_at)
        for earlier in before
        if earlier.outcome != Outcome.FAILED and _is_lasting(failed[earlier.check_slug], earlier)
    ]
    return worked_before + [Incident.of_check(finding) for finding in _of_new_checks(verification, failed)]


def _of_new_checks(verification: Verification, failed: Mapping[str, Finding]) -> list[Finding]:
    """Failed checks that no earlier verification of this connection had: an update or a new dimension added them.

    Without an incident, users would not notice that a connection they completed now lacks a permission.
    """
    earlier = Finding.objects.filter(
        verification__connection=verification.connection_id, verification__lt=verification.pk
    )
    if not earlier.filter(verification__is_current=True, verification__checks=[]).exists():
        return []

    known = set(earlier.filter(check_slug__in=failed).values_list("check_slug", flat=True))
    return [finding for slug, finding in failed.items() if slug not in known and finding.cause not in TEMPORARY]


def _is_lasting(finding: Finding, earlier: Finding) -> bool:
    """Whether a finding is an incident: at once, or because it has lasted long enough."""
    if finding.cause == SecretUnreadable.cause:
        return False  # `sign_ins` opens an incident for it
    if finding.cause not in TEMPORARY:
        return True
    if window_at(timezone.now()):
        return False  # it passes with Intacct's weekly maintenance, or a later verification finds that it lasts
    since = Finding.objects.filter(
        check_slug=finding.check_slug,
        outcome=Outcome.FAILED,
        verification__connection=finding.verification.connection_id,
        verification__is_current=True,
        verification__gt=earlier.verification_id,
    ).aggregate(first=Min("at"))["first"]
    limit = PASSING_LASTS_AFTER if finding.cause in PASSING else UNKNOWN_LASTS_AFTER
    return since is not None and timezone.now() - since >= limit
