from typing import Any

from django.contrib.postgres.aggregates import BoolOr
from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from intacct.diagnosis import Who
from wizard.causes import diagnosis_of
from wizard.models import Connection, Finding, Incident, Outcome
from wizard.progress import SETTLED, StageStatus, stage_statuses

MUST_ACT = {
    Who.BEANWORKS: Connection.MustAct.BEANWORKS,
    Who.SAGE: Connection.MustAct.SAGE,
}
WORKED_OUT = [
    *("stage", "stage_since", "last_cause", "last_facts", "must_act"),
    *("first_synced_at", "has_gaps", "broken_since"),
]


@transaction.atomic
def connection_refresh(*, connection: Connection) -> None:
    """Work out what the board shows: the first unsettled stage, since when, who must act, what failed, its syncs.

    Held from before it looks: of two acts at once, the later to be written has seen what the other did.
    """
    held = Connection.objects.select_for_update(no_key=True)
    connection.refresh_from_db(fields=["stage", "stage_since"], from_queryset=held)
    statuses = stage_statuses(connection)
    now = next((each for each in statuses if each.state not in SETTLED), statuses[-1])
    if connection.stage != now.stage.slug:
        connection.stage, connection.stage_since = now.stage.slug, timezone.now()
    failed = [finding for each in statuses for finding in each.findings if finding.outcome == Outcome.FAILED]
    incidents = list(Incident.objects.open().filter(connection=connection).order_by("since", "pk"))
    troubles: list[Finding | Incident] = [*failed, *incidents]
    worst = troubles[0] if troubles else None
    connection.last_cause = worst.cause if worst else ""
    connection.last_facts = worst.facts if worst else {}
    connection.broken_since = incidents[0].since if incidents else None
    connection.must_act = _must_act(now, connection.last_cause)
    synced = _synced(connection)
    connection.first_synced_at, connection.has_gaps = synced["first"], synced["gaps"]
    connection.save(update_fields=WORKED_OUT)


def _synced(connection: Connection) -> dict[str, Any]:
    return connection.profiles.aggregate(first=Min("first_synced_at"), gaps=BoolOr("has_gaps", default=False))


def _must_act(now: StageStatus, cause: str) -> str:
    if now.state == "waiting":
        return Connection.MustAct.BEANWORKS
    if cause:
        return MUST_ACT.get(diagnosis_of(cause).who, Connection.MustAct.CUSTOMER)
    return Connection.MustAct.NOBODY if now.state == "verified" else Connection.MustAct.CUSTOMER
