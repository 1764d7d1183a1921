from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, Min, OuterRef, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import LegalEntity, User, is_suspended
from core.constraints import json_known_texts, known_value
from intacct.catalogue import DIMENSION_PREFIX, LIST
from wizard.models.connection import Connection

KNOWN_STATES = ("requested", "claimed", "asked", "approved", "declined", "withdrawn", "revoked", "replaced")


class SyncProfileQuerySet(models.QuerySet["SyncProfile"]):
    def visible_to(self, user: User) -> "SyncProfileQuerySet":
        if user.is_beanworks:
            return self
        return self.filter(legal_entity__in=LegalEntity.objects.visible_to(user))

    def for_queue(self) -> "SyncProfileQuerySet":
        """Waiting requests with all that the queue shows."""
        return self.in_queue_order().select_related(
            "connection__customer", "legal_entity", "requested_by", "claimed_by"
        )

    def waiting(self) -> "SyncProfileQuerySet":
        """Requests that wait. Those of a suspended customer wait for no one."""
        return self.filter(state__in=SyncProfile.WAITING).exclude(is_suspended("connection__customer"))

    def with_beanworks(self) -> "SyncProfileQuerySet":
        """Requests that wait for a decision, and not for the customer's answer."""
        return self.waiting().filter(state__in=SyncProfile.WITH_BEANWORKS)

    def in_queue_order(self) -> "SyncProfileQuerySet":
        """Waiting requests, oldest first. Those with an open question come last."""
        is_asked = ExpressionWrapper(Q(state=SyncProfile.State.ASKED), BooleanField())
        return self.waiting().order_by(is_asked, "requested_at", "pk")

    def refused(self) -> "SyncProfileQuerySet":
        """Requests that were declined or revoked and not sent again."""
        later = SyncProfile.objects.filter(legal_entity=OuterRef("legal_entity"), pk__gt=OuterRef("pk"))
        return self.filter(state__in=SyncProfile.REFUSED).exclude(Exists(later))

    def approved(self) -> "SyncProfileQuerySet":
        return self.filter(state=SyncProfile.State.APPROVED)

    def unused_lists(self, connection: Connection) -> frozenset[str]:
        """The slugs of the lists that no open profile of the connection uses. Without a profile, all are in use."""
        profiles = self.filter(connection=connection, state__in=SyncProfile.OPEN)
        choices = [frozenset(slugs) for slugs in profiles.values_list("unused_lists", flat=True)]
        return frozenset.intersection(*choices) if choices else frozenset()

    def synced(self) -> "SyncProfileQuerySet":
        """Profiles whose records are kept in sync: see `SyncProfile.is_synced`."""
        return self.approved().filter(connection__disconnected_at=None)

    def with_expired_lists(self) -> "SyncProfileQuerySet":
        """Profiles that ended so long ago that their lists are removed now.

        Lists of a replaced profile stay until readers can use those of its replacement, however long that takes. Those
        of a suspended customer stay, so that canceling its deletion brings them back.
        """
        limit = timezone.now() - timedelta(days=settings.ENDED_LISTS_DAYS)
        is_disconnected = Q(state=SyncProfile.State.APPROVED, connection__disconnected_at__lt=limit)
        is_revoked = Q(state=SyncProfile.State.REVOKED, ended_at__lt=limit)
        successors = SyncProfile.objects.filter(replaces=OuterRef("pk"))
        has_successor = Exists(successors.filter(Q(first_synced_at__lt=limit) | Q(ended_at__lt=limit)))
        is_replaced = Q(has_successor, state=SyncProfile.State.REPLACED)
        expired = self.filter(is_disconnected | is_revoked | is_replaced, lists_removed_at=None)
        return expired.exclude(is_suspended("connection__customer"))

    def free_legal_entities(self, customer_id: int) -> models.QuerySet[LegalEntity]:
        """The legal entities of a customer for which a profile can be requested."""
        taken = self.filter(state__in=SyncProfile.OPEN).values("legal_entity")
        return LegalEntity.objects.open().filter(customer=customer_id).exclude(pk__in=taken)


