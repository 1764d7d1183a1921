from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.constraints import known_value
from smartsync.models.items import ListItem, ListItemQuerySet
from smartsync.models.list_runs import ListRun
from wizard.models import SyncProfile

DECISIONS = ("confirmed", "rejected", "returned")


class HoldQuerySet(models.QuerySet["Hold"]):
    def visible_to(self, user: User) -> "HoldQuerySet":
        return self if user.is_beanworks else self.filter(profile__in=SyncProfile.objects.visible_to(user))

    def undecided(self) -> "HoldQuerySet":
        return self.filter(decision="")

    def with_list_runs(self, profile: SyncProfile) -> list["Hold"]:
        """These holds of one profile. Their list runs are read with one query for all of them."""
        holds = list(self)
        newest = {list_run.slug: list_run for list_run in ListRun.objects.newest(profile)} if holds else {}
        for hold in holds:
            hold.list_run = newest[hold.list]
        return holds


class Hold(models.Model):
    """Records of one list that a full run found missing or inactive: too many to mark without a confirmation.

    The records stay unchanged, with `ListItem.is_held` set, until an administrator decides or a run finds them again.
    """

    class Decision(models.TextChoices):
        CONFIRMED = "confirmed", _("Confirmed")
        REJECTED = "rejected", _("Rejected")
        RETURNED = "returned", _("Returned")

    profile = models.ForeignKey(SyncProfile, on_delete=models.CASCADE, related_name="holds")
    list = models.CharField(max_length=80)
    missing = models.PositiveIntegerField()
    inactive = models.PositiveIntegerField()
    # All records of the list, including the missing and inactive ones.
    total = models.PositiveIntegerField()
    # When the newest full run found them missing or inactive.
    found_at = models.DateTimeField()
    decision = models.CharField(max_length=10, choices=Decision, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = HoldQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known_value("hold_decision_is_known", "decision", DECISIONS, blank=True),
            models.UniqueConstraint(
                fields=["profile", "list"], condition=Q(decision=""), name="one_undecided_hold_per_list"
            ),
            models.CheckConstraint(
                condition=Q(decision="", decided_at=None) | (~Q(decision="") & Q(decided_at__isnull=False)),
                name="hold_decided_since_when",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["decided_at"], condition=Q(decided_at__isnull=False), name="hold_by_decision")
        ]

    def __str__(self) -> str:
        return f"{self.count} of {self.total} in {self.list}"

    @property
    def count(self) -> int:
        return self.missing + self.inactive

    @property
    def incident_slug(self) -> str:
        return f"deletions.{self.pk}"

    @cached_property
    def list_run(self) -> ListRun:
        """The newest run of the list. It has the list's title."""
        return ListRun.objects.filter(run__profile=self.profile_id, slug=self.list).latest("pk")

    def records(self) -> ListItemQuerySet:
        """The records that are still held, without those that a later run found unchanged."""
        return ListItem.objects.doubtful().filter(profile=self.profile_id, list=self.list, is_held=True)
