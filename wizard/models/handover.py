"""A handover, and the guest who uses its link."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User, is_suspended
from core.constraints import json_texts
from mail.models import Email

VALID_FOR = timedelta(days=7)


def _maker_may_act() -> Exists:
    """Whether the maker may still change the connection: the same rule as `wizard.access.may_act`, in SQL."""
    makers = User.objects.root_administrators().filter(
        pk=OuterRef("created_by"), customer=OuterRef("connection__customer")
    )
    return Exists(makers)


class HandoverQuerySet(models.QuerySet["Handover"]):
    def usable(self) -> "HandoverQuerySet":
        """Handovers whose link works. It stops working when its maker loses the right to change the connection."""
        usable = self.filter(_maker_may_act(), revoked_at=None, expires_at__gt=timezone.now())
        return usable.exclude(is_suspended("connection__customer"))

    def by_link(self, token_hash: str) -> "Handover | None":
        handovers = self.usable().filter(token_hash=token_hash)
        return handovers.select_related("connection__customer", "created_by").first()

    def with_stage(self, stage: str) -> "HandoverQuerySet":
        return self.filter(stages__contains=[stage])

    def for_page(self) -> "HandoverQuerySet":
        return self.select_related("created_by", "link_email").order_by("-pk")


class Handover(models.Model):
    """Steps of one connection that a guest without a Beanworks account does, through a link that can be opened once.

    Only the hash of the link's token is saved. A new link for the same guest replaces the previous one, and pages
    opened with the previous one stop working.
    """

    connection = models.ForeignKey("wizard.Connection", on_delete=models.CASCADE, related_name="handovers")
    stages = models.JSONField(default=list)
    name = models.CharField(max_length=120)
    email = models.EmailField()
    note = models.CharField(max_length=1000, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    # When `created_by` took it over from the administrator who made it.
    taken_over_at = models.DateTimeField(null=True)
    token_hash = models.CharField(max_length=64, unique=True)
    # For the newest link: the email it is in, until when it works, when it was opened and with what browser (its user
    # agent). It can be opened only once.
    link_email = models.ForeignKey(Email, null=True, on_delete=models.SET_NULL, related_name="+")
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    opened_with = models.CharField(max_length=300, blank=True, default="", db_default="")
    # When the guest and the maker were reminded that the link expires.
    reminded_at = models.DateTimeField(null=True)
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
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="handover_by_end")]

    def __str__(self) -> str:
        return f"handover {self.pk} of {self.connection}"

    @property
    def guest(self) -> "Guest":
        return Guest(self)

    @property
    def is_undelivered(self) -> bool:
        """Whether the email with the newest link could not be delivered, so that no guest can come."""
        return self.state == "sent" and self.link_email is not None and self.link_email.is_given_up

    @property
    def state(self) -> str:
        if self.revoked_at:
            return "revoked"
        if self.expires_at <= timezone.now():
            return "expired"
        return "opened" if self.opened_at else "sent"


class Guest:
    """A guest who opened a handover's link. Stands where a `User` would in the wizard, but has no account.

    `is_preview`: an administrator who sees what the guest sees, and changes nothing.
    """

    pk = None
    is_beanworks = False

    def __init__(self, handover: Handover, *, is_preview: bool = False) -> None:
        self.handover = handover
        self.is_preview = is_preview

    @property
    def name(self) -> str:
        return _("%(name)s (Intacct administrator)") % {"name": self.handover.name}


Visitor = User | Guest
