"""A handover, and whoever comes by its link."""

from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Role, User
from core.constraints import json_texts

if TYPE_CHECKING:
    from wizard.models.connection import Connection

LIFE = timedelta(days=7)
# Steps that are done in Intacct; of the credentials, entering and checking them.
HANDED_OVER = ("user_role", "sender_id", "custom_field", "credentials")


def token_hashed(token: str) -> str:
    """A token is 256 random bits: nothing to guess, so nothing to slow down."""
    return sha256(token.encode()).hexdigest()


def _maker_may_act() -> Exists:
    """Whether the maker may still change the connection, as `wizard.access.may_act` decides for who is signed in."""
    makers = User.objects.filter(
        pk=OuterRef("made_by"),
        is_active=True,
        customer=OuterRef("connection__customer"),
        home_org_unit__parent=None,
        roles__role=Role.SYSTEM_ADMINISTRATOR,
    )
    return Exists(makers)


class HandoverQuerySet(models.QuerySet["Handover"]):
    def standing(self) -> "HandoverQuerySet":
        """Those that open: a handover gives no more than its maker has, and stops with what they may do."""
        return self.filter(_maker_may_act(), revoked_at=None, expires_at__gt=timezone.now())

    def by_link(self, token_hash: str) -> "Handover | None":
        found = self.standing().filter(token_hash=token_hash)
        return found.select_related("connection__customer", "made_by").first()

    def holding(self, connection: "Connection", stage: str) -> "HandoverQuerySet":
        """Who has a step; of Pre-checks, whoever has any."""
        held = self.standing().filter(connection=connection).order_by("pk")
        return held if stage == "pre_checks" else held.filter(stages__contains=[stage])

    def for_page(self, connection: "Connection") -> "HandoverQuerySet":
        return self.filter(connection=connection).select_related("made_by").order_by("-pk")


class Handover(models.Model):
    """Steps of one connection in the hands of somebody without a Beanworks login, by a link that opens once.

    Of the link's token only the hash is kept. A new link for the same guest takes the place of the one before, and ends
    what was opened by that.
    """

    connection = models.ForeignKey("wizard.Connection", on_delete=models.CASCADE, related_name="handovers")
    stages = models.JSONField(default=list)
    name = models.CharField(max_length=120)
    email = models.EmailField()
    note = models.CharField(max_length=1000, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    # When `made_by` took it over from the administrator who made it.
    taken_over_at = models.DateTimeField(null=True)
    token_hash = models.CharField(max_length=64, unique=True)
    # Of the newest link: until when it works, and when it was opened, which it can be once.
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["connection", "email"], condition=Q(revoked_at=None), name="one_handover_per_guest"
            ),
            json_texts("handed_over_stages_are_texts", "stages"),
        ]

    def __str__(self) -> str:
        return f"handover {self.pk} of {self.connection}"

    @property
    def guest(self) -> "Guest":
        return Guest(self)

    @property
    def state(self) -> str:
        if self.revoked_at:
            return "revoked"
        if self.expires_at <= timezone.now():
            return "expired"
        return "opened" if self.opened_at else "sent"


class Guest:
    """Whoever opened a handover's link. Acts in the wizard where a person would, without being one of ours."""

    pk = None
    is_beanworks = False

    def __init__(self, handover: Handover) -> None:
        self.handover = handover

    @property
    def name(self) -> str:
        return _("%(name)s (Intacct administrator)") % {"name": self.handover.name}


Visitor = User | Guest
