from typing import Any

from django.contrib.postgres.aggregates import BoolOr
from django.db import transaction
from django.db.models import Min, Q
from django.utils import timezone

from intacct.diagnosis import Who
from wizard.explanations import diagnosis_of
from wizard.models import Connection, Finding, Incident, Outcome, SyncProfile
from wizard.progress import SETTLED, StageStatus, stage_statuses

MUST_ACT = {
    Who.BEANWORKS: Connection.MustAct.BEANWORKS,
    Who.SAGE: Connection.MustAct.SAGE,
}
BOARD_FIELDS = [
    *("stage", "stage_since", "last_cause", "last_facts", "must_act"),
    *("first_synced_at", "has_gaps", "broken_since"),
]


@transaction.atomic
def connection_refresh(*, connection: Connection) -> None:
    """Compute and save what the board shows: the first open stage, since when, who must act, what failed, its syncs."""
    # Lock before reading: of two changes at the same time, the one that is saved last must include the other.
    locked = Connection.objects.select_related("customer").select_for_update(of=("self",), no_key=True)
    fields = ["stage", "stage_since", "disconnected_at", "customer"]
    connection.refresh_from_db(fields=fields, from_queryset=locked)
    statuses = stage_statuses(connection)
    # Failures that are hidden behind a refused sign-in come after it.
    is_open = (status for status in statuses if status.state not in SETTLED and not status.failed_earlier)
    current = next(is_open, statuses[-1])
    if connection.stage != current.stage.slug:
        connection.stage, connection.stage_since = current.stage.slug, timezone.now()
    failed = [finding for status in statuses for finding in status.findings if finding.outcome == Outcome.FAILED]
    incidents = list(Incident.objects.open().filter(connection=connection).order_by("since", "pk"))
    # While it is disconnected, nothing of this can be fixed or checked.
    problems: list[Finding | Incident] = [] if connection.disconnected_at else [*failed, *incidents]
    worst = problems[0] if problems else None
    connection.last_cause = worst.cause if worst else ""
    connection.last_facts = worst.facts if worst else {}
    connection.broken_since = incidents[0].since if incidents else None
    connection.must_act = _must_act(connection, current)
    synced = _sync_summary(connection)
    connection.first_synced_at, connection.has_gaps = synced["first"], synced["gaps"]
    connection.save(update_fields=BOARD_FIELDS)


def _sync_summary(connection: Connection) -> dict[str, Any]:
    """Over the profiles in use. A profile that was replaced counts until its replacement was synced."""
    approved = Q(state=SyncProfile.State.APPROVED)
    was_in_use = approved | Q(state=SyncProfile.State.REPLACED)
    return connection.profiles.aggregate(
        first=Min("first_synced_at", filter=was_in_use), gaps=BoolOr("has_gaps", filter=approved, default=False)
    )


def _must_act(connection: Connection, current: StageStatus) -> str:
    # The users of a suspended customer cannot sign in, and support decides none of its requests.
    if connection.disconnected_at or connection.customer.suspended_at:
        return Connection.MustAct.NO_ONE
    if current.state == "waiting":
        return Connection.MustAct.BEANWORKS
    if cause := connection.last_cause:
        return MUST_ACT.get(diagnosis_of(cause).who, Connection.MustAct.CUSTOMER)
    if current.state != "verified":
        return Connection.MustAct.CUSTOMER
    return _must_act_on_requests(connection)


def _must_act_on_requests(connection: Connection) -> str:
    """Who must act in a connection that is in use: another legal entity may have requested its profile."""
    waiting = set(connection.profiles.filter(state__in=SyncProfile.WAITING).values_list("state", flat=True))
    if waiting & set(SyncProfile.WITH_BEANWORKS):
        return Connection.MustAct.BEANWORKS
    return Connection.MustAct.CUSTOMER if waiting else Connection.MustAct.NO_ONE
