from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import ClassVar, Self

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, Value
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


class SyncRunQuerySet(LeasedRowQuerySet["SyncRun"]):
    def visible_to(self, user: User) -> "SyncRunQuerySet":
        return self if user.is_beanworks else self.filter(profile__in=SyncProfile.objects.visible_to(user))

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

    def awaited(self) -> Self:
        """Those that a user has just started. The next parts of a long run wait in turn: many such runs would otherwise
        keep all workers from scheduled ones."""
        return self.filter(scheduled_for=None, attempts=0)

    def next_of_company(self, run: "SyncRun") -> "SyncRun | None":
        """The run that should be worked on next: of those without a lease, the one with the fewest attempts."""
        company = run.profile.connection.company_id
        return self.due().filter(profile__connection__company_id__iexact=company).order_by("attempts", "pk").first()

    def newest_of(self, profiles: Iterable[SyncProfile]) -> dict[int, "SyncRun"]:
        """Each profile's newest run, by the profile's key."""
        newest = self.filter(profile__in=profiles).order_by("profile_id", "-pk").distinct("profile_id")
        return {run.profile_id: run for run in newest}

    def last_full(self, profile: SyncProfile) -> "SyncRun | None":
        """The newest full run that completed at least one list."""
        results = (SyncRun.Result.COMPLETE, SyncRun.Result.INCOMPLETE)
        return self.filter(profile=profile, kind=SyncRun.Kind.FULL, result__in=results).order_by("-pk").first()

    def left_out_since(self, run: "SyncRun", last: Mapping[str, int]) -> set[str]:
        """The slugs of lists that `run` uses and that a run of the profile after their last one did not use.

        `last`: the key of the last run of each list, by the list's slug.
        """
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

    task = "smartsync.tasks.sync_run"
    bad_outcomes = (Result.FAILED, Result.INCOMPLETE)

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
    def outcome(self) -> str:
        return self.result

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
        if self.result not in self.bad_outcomes or not self.finished_at:
            return None
        window = next_window(self.started_at or self.created_at)
        passes = self.cause in PASSING or self.lists.troubled().filter(cause__in=PASSING).exists()
        return window if window.start <= self.finished_at and passes else None

    @property
    def has_lists(self) -> bool:
        """Whether it is decided which lists the run reads. A worker of the previous release stores all of them."""
        return self.unchanged_lists is not None or self.lists.exists()

    @property
    def unchanged_slugs(self) -> set[str]:
        return {entry["slug"] for entry in self.unchanged_lists or ()}

    def is_canceled(self) -> bool:
        """Query the database each time, since a user may cancel at any moment."""
        return SyncRun.objects.filter(pk=self.pk, cancel_requested_at__isnull=False).exists()
