"""The open incidents of a connection in use, ready to show."""

from dataclasses import dataclass

from django.shortcuts import resolve_url

from core.text import Words
from wizard.explanations import Explanation, explain
from wizard.help import CODES
from wizard.models import Connection, Incident
from wizard.stages import SYNC_STAGE, check_titles, known_stage


@dataclass(frozen=True)
class ShownIncident:
    incident: Incident
    title: Words

    @property
    def explanation(self) -> Explanation:
        return explain(self.incident)

    @property
    def url(self) -> str:
        return incident_url(self.incident)


def incident_url(incident: Incident) -> str:
    """The step whose checks explain what to do, or the help page for SmartSync, whose step has no checks."""
    if incident.stage == SYNC_STAGE.slug and (code := CODES.get(incident.cause)):
        return resolve_url("help:topic", code.lower())
    stage = known_stage(incident.stage or incident.connection.stage)
    return resolve_url("wizard:stage", incident.connection_id, stage)


def shown_incidents(connection: Connection) -> list[ShownIncident]:
    if connection.broken_since is None:
        return []
    titles = check_titles(connection.company)
    incidents = Incident.objects.open().filter(connection=connection).select_related("connection")
    return [
        ShownIncident(incident, titles.get(incident.check_slug, incident.check_slug))
        for incident in incidents.order_by("since", "pk")
    ]
