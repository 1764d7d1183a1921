"""Webhooks: who is notified of what, and every delivery of an event to an endpoint."""

import uuid
from collections.abc import Iterable
from typing import ClassVar, Self
from urllib.parse import urlsplit

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from api.event_types import TEST, EventType
from api.models.keys import ApiKey
from audit.models import AuditEvent
from core.constraints import json_object, known_value, one_dimension
from core.leases import ACTIVE, LONGEST_PAUSE, LeasedRow, LeasedRowQuerySet, State
from wizard.models import Connection

FAILURE_REASONS = ("unresolved", "forbidden", "unreachable", "tls", "timeout", "status", "crashed")


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def enabled(self) -> "WebhookEndpointQuerySet":
        return self.filter(disabled_at=None)

    def notified_about(self, customer_id: int) -> "WebhookEndpointQuerySet":
        """The enabled endpoints that hear of this customer."""
        return self.enabled().filter(Q(customer=None) | Q(customer=customer_id))

    def for_page(self) -> "WebhookEndpointQuerySet":
        newest = WebhookDelivery.objects.filter(endpoint=OuterRef("pk"), delivered_at__isnull=False).order_by("-pk")
        last = Subquery(newest.values("delivered_at")[:1])
        return self.select_related("customer", "created_by", "key__created_by").annotate(last=last).order_by("-pk")


