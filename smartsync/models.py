from collections.abc import Iterable
from typing import ClassVar

from django.db import models
from django.db.models import Count, F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from intacct.catalogue import LIST, RecordList, dimension_list
from leases import ACTIVE, LeasedRow, LeasedRowQuerySet
from wizard.models import SyncProfile


class SyncRunQuerySet(LeasedRowQuerySet["SyncRun"]):
    def visible_to(self, user: User) -> "SyncRunQuerySet":
        return self.filter(profile__in=SyncProfile.objects.visible_to(user))

    def for_history(self, profile: SyncProfile) -> "SyncRunQuerySet":
        return self.filter(profile=profile).select_related("requested_by").order_by("-pk")

    def newest_of(self, profiles: Iterable[SyncProfile]) -> dict[int, "SyncRun"]:
        """Each profile's newest run, by the profile's key."""
        newest = self.filter(profile__in=profiles).order_by("profile_id", "-pk").distinct("profile_id")
        return {found.profile_id: found for found in newest}

    def last_success(self, profile: SyncProfile) -> "SyncRun | None":
        return self.filter(profile=profile, result=SyncRun.Result.COMPLETE).order_by("-pk").first()


class SyncRun(LeasedRow):
    """One SmartSync over a profile. `since` is None for a full one."""

    class Kind(models.TextChoices):
        FULL = "full", _("Full sync")
        PARTIAL = "partial", _("Partial sync")

    class Result(models.TextChoices):
        COMPLETE = "complete", _("Complete")
        INCOMPLETE = "incomplete", _("Incomplete")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    profile = models.ForeignKey(SyncProfile, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=10, choices=Kind)
    since = models.DateTimeField(null=True)
    requested_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    result = models.CharField(max_length=12, choices=Result, blank=True)
    cause = models.CharField(max_length=60, blank=True)
    facts = models.JSONField(default=dict)
    cancel_asked_at = models.DateTimeField(null=True)

    objects: ClassVar[SyncRunQuerySet] = SyncRunQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["profile"], condition=Q(state__in=ACTIVE), name="one_active_run_per_profile"
            ),
            models.CheckConstraint(
                condition=Q(kind="full", since=None) | Q(kind="partial", since__isnull=False),
                name="since_belongs_to_partial_runs",
            ),
            models.CheckConstraint(condition=~Q(state="done") | ~Q(result=""), name="a_done_run_has_a_result"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    def is_cancelled(self) -> bool:
        """Asked anew each time: a person may cancel at any moment."""
        return SyncRun.objects.filter(pk=self.pk, cancel_asked_at__isnull=False).exists()


class ListRunQuerySet(models.QuerySet["ListRun"]):
    def unfinished(self) -> "ListRunQuerySet":
        return self.filter(state__in=ListRun.UNFINISHED)

    def newest(self, profile: SyncProfile) -> "ListRunQuerySet":
        """Each list's newest reading."""
        found = self.filter(run__profile=profile).order_by("slug", "-pk").distinct("slug")
        return self.filter(pk__in=found.values("pk")).order_by("position")

    def newest_complete(self, profile: SyncProfile) -> dict[str, "ListRun"]:
        """Each list's newest reading that came to a complete end."""
        complete = self.filter(run__profile=profile, state=ListRun.State.COMPLETE)
        return {found.slug: found for found in complete.order_by("slug", "-pk").distinct("slug")}


class ListRun(models.Model):
    """A sync run's part for one list. `reached` is the checkpoint: the highest key read and stored.

    `since` is None when the list is read in full. `began_at` is when reading began, before its first request.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        READING = "reading", _("Reading")
        COMPLETE = "complete", _("Complete")
        INCOMPLETE = "incomplete", _("Incomplete")
        REFUSED = "refused", _("Refused")
        FAILED = "failed", _("Failed")
        NOT_APPLICABLE = "not_applicable", _("Not applicable")
        CANCELLED = "cancelled", _("Cancelled")

    UNFINISHED = (State.QUEUED, State.READING)
    TROUBLED = (State.INCOMPLETE, State.REFUSED, State.FAILED)

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="lists")
    position = models.PositiveIntegerField()
    slug = models.CharField(max_length=80)
    # What `intacct.catalogue` knows of the list; kept here for user-defined dimensions, which it cannot know.
    # No object: Intacct would not name the dimensions there are.
    object = models.CharField(max_length=80)
    title = models.CharField(max_length=120)
    # The fields asked for: those of the catalogue that this company's Intacct has.
    fields = models.JSONField(default=list)
    since = models.DateTimeField(null=True)
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    reached = models.BigIntegerField(default=0)
    read = models.PositiveIntegerField(default=0)
    counted_before = models.PositiveIntegerField(null=True)
    counted_after = models.PositiveIntegerField(null=True)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    # Inactive since this run, or gone from Intacct.
    deactivated = models.PositiveIntegerField(default=0)
    passes = models.PositiveIntegerField(default=1)
    cause = models.CharField(max_length=60, blank=True)
    facts = models.JSONField(default=dict)
    began_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = ListRunQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "slug"], name="list_once_per_run"),
            models.CheckConstraint(
                condition=~Q(state__in=["incomplete", "refused", "failed", "not_applicable"]) | ~Q(cause=""),
                name="no_list_trouble_without_a_cause",
            ),
            models.CheckConstraint(
                condition=~Q(state="complete")
                | Q(
                    counted_before__isnull=False,
                    counted_after__isnull=False,
                    counted_before=F("read"),
                    counted_after=F("read"),
                ),
                name="complete_means_read_equals_counted",
            ),
            models.CheckConstraint(
                condition=Q(read=F("new") + F("changed") + F("unchanged")), name="every_record_read_is_accounted_for"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slug}: {self.state}"

    @property
    def record_list(self) -> RecordList:
        return LIST.get(self.slug) or dimension_list(self.object, self.title)

    @property
    def label(self) -> str:
        """The list's name for people: ours in their language, a dimension's as the customer named it."""
        return gettext(self.title) if self.slug in LIST else self.title

    @property
    def is_unfinished(self) -> bool:
        return self.state in self.UNFINISHED

    @property
    def is_retryable(self) -> bool:
        return self.state in self.TROUBLED and bool(self.object)


class ListItemQuerySet(models.QuerySet["ListItem"]):
    def present(self) -> "ListItemQuerySet":
        """What Intacct still has."""
        return self.filter(gone_at=None)

    def shown(self, what: str) -> "ListItemQuerySet":
        """`what`: active, inactive, gone, or anything else for all that Intacct still has."""
        if what == "gone":
            return self.exclude(gone_at=None)
        present = self.present()
        return present.filter(active=what == "active") if what in ("active", "inactive") else present

    def counts(self, profile: SyncProfile) -> dict[str, dict[str, int]]:
        """For each list how many records Intacct has, and how many of them are inactive."""
        counted = self.present().filter(profile=profile).values("list").order_by("list")
        rows = counted.annotate(present=Count("pk"), inactive=Count("pk", filter=Q(active=False)))
        return {row["list"]: {"present": row["present"], "inactive": row["inactive"]} for row in rows}

    def search(self, words: str) -> "ListItemQuerySet":
        """Records whose code or name holds every word."""
        found = self
        for word in words.split():
            found = found.filter(Q(code__icontains=word) | Q(name__icontains=word))
        return found


class ListItem(models.Model):
    """One record of one list, as Intacct last gave it. `fingerprint` tells a changed record from an unchanged one.

    `gone_at`: since when Intacct no longer has it; it is then inactive too. Written by `smartsync.storing` alone.
    """

    profile = models.ForeignKey(SyncProfile, on_delete=models.CASCADE, related_name="items")
    list = models.CharField(max_length=80)
    key = models.BigIntegerField()
    code = models.TextField()
    name = models.TextField(blank=True)
    active = models.BooleanField(default=True)
    fields = models.JSONField()
    fingerprint = models.BinaryField(max_length=16)
    first_seen_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    # The list run that passed its key and did not find it; it is gone once that list run is complete.
    missed_by = models.BigIntegerField(null=True)
    gone_at = models.DateTimeField(null=True)

    objects = ListItemQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["profile", "list", "key"], name="record_once_per_list"),
            models.CheckConstraint(condition=Q(gone_at=None) | Q(active=False), name="what_is_gone_is_inactive"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["profile", "list", "code"], name="list_item_by_code"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
