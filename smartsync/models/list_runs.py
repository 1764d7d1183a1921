"""The lists within sync runs: one row for each list of a run that has something to store."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Sum, Value
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.constraints import json_object, json_objects, json_texts, known_value
from core.timestamps import LATEST
from intacct.catalogue import LIST, RecordList, dimension_list
from smartsync.models.runs import EARLIEST, SyncRun
from wizard.models import SyncProfile

KNOWN_STATES = (
    "queued", "reading", "complete", "incomplete", "refused", "failed", "not_applicable", "canceled",
)  # fmt: skip


def list_label(row: "RecordList | ListRun") -> str:
    """A list's name to show: our lists in the user's language, a dimension as the customer named it."""
    return gettext(row.title) if row.slug in LIST else row.title


SUMMED = ("read", "new", "changed", "deactivated", "unchanged")
NO_TOTALS: Mapping[str, Any] = dict.fromkeys(("lists", "complete", *(f"all_{name}" for name in SUMMED)), 0)


def _add_unchanged(totals: Mapping[str, Any], unchanged: int) -> Mapping[str, Any]:
    return {**totals, "lists": totals["lists"] + unchanged, "complete": totals["complete"] + unchanged}


class ListRunQuerySet(models.QuerySet["ListRun"]):
    def unfinished(self) -> "ListRunQuerySet":
        return self.filter(state__in=ListRun.UNFINISHED)

    def troubled(self) -> "ListRunQuerySet":
        return self.filter(state__in=ListRun.TROUBLED)

    def newest(self, profile: SyncProfile) -> "ListRunQuerySet":
        """The newest list run of each list."""
        newest = self.filter(run__profile=profile).order_by("slug", "-pk").distinct("slug")
        return self.filter(pk__in=newest.values("pk")).order_by("position")

    def needed(self, profile: OuterRef) -> "ListRunQuerySet":
        """Those that are the newest of their list, or the newest complete one, among the runs of the profile."""
        later = {"profile": profile, "pk__gt": OuterRef("run"), "lists__slug": OuterRef("slug")}
        newer = SyncRun.objects.filter(**later)
        newer_complete = SyncRun.objects.filter(**later, lists__state=ListRun.State.COMPLETE)
        return self.filter(~Exists(newer) | Q(state=ListRun.State.COMPLETE) & ~Exists(newer_complete))

    def totals(self, runs: Iterable[SyncRun]) -> dict[int, Mapping[str, Any]]:
        """For each run, how many lists it has and how many records they read, by the run's key."""
        stored = self._stored_totals(runs)
        return {
            run.pk: _add_unchanged(stored.get(run.pk, NO_TOTALS), len(run.unchanged_lists or ()))
            for run in runs
            if run.pk in stored or run.unchanged_lists
        }

    def _stored_totals(self, runs: Iterable[SyncRun]) -> dict[int, Mapping[str, Any]]:
        absent = Q(state=ListRun.State.NOT_APPLICABLE)
        groups = self.filter(run__in=runs).values("run").order_by("run")
        rows = groups.annotate(
            lists=Count("pk", filter=~absent),
            complete=Count("pk", filter=Q(state=ListRun.State.COMPLETE)),
            **{f"all_{name}": Sum(name) for name in SUMMED},
        )
        return {row["run"]: row for row in rows}

    def newest_complete(self, profile: SyncProfile) -> dict[str, "ListRun"]:
        """The newest stored complete list run of each list, by the list's slug.

        If the last success found no change in the list, `began_at` is when that run started.
        """
        complete = self.filter(run__profile=profile, state=ListRun.State.COMPLETE)
        newest = {list_run.slug: list_run for list_run in complete.order_by("slug", "-pk").distinct("slug")}
        if success := SyncRun.objects.last_success(profile):
            for slug in newest.keys() & success.unchanged_slugs:
                newest[slug].began_at = max(filter(None, (newest[slug].began_at, success.started_at)), default=None)
        return newest


