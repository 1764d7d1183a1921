from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from django.contrib.auth import get_user_model
from django.db import connection, models
from django.db.models import Case, CharField, Func, OuterRef, Subquery, Value, When
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, NullIf
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.actions import ACTIONS, Tone, is_lasting, sentence_for
from core.constraints import json_object

SYSTEM = "Beanworks Connect"
SEPARATOR = " · "
NOTHING = Value({}, models.JSONField())
AGENT = "agent"
"""The name in `AuditEvent.personal` for who acted without being a user: a guest, or an API key."""


class Reader(Protocol):
    @property
    def is_beanworks(self) -> bool: ...
    @property
    def customer_id(self) -> int | None: ...


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def visible_to(self, reader: Reader) -> "AuditEventQuerySet":
        return self if reader.is_beanworks else self.filter(customer_id=reader.customer_id)

    def with_actor_names(self) -> "AuditEventQuerySet":
        # By an unpacked name, because mypy takes an annotation for a second definition of the property.
        return self.annotate(**{"actor_name": actor_names()})  # noqa: PIE804

    def for_timeline(self, customer_id: int) -> "AuditEventQuerySet":
        return self.filter(customer_id=customer_id).order_by("-occurred_at", "-id")


class AuditEventManager(models.Manager["AuditEvent"]):
    """Read events with the names of who acted, so that a page with many events needs one query."""

    def get_queryset(self) -> AuditEventQuerySet:
        return AuditEventQuerySet(self.model, using=self._db).with_actor_names()


def actor_names() -> Combinable:
    """Return the name of who acted, as SQL: the user's present name, and the guest's or API key's."""
    user = get_user_model()._base_manager.filter(pk=OuterRef("actor_id")).values("name")[:1]
    deleted = Func(
        Value(gettext("Deleted user %(id)s")),
        Value("%(id)s"),
        Cast("actor_id", CharField()),
        function="REPLACE",
        output_field=CharField(),
    )
    user_name = Case(When(actor_id=None, then=None), default=Coalesce(Subquery(user), deleted))
    agent = KeyTextTransform(AGENT, "personal")
    names = Func(Value(SEPARATOR), user_name, agent, function="CONCAT_WS", output_field=CharField())
    return Coalesce(NullIf(names, Value("")), Value(SYSTEM))


class AuditEvent(models.Model):
    """Record who did what, when and with what outcome. A trigger refuses UPDATE and DELETE (migrations 0001, 0002).

    Customers, users and targets are referenced by ID, without foreign keys, so that an event can stay after they are
    deleted. What else an event tells is in two columns. `lasting`: numbers and words of our own. `personal`: all other
    texts. The hash in the event's link covers `lasting` as it is, but of `personal` only the commitments: hashes with
    a random salt. So `audit_erase` can replace the personal values by pseudonyms and destroy the salt, and the chain
    still verifies (docs/decisions/0016).
    """

    class Outcome(models.TextChoices):
        SUCCESS = "success", _("Success")
        REFUSED = "refused", _("Refused")
        FAILED = "failed", _("Failed")

    occurred_at = models.DateTimeField(auto_now_add=True, db_index=True)
    customer_id = models.BigIntegerField(null=True, db_index=True)
    actor_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=60)
    target_type = models.CharField(max_length=60)
    target_id = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.SUCCESS)
    lasting = models.JSONField(default=dict, db_default=NOTHING)
    personal = models.JSONField(default=dict, db_default=NOTHING)
    # PostgreSQL writes both when the event is added. Without a salt, nothing is personal, or it was erased.
    commitments = models.JSONField(default=dict, db_default=NOTHING, editable=False)
    salt = models.BinaryField(null=True, editable=False)

    objects = AuditEventManager.from_queryset(AuditEventQuerySet)()

    class Meta:
        indexes: ClassVar = [
            # Of users with a thousand events each, the board reads the newest one.
            models.Index(
                fields=["actor_id", "-occurred_at"],
                name="event_by_actor_and_time",
                condition=models.Q(actor_id__isnull=False),
            )
        ]
        constraints: ClassVar = [
            json_object("lasting_values_are_an_object", "lasting"),
            json_object("personal_values_are_an_object", "personal"),
        ]

    def __str__(self) -> str:
        return f"{self.occurred_at:%Y-%m-%d %H:%M} {self.actor_name}: {self.action}"

    @property
    def metadata(self) -> dict[str, Any]:
        """Return names of changed values, and reasons. Never secrets."""
        personal = {name: value for name, value in self.personal.items() if name != AGENT}
        return {**self.lasting, **personal}

    @metadata.setter
    def metadata(self, metadata: Mapping[str, Any]) -> None:
        self.lasting = {name: value for name, value in metadata.items() if is_lasting(name, value)}
        self.personal = {name: value for name, value in metadata.items() if name not in self.lasting}

    @cached_property
    def actor_name(self) -> str:
        """Return the name of who acted. `objects` reads it with the events."""
        return str(AuditEvent.objects.get(pk=self.pk).actor_name)

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

    PostgreSQL writes it when the event is committed (migrations 0001, 0002). Events without a customer share chain 0.
    `former_hash`: the hash that an event had before the hashes covered commitments. Anchors from that time hold it.
    """

    event = models.OneToOneField(AuditEvent, primary_key=True, on_delete=models.DO_NOTHING, related_name="link")
    chain = models.BigIntegerField()
    number = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    former_hash = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)

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


# Finds the first event without a link, with a link whose position or hash is wrong, or with personal values that do not
# match their commitments.
BROKEN = """
SELECT event.id FROM audit_auditevent AS event LEFT JOIN (
    SELECT *, lag(hash, 1, '') OVER places AS previous, row_number() OVER places AS counted
    FROM audit_auditlink WINDOW places AS (PARTITION BY chain ORDER BY number)
) AS link ON link.event_id = event.id
WHERE (link.number = link.counted AND link.chain = coalesce(event.customer_id, 0)
       AND link.hash = audit_event_hash(link.previous, link.number, event, link.former_hash)
       AND audit_event_is_whole(event)) IS NOT TRUE
ORDER BY link.number NULLS LAST, event.id LIMIT 1
"""


def first_broken_event() -> AuditEvent | None:
    """Return the first event that does not match its chain; None if all chains are intact."""
    with connection.cursor() as cursor:
        cursor.execute(BROKEN)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return AuditEvent.objects.get(pk=row[0]) if row else None
