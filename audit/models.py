from typing import Any, ClassVar, Protocol

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from audit.actions import ACTIONS, Tone, sentence_for


class Reader(Protocol):
    @property
    def is_beanworks(self) -> bool: ...
    @property
    def customer_id(self) -> int | None: ...


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def visible_to(self, reader: Reader) -> "AuditEventQuerySet":
        return self if reader.is_beanworks else self.filter(customer_id=reader.customer_id)

    def for_timeline(self, customer_id: int) -> "AuditEventQuerySet":
        return self.filter(customer_id=customer_id).order_by("-occurred_at", "-id")


class AuditEvent(models.Model):
    """Record who did what, when and with what outcome. A trigger refuses UPDATE and DELETE (migration 0001).

    Customers, users and targets are stored by ID and name, without foreign keys, so that an event can stay after they
    are deleted.
    """

    class Outcome(models.TextChoices):
        SUCCESS = "success", _("Success")
        REFUSED = "refused", _("Refused")
        FAILED = "failed", _("Failed")

    occurred_at = models.DateTimeField(auto_now_add=True, db_index=True)
    customer_id = models.BigIntegerField(null=True, db_index=True)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200)
    action = models.CharField(max_length=60)
    target_type = models.CharField(max_length=60)
    target_id = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.SUCCESS)
    # Names of changed values, and reasons. Never secrets.
    metadata = models.JSONField(default=dict)

    objects = AuditEventQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.occurred_at:%Y-%m-%d %H:%M} {self.actor_name}: {self.action}"

    @property
    def sentence(self) -> str:
        """Return the event in the current language. An old event, whose action is gone, is shown by its action."""
        action = ACTIONS.get(self.action)
        return sentence_for(action, self.metadata) if action else self.action

    @property
    def guest_sentence(self) -> str:
        """Return the event as the history of a handover shows it. Its reader knows who acted."""
        return sentence_for(ACTIONS[self.action], self.metadata, for_guest=True)

    @property
    def tone(self) -> Tone:
        if self.outcome != self.Outcome.SUCCESS:
            return "bad"
        action = ACTIONS.get(self.action)
        return action.tone if action else "mute"


class AuditLink(models.Model):
    """Hold the position of an event in its customer's chain. The hash covers the previous hash and the whole event.

    PostgreSQL writes it when the event is committed (migration 0001). Events without a customer share chain 0.
    """

    event = models.OneToOneField(AuditEvent, primary_key=True, on_delete=models.DO_NOTHING, related_name="link")
    chain = models.BigIntegerField()
    number = models.BigIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["chain", "number"], name="one_link_per_chain_and_number")
        ]

    def __str__(self) -> str:
        return f"{self.chain}/{self.number} {self.hash[:12]}"


class AuditAnchor(models.Model):
    """Hold a signed record of the last link of a chain at a time: see `audit.anchors`. Rows are only ever inserted."""

    sequence = models.BigIntegerField(primary_key=True)
    written_at = models.DateTimeField()
    chain = models.BigIntegerField()
    number = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    previous = models.CharField(max_length=64, blank=True)
    signature = models.CharField(max_length=64)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["chain", "-sequence"], name="anchor_by_chain_and_sequence")]

    def __str__(self) -> str:
        return f"{self.sequence}: {self.chain}/{self.number}"


# Finds the first event without a link, or with a link whose position or hash is wrong.
BROKEN = """
SELECT event.id FROM audit_auditevent AS event LEFT JOIN (
    SELECT *, lag(hash, 1, '') OVER places AS previous, row_number() OVER places AS counted
    FROM audit_auditlink WINDOW places AS (PARTITION BY chain ORDER BY number)
) AS link ON link.event_id = event.id
WHERE (link.number = link.counted AND link.chain = coalesce(event.customer_id, 0)
       AND link.hash = audit_event_hash(link.previous, link.number, event)) IS NOT TRUE
ORDER BY link.number NULLS LAST, event.id LIMIT 1
"""


def first_broken_event() -> AuditEvent | None:
    """Return the first event that does not match its chain; None if all chains are intact."""
    with connection.cursor() as cursor:
        cursor.execute(BROKEN)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return AuditEvent.objects.get(pk=row[0]) if row else None
