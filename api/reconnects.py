"""Attempts to connect a disconnected connection again: a worker tries the new password, so the answer comes later."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from django.db.models import F
from ninja import Field
from pydantic import BaseModel

from wizard.help import CODES
from wizard.models import Connection, Finding, Outcome, Verification


class ReconnectAttempt(BaseModel):
    """The latest attempt to connect it again. Once one succeeds, the connection is no longer disconnected."""

    state: Literal["in_progress", "failed"]
    requested_at: datetime
    cause: str = Field(description="Why it failed; empty while it is in progress.")
    code: str = Field(description="The code of the cause, with a help page. Empty for a refusal that is not known.")


def latest_attempts(connections: Sequence[Connection]) -> dict[int, ReconnectAttempt]:
    """Return the latest attempt of each disconnected connection since its disconnect, by the connection's key."""
    disconnected = [connection for connection in connections if connection.disconnected_at]
    if not disconnected:
        return {}
    attempts = Verification.objects.filter(
        connection__in=disconnected, created_at__gte=F("connection__disconnected_at")
    ).exclude(new_user_id="")
    latest = list(attempts.order_by("connection", "-pk").distinct("connection"))
    unanswered = Finding.objects.filter(verification__in=latest, outcome__in=(Outcome.FAILED, Outcome.CANNOT_TELL))
    first = unanswered.order_by("verification", "position").distinct("verification")
    causes = dict(first.values_list("verification", "cause"))
    return {attempt.connection_id: _item(attempt, causes.get(attempt.pk, "")) for attempt in latest}


def _item(attempt: Verification, cause: str) -> ReconnectAttempt:
    cause = "" if attempt.is_active else cause
    return ReconnectAttempt(
        state="in_progress" if attempt.is_active else "failed",
        requested_at=attempt.created_at,
        cause=cause,
        code=CODES.get(cause, ""),
    )
