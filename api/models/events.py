"""Webhooks: what happened, as endpoints get it, and what it is made from."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Customer
from api.event_types import TEST, TEST_LABEL, EventType
from audit.models import AuditEvent
from core.constraints import json_object, known_value
from core.leases import ACTIVE, LeasedRow, LeasedRowQuerySet, State
from core.text import Words
from wizard.models import Connection


class ReportedState(models.Model):
    """What webhooks have last reported about a connection, and the number of its last event.

    The next event is what differs from this. `is_current` is False after a time in which no endpoint heard of the
    connection, until it is compared again. `requirements`: what was missing, by a key that stays the same; each has
    its code and step. `revisions`: up to which revision changed records were reported, by the ID of the profile.
    """

    connection = models.OneToOneField(Connection, primary_key=True, on_delete=models.CASCADE, related_name="reported")
    is_current = models.BooleanField(default=True, db_default=True)
    sequence = models.BigIntegerField(default=0)
    step = models.CharField(max_length=40, default="pre_checks")
    is_verified = models.BooleanField(default=False)
    is_broken = models.BooleanField(default=False)
    requirements = models.JSONField(default=dict)
    revisions = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            json_object("reported_requirements_are_an_object", "requirements"),
            json_object("reported_revisions_are_an_object", "revisions"),
        ]

    def __str__(self) -> str:
        return f"connection {self.connection_id}, event {self.sequence}"


class WebhookTrigger(LeasedRow):
    """An audit event that may concern endpoints, until a worker has made events of it."""

    task = "api.tasks.webhook_trigger_run"

    event = models.OneToOneField(AuditEvent, on_delete=models.DO_NOTHING, related_name="+")

    objects: ClassVar[LeasedRowQuerySet["WebhookTrigger"]] = LeasedRowQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [known_value("webhook_trigger_state_is_known", "state", State.values)]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state__in=ACTIVE), name="webhook_trigger_by_due_time"),
            models.Index(fields=["finished_at"], condition=Q(state="done"), name="done_webhook_trigger_by_end"),
        ]

    def __str__(self) -> str:
        return f"trigger {self.pk}"


class WebhookEvent(models.Model):
    """An event as endpoints get it. `body` is what is sent, to the byte: signatures cover it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    type = models.CharField(max_length=40)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="+")
    body = models.TextField()
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints: ClassVar = [known_value("webhook_event_type_is_known", "type", [*EventType.values, TEST])]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The ID in the header: the same for every endpoint and every attempt."""
        return f"evt_{self.pk.hex}"

    @property
    def label(self) -> Words:
        """What happened, in words."""
        return TEST_LABEL if self.type == TEST else EventType(self.type).label
