from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from django.db import models, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, Sum, Value
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.constraints import holds_path, json_object, json_objects, json_texts, known_value
from core.leases import ACTIVE, LeasedRow, LeasedRowQuerySet, State
from core.timestamps import LATEST
from intacct.catalogue import DIMENSION_PREFIX, LIST, RecordList, dimension_list
from intacct.diagnoses import BY_CAUSE
from intacct.maintenance import Window, next_window
from smartsync.models.schedules import Schedule
from wizard.models import Connection, SyncProfile

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""No sync asks for changes before this. Intacct is not that old, and it reads a two-digit year as a later one."""

# Causes that pass without action, such as an Intacct that does not answer, and refusals that we do not know.
PASSING = {diagnosis.cause for diagnosis in BY_CAUSE.values() if diagnosis.retry_helps}

# An entry of `SyncRun.unchanged_lists` that cannot be shown as a list.
ODD_ENTRY = '$[*] ? (!(@.position.type() == "number" && @.slug.type() == "string" && @.title.type() == "string"))'
KNOWN_STATES = (
    "queued", "reading", "complete", "incomplete", "refused", "failed", "not_applicable", "canceled",
)  # fmt: skip


class SyncRunQuerySet(LeasedRowQuerySet["SyncRun"]):
    def visible_to(self, user: User) -> "SyncRunQuerySet":
        return self.filter(profile__in=SyncProfile.objects.visible_to(user))

    def for_history(self, profile: SyncProfile) -> "SyncRunQuerySet":
        return self.filter(profile=profile).select_related("requested_by").order_by("-pk")

    @transaction.atomic
    def claim_next(self, pk: int) -> "SyncRun | None":
        """Claim the run, unless a worker has a lease on another run of the same Intacct company.

        Two runs at once would share the few requests that Intacct accepts from one company at a time. A canceled run
        sends Intacct no request, so it never waits.
        """
        connection = Connection.objects.filter(profiles__runs=pk, profiles__runs__cancel_requested_at=None)
        company = connection.values_list("company_id", flat=True).first()
        # Of two workers that claim runs of one company at the same time, the second waits here and then sees the
        # lease of the first. NO KEY: rows that refer to the connection can still be inserted.
        locked = Connection.objects.of_company(company).select_for_update(no_key=True)
        connections = list(locked.values_list("pk", flat=True))
        is_busy = self.leased().exclude(pk=pk).filter(profile__connection__in=connections).exists()
        return None if is_busy else self.select_related("profile__connection").claim(pk)

    def ready(self) -> Self:
        """Those that do not wait for another run of their company."""
        company = "profile__connection__company_id"
        other = self.leased().filter(**{f"{company}__iexact": OuterRef(company)})
        return self.due().exclude(Exists(other))

    def next_of_company(self, run: "SyncRun") -> "SyncRun | None":
        """The run that should be worked on next: of those without a lease, the one with the fewest attempts."""
        company = run.profile.connection.company_id
        return self.due().filter(profile__connection__company_id__iexact=company).order_by("attempts", "pk").first()

    def needless(self, before: datetime) -> "SyncRunQuerySet":
        """Runs created before `before` that no later run needs.

        A partial run is needed until a later run has succeeded. A full run also needs a later full run. A run that
        stored the newest list run of a list, or the newest complete one, stays: later runs found the list unchanged.
        """
        later = SyncRun.objects.filter(profile=OuterRef("profile"), pk__gt=OuterRef("pk"))
        old = self.filter(Exists(later.filter(result=SyncRun.Result.COMPLETE)), state=State.DONE, created_at__lt=before)
        replaced = old.filter(Q(kind=SyncRun.Kind.PARTIAL) | Exists(later.filter(kind=SyncRun.Kind.FULL)))
        # The condition is a range, so that PostgreSQL asks for one run at a time. As an equality it became a hash of
        # all list runs of the database: more than 100 s for 28,800 runs.
        own = ListRun.objects.filter(run__gte=OuterRef("pk"), run__lte=OuterRef("pk"))
        return replaced.exclude(Exists(own.needed(profile=OuterRef(OuterRef("profile")))))

    def newest_of(self, profiles: Iterable[SyncProfile]) -> dict[int, "SyncRun"]:
        """Each profile's newest run, by the profile's key."""
        newest = self.filter(profile__in=profiles).order_by("profile_id", "-pk").distinct("profile_id")
        return {run.profile_id: run for run in newest}

    def last_full(self, profile: SyncProfile) -> "SyncRun | None":
        """The newest full run that completed at least one list."""
        results = (SyncRun.Result.COMPLETE, SyncRun.Result.INCOMPLETE)
        return self.filter(profile=profile, kind=SyncRun.Kind.FULL, result__in=results).order_by("-pk").first()

    def left_out_since(self, run: "SyncRun", list_runs: Iterable["ListRun"]) -> set[str]:
        """The slugs of those lists that another run of the profile did not use after the list run, and `run` uses."""
        last = {list_run.slug: list_run.run_id for list_run in list_runs}
        later = self.filter(profile=run.profile_id, pk__gt=min(last.values(), default=0))
        # A year of runs may have left out what this run leaves out too. They are of no interest.
        later = later.exclude(unused_lists__contained_by=run.unused_lists)
        choices = later.values_list("pk", "unused_lists")
        return {slug for pk, unused in choices for slug in unused if slug in last and pk > last[slug]}

    def last_success(self, profile: SyncProfile) -> "SyncRun | None":
        return self.filter(profile=profile, result=SyncRun.Result.COMPLETE).order_by("-pk").first()


class SyncRun(LeasedRow):
    """One sync of a profile. `since` is None for a full sync."""

    class Kind(models.TextChoices):
        FULL = "full", _("Full sync")
        PARTIAL = "partial", _("Partial sync")

    class Result(models.TextChoices):
        COMPLETE = "complete", _("Complete")
        INCOMPLETE = "incomplete", _("Incomplete")
        FAILED = "failed", _("Failed")
        CANCELED = "canceled", _("Canceled")

    BAD = (Result.FAILED, Result.INCOMPLETE)

    task = "smartsync.tasks.sync_run"

    # The index below begins with this column.
    profile = models.ForeignKey(SyncProfile, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=10, choices=Kind)
    since = models.DateTimeField(null=True)
    requested_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    # For a scheduled run: which schedule started it, and for which time.
    schedule = models.ForeignKey(Schedule, null=True, on_delete=models.SET_NULL, related_name="runs")
    scheduled_for = models.DateTimeField(null=True)
    result = models.CharField(max_length=12, choices=Result, blank=True)
    cause = models.CharField(max_length=60, blank=True)
    facts = models.JSONField(default=dict)
    cancel_requested_at = models.DateTimeField(null=True)
    # `SyncProfile.unused_lists` at the time when the run's lists were planned: the run does not read these.
    unused_lists = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    # Lists in which a partial sync found no change, as {"position", "slug", "title"}. They have no `ListRun`: most
    # lists of most nights are such. None until the run has its lists.
    unchanged_lists = models.JSONField(null=True)

    objects: ClassVar[SyncRunQuerySet] = SyncRunQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            known_value("run_result_is_known", "result", ["complete", "incomplete", "failed", "canceled"], blank=True),
            json_object("run_facts_are_an_object", "facts"),
            json_texts("run_unused_lists_are_texts", "unused_lists"),
            json_objects("unchanged_lists_are_objects", "unchanged_lists"),
            models.CheckConstraint(
                condition=~holds_path("unchanged_lists", ODD_ENTRY), name="unchanged_lists_name_their_lists"
            ),
            known_value("run_state_is_known", "state", State.values),
            models.UniqueConstraint(
                fields=["profile"], condition=Q(state__in=ACTIVE), name="one_active_run_per_profile"
            ),
            models.CheckConstraint(
                condition=Q(kind="full", since=None) | Q(kind="partial", since__isnull=False),
                name="since_belongs_to_partial_runs",
            ),
            models.CheckConstraint(
                condition=Q(since=None) | Q(since__range=(EARLIEST, LATEST)), name="run_since_a_moment_of_our_time"
            ),
            models.CheckConstraint(condition=~Q(state="done") | ~Q(result=""), name="a_done_run_has_a_result"),
            models.UniqueConstraint(fields=["schedule", "scheduled_for"], name="one_run_for_each_time_of_a_schedule"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["created_at"], condition=Q(state="done"), name="done_run_by_time"),
            models.Index(fields=["profile", "id"], name="run_by_profile"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def started_by(self) -> str:
        """Who or what started the run, in words."""
        if self.scheduled_for:
            return gettext("A schedule")
        return self.requested_by.name if self.requested_by else "Beanworks Connect"

    @property
    def lists_left_out(self) -> list[RecordList]:
        """The lists that were not in use. A user-defined dimension has only the name of its object."""
        names = [slug.removeprefix(DIMENSION_PREFIX) for slug in self.unused_lists if slug not in LIST]
        known = [LIST[slug] for slug in self.unused_lists if slug in LIST]
        return [*known, *(dimension_list(name, name) for name in names)]

    @property
    def maintenance(self) -> Window | None:
        """Intacct's weekly maintenance, if the run failed for a reason that passes and was active at that time."""
        if self.result not in self.BAD or not self.finished_at:
            return None
        window = next_window(self.started_at or self.created_at)
        troubled = self.lists.filter(state__in=ListRun.TROUBLED, cause__in=PASSING)
        passes = self.cause in PASSING or troubled.exists()
        return window if window.start <= self.finished_at and passes else None

    @property
    def has_lists(self) -> bool:
        """Whether it is decided which lists the run reads. A worker of the previous release stores all of them."""
        return self.unchanged_lists is not None or self.lists.exists()

    @property
    def unchanged_slugs(self) -> set[str]:
        return {entry["slug"] for entry in self.unchanged_lists or ()}

    def all_lists(self) -> list["ListRun"]:
        """Its list runs in order, with those of unchanged lists, which are not stored."""
        unchanged = [ListRun.of_unchanged_list(self, entry) for entry in self.unchanged_lists or ()]
        return sorted([*self.lists.all(), *unchanged], key=lambda list_run: list_run.position)

    def add_unchanged(self, list_run: "ListRun") -> None:
        """Note a list in which nothing has changed. The caller saves the run."""
        entry = {"position": list_run.position, "slug": list_run.slug, "title": list_run.title}
        self.unchanged_lists = [*(self.unchanged_lists or ()), entry]

    def count_states(self) -> Counter[str]:
        """How many of its lists are in each state."""
        states = Counter(self.lists.values_list("state", flat=True))
        states[ListRun.State.COMPLETE] += len(self.unchanged_lists or ())
        return +states  # without states that no list has

    def is_canceled(self) -> bool:
        """Query the database each time, since a user may cancel at any moment."""
        return SyncRun.objects.filter(pk=self.pk, cancel_requested_at__isnull=False).exists()


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
        """The list run, not stored, of a list in which the run found no change. `entry`: see `add_unchanged`."""
        list_run = cls(
            run=run, state=cls.State.COMPLETE, **{name: entry[name] for name in ("position", "slug", "title")}
        )
        list_run.counted_before = list_run.counted_after = 0
        list_run.began_at, list_run.finished_at = run.started_at, run.finished_at
        return list_run

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