class WebhookEndpoint(models.Model):
    """An address of another service that is notified of events: of one customer, or of all if `customer` is empty.

    Its owner is the user who created it, or the API key that did. `failing_since`: when the first of the attempts
    failed that have all failed since. `paused_until`: after a failure, no attempt at any event before this time.
    """

    class DisabledReason(models.TextChoices):
        BY_OWNER = "by_owner", _("A user or an API key disabled it")
        FAILING = "failing", _("It did not accept an event for three days")
        GONE = "gone", _("It answered that it no longer exists (410)")
        KEY_REVOKED = "key_revoked", _("The API key that created it was revoked")

    url = models.CharField(max_length=500)
    description = models.CharField(max_length=120, blank=True)
    event_types = ArrayField(models.CharField(max_length=40, choices=EventType))
    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="webhook_endpoints")
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    key = models.ForeignKey(ApiKey, null=True, on_delete=models.SET_NULL, related_name="webhook_endpoints")
    created_at = models.DateTimeField(default=timezone.now)
    disabled_at = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=20, choices=DisabledReason, blank=True)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook endpoint")
        constraints: ClassVar = [
            one_dimension("webhook_event_types_are_one_list", "event_types"),
            models.CheckConstraint(
                condition=Q(event_types__contained_by=EventType.values) & ~Q(event_types=[]),
                name="webhook_event_types_are_known",
            ),
            models.CheckConstraint(condition=Q(created_by=None) | Q(key=None), name="webhook_endpoint_has_one_owner"),
            known_value(
                "webhook_disabled_reason_is_known",
                "disabled_reason",
                ["by_owner", "failing", "gone", "key_revoked"],
                blank=True,
            ),
            models.CheckConstraint(
                condition=Q(disabled_at=None, disabled_reason="")
                | (Q(disabled_at__isnull=False) & ~Q(disabled_reason="")),
                name="disabled_webhook_endpoint_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(failures=0, failing_since=None, paused_until=None)
                | Q(failures__gt=0, failing_since__isnull=False, paused_until__isnull=False),
                name="failing_webhook_endpoint_is_paused",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.description or self.host

    @property
    def is_enabled(self) -> bool:
        return self.disabled_at is None

    @property
    def is_paused(self) -> bool:
        # A pause that ends later than any pause can is from a time when the clock was wrong.
        now = timezone.now()
        return self.paused_until is not None and now < self.paused_until <= now + LONGEST_PAUSE

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def owner(self) -> User | None:
        """The user to notify: who created it, or who created the key that did."""
        return self.created_by or (self.key.created_by if self.key else None)

    @property
    def has_every_type(self) -> bool:
        return set(self.event_types) == set(EventType.values)

    @property
    def event_labels(self) -> list[str]:
        return [str(EventType(name).label) for name in self.event_types]


class WebhookSecret(models.Model):
    """A secret that signs what an endpoint gets, encrypted. After a rotation, the old one signs too for a while."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="secrets")
    envelope = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint"], condition=Q(expires_at=None), name="one_current_secret_per_webhook_endpoint"
            )
        ]

    def __str__(self) -> str:
        return f"secret {self.pk} of webhook endpoint {self.endpoint_id}"


class ReportedState(models.Model):
    """What webhooks have last reported about a connection, and the number of its last event.

    The next event is what differs from this. `requirements`: what was missing, by a key that stays the same; each has
    its code and step. `revisions`: up to which revision changed records were reported, by the ID of the profile.
    """

    connection = models.OneToOneField(Connection, primary_key=True, on_delete=models.CASCADE, related_name="reported")
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
            models.Index(fields=["due_at"], condition=Q(state__in=ACTIVE), name="webhook_trigger_by_due_time")
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


class WebhookDeliveryQuerySet(LeasedRowQuerySet["WebhookDelivery"]):
    @transaction.atomic
    def claim_next(self, pk: int) -> "WebhookDelivery | None":
        """Claim the first due delivery to the endpoint of this one, unless the endpoint has a request or is paused."""
        # Of two workers, the second waits here and then sees the lease of the first.
        locked = WebhookEndpoint.objects.enabled().select_for_update(of=("self",), no_key=True)
        endpoint = locked.filter(deliveries=pk).first()
        if endpoint is None or endpoint.is_paused or self.leased().filter(endpoint=endpoint).exists():
            return None
        due = self.waiting_at(endpoint).values_list("pk", flat=True)
        # While the endpoint fails, many events may wait: a user who tries it does not wait for them.
        test = due.filter(event__type=TEST).first() if endpoint.failures else None
        first = test or due.first()
        delivery = self.select_related("event").claim(first) if first else None
        if delivery:
            delivery.endpoint = endpoint  # read already
        return delivery

    def waiting_at(self, endpoint: WebhookEndpoint) -> Self:
        """The deliveries to an endpoint that are due, the oldest first."""
        return self.due().filter(endpoint=endpoint).order_by("pk")

    def first_of_each_endpoint(self) -> Iterable[int]:
        """The keys of due deliveries, one for each endpoint that takes a request now."""
        paused = Q(endpoint__paused_until__range=(timezone.now(), timezone.now() + LONGEST_PAUSE))
        due = self.due().filter(endpoint__disabled_at=None).exclude(paused)
        return due.order_by("endpoint", "pk").distinct("endpoint").values_list("pk", flat=True)

    def in_state(self, result: str) -> Self:
        """The deliveries with this `result`."""
        if result == "delivered":
            return self.filter(delivered_at__isnull=False)
        return self.active() if result == "waiting" else self.filter(state=State.DONE, delivered_at=None)


class WebhookDelivery(LeasedRow):
    """One event for one endpoint. A row that is done without `delivered_at` was given up.

    `status` and `response` are from the last attempt that got an answer; `failure_reason` says why the last one failed.
    """

    class FailureReason(models.TextChoices):
        UNRESOLVED = "unresolved", _("The name of the host is not known")
        FORBIDDEN = "forbidden", _("The host is not at a public address")
        UNREACHABLE = "unreachable", _("The host does not take connections")
        TLS = "tls", _("The host has no valid certificate")
        TIMEOUT = "timeout", _("The response did not come in time")
        STATUS = "status", _("The response was not a success")
        CRASHED = "crashed", _("Sending failed because of an error on our side")

    task = "api.tasks.webhook_delivery_run"

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(WebhookEvent, on_delete=models.CASCADE, related_name="deliveries")
    delivered_at = models.DateTimeField(null=True)
    failure_reason = models.CharField(max_length=12, choices=FailureReason, blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    response = models.TextField(blank=True)
    milliseconds = models.PositiveIntegerField(null=True)

    objects: ClassVar[WebhookDeliveryQuerySet] = WebhookDeliveryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("delivery")
        constraints: ClassVar = [
            known_value("webhook_delivery_state_is_known", "state", State.values),
            known_value("webhook_failure_reason_is_known", "failure_reason", FAILURE_REASONS, blank=True),
            models.UniqueConstraint(fields=["endpoint", "event"], name="one_delivery_per_endpoint_and_event"),
            models.CheckConstraint(
                condition=Q(delivered_at=None) | Q(state="done", failure_reason=""), name="delivered_webhook_is_done"
            ),
            models.CheckConstraint(
                condition=~Q(state="done", delivered_at=None) | ~Q(failure_reason=""),
                name="failed_webhook_delivery_has_a_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["endpoint", "id"], condition=Q(state__in=ACTIVE), name="active_delivery_by_endpoint")
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"

    @property
    def result(self) -> str:
        if self.is_active:
            return "waiting"
        return "delivered" if self.delivered_at else "failed"
