from django.shortcuts import resolve_url

from wizard.help import CODES
from wizard.models import Incident
from wizard.stages import SYNC_STAGE, known_stage


def incident_url(incident: Incident) -> str:
    """The step whose checks explain what to do, or the help page for SmartSync, whose step has no checks."""
    if incident.stage == SYNC_STAGE.slug and (code := CODES.get(incident.cause)):
        return resolve_url("help:topic", code.lower())
    stage = known_stage(incident.stage or incident.connection.stage)
    return resolve_url("wizard:stage", incident.connection_id, stage)
