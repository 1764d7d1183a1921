"""Webhooks: who is notified of what, and every delivery of an event to an endpoint."""

from collections.abc import Collection
from typing import ClassVar, Self
from urllib.parse import urlsplit

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from api.event_types import TEST, EventType
from api.models.events import WebhookEvent
from api.models.keys import ApiKey
from core.constraints import known_value, one_dimension
from core.leases import ACTIVE, LONGEST_PAUSE, LeasedRow, LeasedRowQuerySet, State, is_leased
from core.outgoing.errors import NoAnswer
from core.queue import publish

FAILURE_REASONS = (*NoAnswer.values, "status", "crashed")


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def enabled(self) -> "WebhookEndpointQuerySet":
        return self.filter(disabled_at=None)

    def ready(self) -> "WebhookEndpointQuerySet":
        """The enabled endpoints that are not paused."""
        # As `is_paused` does.
        now = timezone.now()
        return self.enabled().exclude(paused_until__range=(now, now + LONGEST_PAUSE))

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
        KEY_EXPIRED = "key_expired", _("The API key that created it has expired")

    url = models.CharField(max_length=500)
    description = models.CharField(max_length=120, blank=True)
    event_types = ArrayField(models.CharField(max_length=40, choices=EventType))
    # Counts changes of the fields above, for forms that show them.
    version = models.PositiveIntegerField(default=0, db_default=0)
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
                ["by_owner", "failing", "gone", "key_revoked", "key_expired"],
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
        return self.paused_until is not None and now <= self.paused_until <= now + LONGEST_PAUSE

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


class WebhookDeliveryQuerySet(LeasedRowQuerySet["WebhookDelivery"]):
    @transaction.atomic
    def claim_turns(self, pks: Collection[int]) -> list["WebhookDelivery"]:
        """Claim the delivery whose turn it is at the endpoint of each of these, with its endpoint and event.

        One that was not recorded at its last attempt is left to a message of its own. When a worker dies, the attempt
        counts for all that it was sending: one of them may be the reason, and alone it stops no other again.
        """
        # Of two workers, the second waits here and then sees the lease of the first, in a statement that begins later.
        # In the order of their keys, so that both do not wait for each other. Without waiting, the message that follows
        # a delivery would be lost on a worker that found the endpoint busy and still has its lock.
        named = WebhookEndpoint.objects.filter(pk__in=self.filter(pk__in=pks).values("endpoint")).order_by("pk")
        endpoints = {row.pk: row for row in named.select_for_update(no_key=True)}
        turns = self.turns_at(WebhookEndpoint.objects.filter(pk__in=endpoints))
        if len(turns) > 1:
            alone = list(self.filter(pk__in=turns, failures__gt=0).values_list("pk", flat=True))
            publish(WebhookDelivery.task, *alone)
            turns = [pk for pk in turns if pk not in alone]
        claimed = list(self.claim_all(turns).select_related("event"))
        for delivery in claimed:
            delivery.endpoint = endpoints[delivery.endpoint_id]  # read already
        return claimed

    def turns_at(self, endpoints: WebhookEndpointQuerySet) -> list[int]:
        """The keys of the deliveries whose turn it is: the oldest due one of each endpoint that takes a request now.

        While an endpoint fails, many events may wait: a user who tries it does not wait for them.
        """
        free = ~Exists(self.leased().filter(endpoint=OuterRef("pk")))
        due = self.due().filter(endpoint=OuterRef("pk")).order_by("pk").values("pk")
        first, test = Subquery(due[:1]), Subquery(due.filter(event__type=TEST)[:1])
        turn = Case(When(failures__gt=0, then=Coalesce(test, first)), default=first)
        turns = endpoints.ready().filter(free).annotate(turn=turn).values_list("turn", flat=True)
        return [pk for pk in turns if pk]

    def ready(self) -> Self:
        """Those whose turn it is. The others wait for their endpoint, not for a worker."""
        return self.filter(pk__in=self.turns_at(WebhookEndpoint.objects.all()))

    def requeue_abandoned(self) -> None:
        """Let what a killed worker left wait like all others.

        If its endpoint was disabled since, no worker claims it, and it would seem to be in progress for ever.
        """
        abandoned = self.filter(state=State.RUNNING).exclude(is_leased())
        abandoned.update(state=State.QUEUED, lease_token=None, lease_until=None)

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
        UNRESOLVED = NoAnswer.UNRESOLVED.value, NoAnswer.UNRESOLVED.label
        FORBIDDEN = NoAnswer.FORBIDDEN.value, NoAnswer.FORBIDDEN.label
        UNREACHABLE = NoAnswer.UNREACHABLE.value, NoAnswer.UNREACHABLE.label
        TLS = NoAnswer.TLS.value, NoAnswer.TLS.label
        TIMEOUT = NoAnswer.TIMEOUT.value, NoAnswer.TIMEOUT.label
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
            models.Index(fields=["endpoint", "id"], condition=Q(state__in=ACTIVE), name="active_delivery_by_endpoint"),
            # Thousands may wait for an endpoint, and each claim asks whether one of them is being sent.
            models.Index(fields=["endpoint"], condition=Q(state=State.RUNNING), name="running_delivery_by_endpoint"),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"

    def release(self) -> None:
        """Leave the row to other workers when its lease ends, and not at once. This attempt is not a failure.

        Until this worker has ended, its request may be at the endpoint, which gets one at a time. An answer that comes
        in time is still recorded.
        """
        self._update(failures=Greatest(F("failures") - 1, Value(0)))

    @property
    def outcome(self) -> str:
        return self.result

    @property
    def result(self) -> str:
        if self.is_active:
            return "waiting"
        return "delivered" if self.delivered_at else "failed"