class ListRun(models.Model):
    """One list within a sync run. `low_key` is the checkpoint: the highest key read and stored.

    A long list is also read from its highest key downward: from `max_key` to `high_key`.

    `since` is None when the list is read in full. `began_at` is the time just before its first request.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        READING = "reading", _("Reading")
        COMPLETE = "complete", _("Complete")
        INCOMPLETE = "incomplete", _("Incomplete")
        REFUSED = "refused", _("Refused")
        FAILED = "failed", _("Failed")
        NOT_APPLICABLE = "not_applicable", _("Does not apply")
        CANCELED = "canceled", _("Canceled")

    UNFINISHED = (State.QUEUED, State.READING)
    TROUBLED = (State.INCOMPLETE, State.REFUSED, State.FAILED)

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="lists")
    position = models.PositiveIntegerField()
    slug = models.CharField(max_length=80)
    # What `intacct.catalogue` has about the list. Stored here for user-defined dimensions, which the catalogue cannot
    # have. An empty object means that Intacct did not name the company's dimensions.
    object = models.CharField(max_length=80)
    title = models.CharField(max_length=120)
    # The fields to read: those of the catalogue that this Intacct company has.
    fields = models.JSONField(default=list)
    since = models.DateTimeField(null=True)
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    low_key = models.BigIntegerField(default=0)
    high_key = models.BigIntegerField(null=True)
    max_key = models.BigIntegerField(null=True)
    read = models.PositiveIntegerField(default=0)
    counted_before = models.PositiveIntegerField(null=True)
    counted_after = models.PositiveIntegerField(null=True)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    # Records that Intacct sent and that cannot be stored.
    set_aside = models.PositiveIntegerField(default=0, db_default=0)
    # Records that look inactive or deleted and wait for a decision: see `Hold`.
    held = models.PositiveIntegerField(default=0, db_default=0)
    # Records that this run marked as inactive or as deleted.
    deactivated = models.PositiveIntegerField(default=0)
    pass_number = models.PositiveIntegerField(default=1)
    cause = models.CharField(max_length=60, blank=True)
    facts = models.JSONField(default=dict)
    # See `smartsync.warnings`.
    warnings = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    began_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = ListRunQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            known_value("list_run_state_is_known", "state", KNOWN_STATES),
            json_texts("list_run_fields_are_texts", "fields"),
            json_object("list_run_facts_are_an_object", "facts"),
            json_objects("list_run_warnings_are_objects", "warnings"),
            models.UniqueConstraint(fields=["run", "slug"], name="list_once_per_run"),
            models.CheckConstraint(
                condition=Q(since=None) | Q(since__range=(EARLIEST, LATEST)), name="list_since_a_moment_of_our_time"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["incomplete", "refused", "failed", "not_applicable"]) | ~Q(cause=""),
                name="no_list_failure_without_a_cause",
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
                condition=Q(read=F("new") + F("changed") + F("unchanged") + F("set_aside")),
                name="every_record_read_is_accounted_for",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slug}: {self.state}"

    @classmethod
    def of_unchanged_list(cls, run: SyncRun, entry: Mapping[str, Any]) -> "ListRun":
        """The list run, not stored, of a list in which the run found no change. `entry`: see `note_unchanged`."""
        list_run = cls(
            run=run, state=cls.State.COMPLETE, **{name: entry[name] for name in ("position", "slug", "title")}
        )
        list_run.counted_before = list_run.counted_after = 0
        list_run.began_at, list_run.finished_at = run.started_at, run.finished_at
        return list_run

    def note_unchanged(self) -> None:
        """Note in the run that nothing has changed in this list. The caller saves the run."""
        entry = {"position": self.position, "slug": self.slug, "title": self.title}
        self.run.unchanged_lists = [*(self.run.unchanged_lists or ()), entry]

    @property
    def is_settled(self) -> bool:
        return self.state == self.State.COMPLETE and not self.warnings

    @property
    def is_unchanged(self) -> bool:
        """Whether it is not stored and has nothing to tell, so that the run's `unchanged_lists` can stand for it."""
        return self.pk is None and self.is_settled and not self.read

    @property
    def record_list(self) -> RecordList:
        return LIST.get(self.slug) or dimension_list(self.object, self.title)

    @property
    def label(self) -> str:
        return list_label(self)

    @property
    def is_unfinished(self) -> bool:
        return self.state in self.UNFINISHED

    @property
    def is_retryable(self) -> bool:
        return self.state in self.TROUBLED and bool(self.object)


def all_lists(run: SyncRun) -> list[ListRun]:
    """The run's list runs in order, with those of unchanged lists, which are not stored."""
    unchanged = [ListRun.of_unchanged_list(run, entry) for entry in run.unchanged_lists or ()]
    return sorted([*run.lists.all(), *unchanged], key=lambda list_run: list_run.position)


def count_states(run: SyncRun) -> Counter[str]:
    """How many of the run's lists are in each state."""
    states = Counter(run.lists.values_list("state", flat=True))
    states[ListRun.State.COMPLETE] += len(run.unchanged_lists or ())
    return +states  # without states that no list has
