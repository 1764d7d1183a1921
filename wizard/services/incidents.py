"""Incidents: what is wrong with a connection in use, from when it was noticed until it works again.

Most are checks that passed and now fail (see `monitoring`). Others are opened and closed by the code that detects them:
a schedule that is paused, a stored password that cannot be opened.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from wizard.diagnoses import storable_facts
from wizard.models import Connection, Incident
from wizard.services import notifications
from wizard.services.board import connection_refresh
from wizard.services.events import record


def open_incident(
    *, connection: Connection, slug: str, cause: str, facts: dict[str, Any] | None = None, stage: str = ""
) -> None:
    """Open an incident, or update the open one of the same slug, in the caller's transaction.

    `cause` is that of a diagnosis of ours, which has the text and who must act. `stage` is the step where it is fixed.
    """
    open_incidents(
        connection=connection,
        incidents=[Incident(connection=connection, check_slug=slug, cause=cause, facts=facts or {}, stage=stage)],
    )


def close_incident(*, connection: Connection, slug: str) -> None:
    """Close the open incident of this slug, if there is one, in the caller's transaction."""
    close_incidents(connection=connection, slugs=[slug])


@transaction.atomic
def open_incidents(*, connection: Connection, incidents: Sequence[Incident]) -> None:
    """Open incidents that were found together, so that the recipients get one email for all of them."""
    already_open = _open_by_slug(connection)
    new = []

    for incident in incidents:
        incident.facts = storable_facts(incident.facts)
        if known := already_open.get(incident.check_slug):
            Incident.objects.filter(pk=known.pk).update(
                cause=incident.cause, facts=incident.facts, stage=incident.stage
            )
        else:
            incident.save()
            record("incident.opened", connection, None, check=incident.check_slug, cause=incident.cause)
            new.append(incident)

    if new:
        notifications.notify_incidents(connection, new)
    connection_refresh(connection=connection)


@transaction.atomic
def close_incidents(*, connection: Connection, slugs: Sequence[str]) -> None:
    if not Incident.objects.open().filter(connection=connection, check_slug__in=slugs).exists():
        return
    already_open = _open_by_slug(connection)

    for slug in slugs:
        if incident := already_open.get(slug):
            incident.closed_at = timezone.now()
            incident.save(update_fields=["closed_at"])
            record("incident.closed", connection, None, check=slug, cause=incident.cause)

    connection_refresh(connection=connection)


def _open_by_slug(connection: Connection) -> dict[str, Incident]:
    # Lock first: if two workers detect the same problem, the second one then sees the incident of the first.
    Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
    return {incident.check_slug: incident for incident in Incident.objects.open().filter(connection=connection)}