class SyncProfile(models.Model):
    """The "API Sync Profile": links one legal entity to one connection and, at entity level, to one Intacct entity.

    `TRANSITIONS` has the way of a request. While it is claimed, support may ask a question and the customer answers.
    Its requester never decides it.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", pgettext_lazy("request", "Requested")
        CLAIMED = "claimed", pgettext_lazy("request", "Claimed")
        ASKED = "asked", pgettext_lazy("request", "Question asked")
        APPROVED = "approved", pgettext_lazy("request", "Approved")
        DECLINED = "declined", pgettext_lazy("request", "Declined")
        WITHDRAWN = "withdrawn", pgettext_lazy("request", "Withdrawn")
        REVOKED = "revoked", pgettext_lazy("request", "Revoked")
        REPLACED = "replaced", pgettext_lazy("request", "Replaced")

    WAITING = (State.REQUESTED, State.CLAIMED, State.ASKED)
    WITH_BEANWORKS = (State.REQUESTED, State.CLAIMED)
    OPEN = (*WAITING, State.APPROVED)
    ENDED = (State.REVOKED, State.REPLACED)
    REFUSED = (State.DECLINED, State.REVOKED)
    # From each state, those that come next. A declined or withdrawn request and a revoked profile stay as they are. An
    # approval can be undone within minutes, and with it the replacement of another profile.
    TRANSITIONS: ClassVar = {
        State.REQUESTED: {State.CLAIMED, State.WITHDRAWN},
        State.CLAIMED: {State.REQUESTED, State.ASKED, State.APPROVED, State.DECLINED, State.WITHDRAWN},
        State.ASKED: {State.REQUESTED, State.CLAIMED, State.APPROVED, State.DECLINED, State.WITHDRAWN},
        State.APPROVED: {State.CLAIMED, State.REVOKED, State.REPLACED},
        State.REPLACED: {State.APPROVED},
    }

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="profiles")
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="profiles")
    entity_id = models.CharField(max_length=80, blank=True)
    entity_name = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    note = models.CharField(_("note for Beanworks"), max_length=1000, blank=True)
    requested_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_at = models.DateTimeField(auto_now_add=True)
    claimed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    claimed_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    # Why it was declined or revoked.
    reason = models.CharField(max_length=1000, blank=True)
    # The profile of the same legal entity whose place it takes when it is approved: another level in Intacct.
    replaces = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="successors")
    # When it was revoked or replaced, and by whom. No one: its connection was disconnected for too long.
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    # When the lists of an ended profile were removed.
    lists_removed_at = models.DateTimeField(null=True)
    # Set by SmartSync, which this app does not import.
    sync_started_at = models.DateTimeField(null=True)
    first_synced_at = models.DateTimeField(null=True)
    # A full sync holds deletions if more than this percentage of a list is missing. None: the deployment's setting.
    deletion_guard_percent = models.PositiveSmallIntegerField(null=True)
    # Slugs of the lists that are not synced. Those of user-defined dimensions begin with `DIMENSION_PREFIX`.
    unused_lists = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    # Whether its newest finished sync is incomplete.
    has_gaps = models.BooleanField(default=False, db_default=False)

    objects = SyncProfileQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known_value("profile_state_is_known", "state", KNOWN_STATES),
            # A request to replace a profile waits beside it.
            models.UniqueConstraint(
                fields=["legal_entity"],
                condition=Q(state="approved") | Q(state__in=["requested", "claimed", "asked"], replaces=None),
                name="one_open_profile_per_legal_entity",
            ),
            models.UniqueConstraint(
                fields=["legal_entity"],
                condition=Q(state__in=["requested", "claimed", "asked"]),
                name="one_waiting_request_per_legal_entity",
            ),
            models.UniqueConstraint(
                fields=["connection", "entity_id"],
                condition=Q(state__in=["requested", "claimed", "asked", "approved"]),
                name="one_open_profile_per_intacct_entity",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | Q(requested_by__isnull=True) | ~Q(decided_by=F("requested_by")),
                name="requests_are_decided_by_another_user",
            ),
            models.CheckConstraint(
                condition=Q(deletion_guard_percent=None) | Q(deletion_guard_percent__range=(1, 100)),
                name="deletion_guard_is_a_share",
            ),
            json_known_texts("unused_lists_are_known", "unused_lists", LIST, prefix=DIMENSION_PREFIX),
            models.CheckConstraint(condition=~Q(unused_lists__contains=list(LIST)), name="profile_uses_a_list"),
            models.CheckConstraint(
                condition=~Q(state__in=["claimed", "asked"]) | Q(claimed_at__isnull=False), name="claimed_since_when"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "declined", "revoked", "replaced"]) | Q(decided_at__isnull=False),
                name="decided_since_when",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["revoked", "replaced"], ended_at__isnull=False)
                | (~Q(state__in=["revoked", "replaced"]) & Q(ended_at=None)),
                name="ended_since_when",
            ),
            models.CheckConstraint(condition=~Q(replaces=F("pk")), name="no_profile_replaces_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.legal_entity} · {self.entity_name or self.entity_id or _('Top level')}"

    def can_become(self, state: str) -> bool:
        return state in self.TRANSITIONS.get(self.State(self.state), ())

    @property
    def is_synced(self) -> bool:
        """Whether its records are kept in sync: it is approved, and its connection is not disconnected."""
        return self.state == self.State.APPROVED and self.connection.disconnected_at is None

    @property
    def lists_kept_until(self) -> datetime | None:
        """When its lists are removed: see `with_expired_lists`. None: never, not known yet, or removed already."""
        if self.lists_removed_at:
            return None
        if self.state == self.State.REPLACED:
            ends = self.successors.aggregate(synced=Min("first_synced_at"), ended=Min("ended_at"))
            since = min(filter(None, ends.values()), default=None)
        else:
            since = self.ended_at or (self.connection.disconnected_at if self.state == self.State.APPROVED else None)
        return since + timedelta(days=settings.ENDED_LISTS_DAYS) if since else None

    @property
    def successor_id(self) -> int | None:
        """The profile that replaced this one."""
        if self.state != self.State.REPLACED:
            return None
        decided = self.successors.filter(state__in=(self.State.APPROVED, *self.ENDED))
        return decided.order_by("-pk").values_list("pk", flat=True).first()

    @property
    def is_waiting(self) -> bool:
        return self.state in self.WAITING

    @property
    def may_be_claimed(self) -> bool:
        """A claim ends when its user may no longer decide requests."""
        holder = self.claimed_by
        return self.is_waiting and not (holder and holder.is_active and holder.is_support)

    @property
    def decision(self) -> State:
        """What support decided. A profile that ended later was approved."""
        return self.State.APPROVED if self.state in self.ENDED else self.State(self.state)

    @property
    def is_with_beanworks(self) -> bool:
        return self.state in self.WITH_BEANWORKS

    @property
    def open_question(self) -> "Question | None":
        return self.questions.filter(closed_at=None).first()


class Question(models.Model):
    """A question of support before it decides, and the customer's answer. While it is open, the customer must act."""

    profile = models.ForeignKey(SyncProfile, on_delete=models.CASCADE, related_name="questions")
    text = models.CharField(max_length=1000)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    answer = models.CharField(max_length=2000, blank=True)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    # Also set without an answer, when the request is withdrawn, released or decided.
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["asked_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["profile"], condition=Q(closed_at=None), name="one_open_question_per_profile"
            )
        ]

    def __str__(self) -> str:
        return f"question {self.pk} about {self.profile}"
