"""A connection in use is verified anew every day; what no longer passes is an incident until it does again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zlib import crc32

from django.db import transaction
from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from audit.services import event_record
from wizard.causes import PASSING
from wizard.models import Connection, Finding, Incident, Outcome, SyncProfile, Verification
from wizard.services import telling
from wizard.services.connecting import verification_request
from wizard.services.refused import Refused

BATCH = 100
DAY = timedelta(days=1)
# A gateway out of order is no incident; it is asked again before the next day.
AGAIN_AFTER = timedelta(hours=1)
MENDED = (Outcome.PASSED, Outcome.NOT_APPLICABLE)


@transaction.atomic
def watch_dispatch() -> None:
    """Have every connection verified whose moment has come. A new one is given its moment first."""
    due = _in_use().filter(Q(next_watch_at=None) | Q(next_watch_at__lte=timezone.now())).order_by("next_watch_at")
    for connection in due.select_for_update(skip_locked=True)[:BATCH]:
        if connection.next_watch_at and not sign_in_is_refused(connection):
            _verify(connection)
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
    """Open and close incidents by what a verification found, in the transaction that finishes it."""
    connection = verification.connection
    failed = {each.check_slug: each for each in found if each.outcome == Outcome.FAILED}
    mended = {each.check_slug for each in found if each.outcome in MENDED}
    for incident in Incident.objects.open().filter(connection=connection):
        slug = incident.check_slug
        if finding := failed.pop(slug, None):
            Incident.objects.filter(pk=incident.pk).update(cause=finding.cause, facts=finding.facts)
        elif slug in mended:
            _close(incident)
    if failed and _in_use().filter(pk=connection.pk).exists():
        _open(verification, failed)
        if any(each.cause in PASSING for each in failed.values()):
            Connection.objects.filter(pk=connection.pk).update(next_watch_at=timezone.now() + AGAIN_AFTER)
    since = Incident.objects.open().filter(connection=connection).aggregate(since=Min("since"))["since"]
    Connection.objects.filter(pk=connection.pk).update(broken_since=since)


def _open(verification: Verification, failed: dict[str, Finding]) -> None:
    broken = {slug for slug, each in failed.items() if each.cause not in PASSING}
    opened = []
    for earlier in Finding.objects.told_before(verification).filter(check_slug__in=broken).exclude(cause__in=PASSING):
        if earlier.outcome == Outcome.FAILED:
            continue
        finding = failed[earlier.check_slug]
        incident = Incident.objects.create(
            connection=verification.connection,
            check_slug=finding.check_slug,
            stage=finding.stage,
            cause=finding.cause,
            facts=finding.facts,
            good_at=earlier.at,
        )
        _record("incident.opened", incident)
        opened.append(incident)
    if opened:
        telling.broke(verification, opened)


def _close(incident: Incident) -> None:
    incident.closed_at = timezone.now()
    incident.save(update_fields=["closed_at"])
    _record("incident.closed", incident)


def _record(action: str, incident: Incident) -> None:
    connection = incident.connection
    event_record(
        action=action, actor=None, target=connection, customer_id=connection.customer_id, check=incident.check_slug
    )
