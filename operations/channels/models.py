from collections.abc import Iterable
from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from core.constraints import known_value
from core.leases import ACTIVE, LeasedRow, LeasedRowQuerySet, State
from core.outgoing.errors import NoAnswer

KINDS = (
    *("request_waiting", "request_claimed", "connection_broken"),
    *("customer_stopped", "deletion_held", "webhook_disabled"),
)
TEST = "test"
FAILURE_REASONS = (*NoAnswer.values, "status", "unreadable", "crashed")


class Channel(models.Model):
    """Where we report to a team of Beanworks what happens: an email address, or an incoming webhook of Slack or Teams.

    The URL of a webhook lets anyone post there. It is stored encrypted, in `envelope`; `host` is what is shown.
    `uid` is what the envelope is bound to.
    """

    class Team(models.TextChoices):
        SUPPORT = "support", _("Support")
        CUSTOMER_SUCCESS = "customer_success", _("Customer success")
        OPERATORS = "operators", _("Operators")

    class Service(models.TextChoices):
        EMAIL = "email", _("Email")
        SLACK = "slack", _("Slack")
        TEAMS = "teams", _("Microsoft Teams")

    uid = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=80)
    team = models.CharField(max_length=20, choices=Team)
    service = models.CharField(max_length=10, choices=Service)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES)
    email = models.EmailField(blank=True)
    host = models.CharField(max_length=300, blank=True)
    envelope = models.BinaryField(null=True)
    version = models.PositiveIntegerField(default=0)
    changed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            known_value("channel_team_is_known", "team", ["support", "customer_success", "operators"]),
            known_value("channel_language_is_known", "language", ["en", "fr-ca"]),
            models.CheckConstraint(condition=~Q(name=""), name="channel_has_a_name"),
            models.CheckConstraint(
                condition=(Q(service="email", envelope=None, host="") & ~Q(email=""))
                | (Q(service__in=["slack", "teams"], envelope__isnull=False, email="") & ~Q(host="")),
                name="channel_has_one_address",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """What pages show of the address."""
        return self.email or self.host


class ChannelKind(models.Model):
    """A kind that a channel reports. `since`: what began earlier is not reported."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="kinds")
    kind = models.CharField(max_length=20)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            known_value("channel_kind_is_known", "kind", KINDS),
            models.UniqueConstraint(fields=["channel", "kind"], name="one_channel_kind_per_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.channel}"


class ChannelMessageQuerySet(LeasedRowQuerySet["ChannelMessage"]):
    def newest_of(self, channels: Iterable[Channel]) -> dict[int, "ChannelMessage"]:
        """Return the message of each channel that was tried last, by the channel's key."""
        tried = self.filter(channel__in=channels, attempts__gt=0).order_by("channel", "-started_at", "-pk")
        return {message.channel_id: message for message in tried.distinct("channel")}


class ChannelMessage(LeasedRow):
    """One message to one channel. A row that is done without `sent_at` was given up.

    `status` and `response`: what the service answered at last. `customer`: whom the text names.
    """

    class FailureReason(models.TextChoices):
        UNRESOLVED = NoAnswer.UNRESOLVED.value, NoAnswer.UNRESOLVED.label
        FORBIDDEN = NoAnswer.FORBIDDEN.value, NoAnswer.FORBIDDEN.label
        UNREACHABLE = NoAnswer.UNREACHABLE.value, NoAnswer.UNREACHABLE.label
        TLS = NoAnswer.TLS.value, NoAnswer.TLS.label
        TIMEOUT = NoAnswer.TIMEOUT.value, NoAnswer.TIMEOUT.label
        STATUS = "status", _("The service refused the message")
        UNREADABLE = "unreadable", _("The stored URL cannot be decrypted. Enter it again")
        CRASHED = "crashed", _("Sending failed because of an error on our side")

    task = "operations.tasks.channel_message_run"

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=20)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="+")
    text = models.CharField(max_length=500)
    # A path of ours.
    link = models.CharField(max_length=200)
    sent_at = models.DateTimeField(null=True)
    failure_reason = models.CharField(max_length=12, choices=FailureReason, blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    response = models.CharField(max_length=200, blank=True)

    objects: ClassVar[ChannelMessageQuerySet] = ChannelMessageQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("message to a channel")
        constraints: ClassVar = [
            known_value("channel_message_state_is_known", "state", State.values),
            known_value("channel_message_kind_is_known", "kind", [*KINDS, TEST]),
            known_value("channel_message_failure_is_known", "failure_reason", FAILURE_REASONS, blank=True),
            models.CheckConstraint(
                condition=Q(sent_at=None) | Q(state="done", failure_reason=""), name="sent_channel_message_is_done"
            ),
            models.CheckConstraint(
                condition=~Q(state="done", sent_at=None) | ~Q(failure_reason=""),
                name="failed_channel_message_has_a_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state__in=ACTIVE), name="channel_message_by_due_time"),
            models.Index(fields=["finished_at"], condition=Q(state="done"), name="done_channel_message_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.channel}"


class ReportedOccasion(models.Model):
    """What a channel has reported, so that it is reported only once. Many occasions at once share a message."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="reported")
    message = models.ForeignKey(ChannelMessage, on_delete=models.CASCADE, related_name="occasions")
    # The occasion, such as "connection_broken:12:2026-11-29T…".
    key = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["channel", "key"], name="one_report_per_occasion")]

    def __str__(self) -> str:
        return self.key
