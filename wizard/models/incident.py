from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.constraints import json_object
from wizard.models.connection import Connection
from wizard.models.verification import Finding


class IncidentQuerySet(models.QuerySet["Incident"]):
    def open(self) -> "IncidentQuerySet":
        return self.filter(closed_at=None)

    def open_of(self, connection: Connection) -> "Sequence[Incident]":
        """Return those of one connection, oldest first, without a query if it has none."""
        if connection.broken_since is None:
            return []
        return list(self.open().filter(connection=connection).order_by("since", "pk"))

    def open_of_each(self, connections: Iterable[Connection]) -> dict[int, list["Incident"]]:
        """Return those of each connection by its key, oldest first."""
        incidents: dict[int, list[Incident]] = {connection.pk: [] for connection in connections}
        for incident in self.open().filter(connection__in=incidents).order_by("since", "pk"):
            incidents[incident.connection_id].append(incident)
        return incidents

    def for_board(self) -> "IncidentQuerySet":
        """Open incidents, oldest first, with all that the board shows."""
        return self.open().select_related("connection__customer__success_manager").order_by("since")


class Incident(models.Model):
    """Something that is wrong with a connection in use: mostly one check that passed and now fails.

    `check_slug` names the check. For other incidents it is a name of their own, and `is_check` is False (see
    `services.incidents`). `last_passed_at` is when the check last passed; None for a new check, for example
    after an update of Beanworks Connect. `since` is when the incident was detected.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="incidents")
    check_slug = models.CharField(max_length=120)
    stage = models.CharField(max_length=40, blank=True)
    cause = models.CharField(max_length=60)
    facts = models.JSONField(default=dict)
    is_check = models.BooleanField(default=False, db_default=False)
    last_passed_at = models.DateTimeField(null=True)
    since = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["connection", "check_slug"],
                condition=Q(closed_at=None),
                name="one_open_incident_per_connection_and_check",
            ),
            json_object("incident_facts_are_an_object", "facts"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["closed_at"], condition=Q(closed_at__isnull=False), name="incident_by_end")
        ]

    def __str__(self) -> str:
        return f"{self.check_slug} of {self.connection}"

    @classmethod
    def of_check(cls, finding: Finding, **times: datetime | None) -> "Incident":
        """Return an incident, not yet saved, for a check that failed."""
        return cls(
            connection=finding.verification.connection,
            check_slug=finding.check_slug,
            stage=finding.stage,
            cause=finding.cause,
            facts=finding.facts,
            is_check=True,
            **times,
        )
