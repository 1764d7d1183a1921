from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import LegalEntity, User
from accounts.stale_forms import EditForm
from core.collation import LONGEST_SEARCH, Natural
from core.fields import CHOOSE_ONE, EITHER_WAY, DayField, KeysField, RowField
from core.time_zones import ZoneSelect, start_of_day, zone_choices, zone_label
from intacct.catalogue import LISTS
from smartsync.models import ListRun, MissedRun, SyncRun
from smartsync.models.items import ListItemQuerySet
from smartsync.models.runs import EARLIEST, SyncRunQuerySet
from smartsync.models.schedules import MissedRunQuerySet
from smartsync.recurrence import INTERVALS, ONCE
from smartsync.services import choosable_lists, default_since
from wizard.models import SyncProfile

KINDS = [
    (
        SyncRun.Kind.PARTIAL,
        _("Partial sync: records that were added or changed since the last successful sync. Fast, for everyday use."),
    ),
    (SyncRun.Kind.FULL, _("Full sync: every record of every list in use. Also finds deleted records.")),
]


TOO_EARLY = _("Choose a date in 1990 or later.")
IN_THE_FUTURE = _("This date is in the future. Choose a date in the past.")
STARTED_BY = [("", pgettext_lazy("started by anyone", "All")), ("user", _("A user")), ("schedule", _("A schedule"))]
LEVELS = [("", pgettext_lazy("levels", "All")), ("top", _("Top level")), ("entity", _("One entity"))]
RESULTS = [("", pgettext_lazy("results", "All")), *SyncRun.Result.choices, ("missed", _("Did not start"))]
LIST_TITLES = [
    ("", pgettext_lazy("lists", "All")),
    *((record_list.slug, _(record_list.title)) for record_list in LISTS),
]
FILTERS: dict[str, Callable[[Any], Q | Exists]] = {
    "entity": lambda entity: Q(profile__legal_entity=entity),
    "kind": lambda kind: Q(kind=kind),
    "by": lambda by: Q(scheduled_for__isnull=by == "user"),
    "level": lambda level: _at_level("profile", level),
    "result": lambda result: Q(result=result),
    "trouble": lambda slug: Exists(ListRun.objects.filter(run=OuterRef("pk"), slug=slug, state__in=ListRun.TROUBLED)),
    "first": lambda day: Q(created_at__gte=start_of_day(day)),
    "last": lambda day: Q(created_at__lt=start_of_day(day + timedelta(days=1))),
}
NONE = Q(pk__in=[])
"""No missed run has a list, or another kind or starter than a schedule's."""
MISSED_FILTERS: dict[str, Callable[[Any], Q]] = {
    "entity": lambda entity: Q(schedule__profile__legal_entity=entity),
    "kind": lambda kind: Q() if kind == SyncRun.Kind.PARTIAL else NONE,
    "by": lambda by: Q() if by == "schedule" else NONE,
    "level": lambda level: _at_level("schedule__profile", level),
    "result": lambda result: Q() if result == "missed" else NONE,
    "trouble": lambda slug: NONE,
    "first": lambda day: Q(due_at__gte=start_of_day(day)),
    "last": lambda day: Q(due_at__lt=start_of_day(day + timedelta(days=1))),
}
SHOWN = [
    ("", pgettext_lazy("records", "All")),
    ("active", _("Active")),
    ("inactive", _("Inactive")),
    ("gone", _("No longer in Intacct")),
    ("held", _("Waiting for a decision")),
]


def _at_level(profile: str, level: str) -> Q:
    top = Q((f"{profile}__entity_id", ""))
    return top if level == "top" else ~top


class MomentField(forms.DateTimeField):
    """A date and time in the user's time zone, with a year of four digits, between `EARLIEST` and now.

    A time that occurs twice when the clocks change means its first occurrence, so that no change is missed.
    """

    def __init__(self, **kwargs: Any) -> None:
        bounds = [MinValueValidator(EARLIEST, TOO_EARLY), MaxValueValidator(timezone.now, IN_THE_FUTURE)]
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], validators=bounds, **kwargs)

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        typed = cast("datetime", super(forms.DateTimeField, self).to_python(value))
        return typed.replace(tzinfo=timezone.get_current_timezone())


class StartForm(forms.Form):
    """Start a full sync, or a partial one since the last success or since a given time."""

    kind = forms.ChoiceField(label=_("What to sync"), choices=KINDS, widget=forms.RadioSelect)
    since = MomentField(
        label=_("Sync from"),
        required=False,
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "min": f"{EARLIEST:%Y-%m-%dT%H:%M}"}, format="%Y-%m-%dT%H:%M"
        ),
    )

    def __init__(self, profile: SyncProfile, *args: Any, **kwargs: Any) -> None:
        self.last_success = default_since(profile)
        super().__init__(*args, **{"initial": {"kind": SyncRun.Kind.PARTIAL}, **kwargs})
        self.fields["since"].help_text = _(
            "For a partial sync. Leave this blank to sync everything since the last successful sync. Times "
            "are in %(zone)s."
        ) % {"zone": zone_label(timezone.get_current_timezone_name())}

    @property
    def differs(self) -> bool:
        """Whether it would start another sync than the usual one: a partial one since the last success."""
        return self.initial["kind"] != SyncRun.Kind.PARTIAL or bool(self.initial.get("since"))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        return values | {"since": None} if values.get("kind") == SyncRun.Kind.FULL else values


class ListsForm(forms.Form):
    """The lists that a profile syncs."""

    lists = forms.MultipleChoiceField(
        label=_("Lists in use"), error_messages={"required": _("Choose at least one list.")}
    )

    # The lists that were not in use when the page was opened.
    unused_before = forms.CharField(required=False, max_length=10_000, widget=forms.HiddenInput)

    def __init__(self, profile: SyncProfile, *args: Any, **kwargs: Any) -> None:
        offered = [record_list.slug for record_list in choosable_lists(profile)]
        used = [slug for slug in offered if slug not in profile.unused_lists]
        super().__init__(*args, **{"initial": {"lists": used}, **kwargs})
        self.fields["lists"].choices = [(slug, slug) for slug in offered]  # type: ignore[attr-defined]
        # What is not offered now, such as a dimension that Intacct no longer reports, stays as it was.
        self.hidden = set(profile.unused_lists) - {*offered}
        self.offered = {*offered}

    @property
    def unused(self) -> set[str]:
        return self.hidden | self.offered - {*self.cleaned_data["lists"]}

    @property
    def shown(self) -> set[str] | None:
        """What was unused when the page was opened; None if the page does not say it."""
        if "unused_before" not in self.data:
            return None
        return {*self.cleaned_data["unused_before"].split(",")} - {""}


class GuardForm(EditForm):
    """The share of a list above which a full sync asks before it marks records as deleted or inactive."""

    percent = forms.IntegerField(
        label=_("Ask if more than this percentage is missing or inactive"), min_value=1, max_value=100, required=False
    )

    def __init__(self, profile: SyncProfile, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, stored={"percent": profile.deletion_guard_percent}, **kwargs)
        self.fields["percent"].help_text = _(
            "We ask if a full sync would mark more than this share of a list, and more than %(records)s "
            "records, as deleted or inactive. Leave this blank to use %(percent)s percent. With 100, we "
            "never ask."
        ) % {"records": settings.DELETION_GUARD_RECORDS, "percent": settings.DELETION_GUARD_PERCENT}


class ChosenForm(forms.Form):
    """The profiles that the user chose."""

    profile = KeysField(required=False)


class SeveralForm(ChosenForm):
    kind = forms.ChoiceField(label=_("What to sync"), choices=SyncRun.Kind.choices)


class FilterForm(forms.Form):
    """Which records of a list to show."""

    q = forms.CharField(
        label=_("Code or name"),
        required=False,
        widget=forms.TextInput(attrs={"maxlength": LONGEST_SEARCH} | EITHER_WAY),
    )
    show = forms.ChoiceField(label=_("Show"), choices=SHOWN, required=False)
    since = DayField(label=_("Changed since"), required=False)

    def matching_items(self, items: ListItemQuerySet, *, are_indexed: bool = False) -> ListItemQuerySet:
        """Filter the records. A field with an invalid value filters nothing.

        are_indexed: whether all records that Intacct has are indexed.
        """
        self.is_valid()
        values = self.cleaned_data
        items = items.with_status(values.get("show", "")).search(values.get("q", ""))
        if are_indexed and values.get("q") and values.get("show") != "gone":
            # True for all of them: only queries with it use the index.
            items = items.filter(is_indexed=True)
        return items.filter(changed_at__gte=start_of_day(values["since"])) if values.get("since") else items

    def known_count(self, *, present: int, inactive: int) -> int | None:
        """Return how many records match, if these counts of the list tell it. Used after `matching_items`."""
        if self.cleaned_data.get("q") or self.cleaned_data.get("since"):
            return None
        known = {"": present, "active": present - inactive, "inactive": inactive}
        return known.get(self.cleaned_data.get("show", ""))


class HistoryForm(forms.Form):
    """Which runs to show, of those the user may see."""

    entity = RowField(
        LegalEntity.objects.none(),
        label=_("Legal entity"),
        required=False,
        empty_label=pgettext_lazy("legal entities", "All"),
    )
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[("", pgettext_lazy("kinds of sync", "All")), *SyncRun.Kind.choices], required=False
    )
    by = forms.ChoiceField(label=_("Started by"), choices=STARTED_BY, required=False)
    level = forms.ChoiceField(label=_("Level"), choices=LEVELS, required=False)
    result = forms.ChoiceField(label=_("Result"), choices=RESULTS, required=False)
    trouble = forms.ChoiceField(label=_("List with a problem"), choices=LIST_TITLES, required=False)
    first = DayField(label=_("From day"), required=False)
    last = DayField(label=_("To day"), required=False)

    def __init__(self, user: User, query: QueryDict) -> None:
        super().__init__(query)
        self.user = user
        entities = LegalEntity.objects.filter(profiles__in=SyncProfile.objects.visible_to(user)).distinct()
        if user.is_beanworks:  # They see thousands of legal entities, so only the one in the link is offered.
            entities = entities.filter(pk__in=KeysField().to_python(query.getlist("entity")))
        self.fields["entity"].queryset = entities.order_by(Natural("name"))  # type: ignore[attr-defined]
        # A field with an invalid value filters nothing.
        self.is_valid()
        self.chosen = {name: value for name, value in self.cleaned_data.items() if value}

    def matching_runs(self) -> SyncRunQuerySet:
        """The filtered runs, newest first."""
        visible = SyncRun.objects.visible_to(self.user)
        runs = visible.select_related("profile__connection__customer", "profile__legal_entity", "requested_by")
        for name, value in self.chosen.items():
            runs = runs.filter(FILTERS[name](value))
        return runs.order_by("-pk")

    def matching_missed_runs(self) -> MissedRunQuerySet:
        """The filtered times at which no scheduled sync started, newest first."""
        missed_runs = MissedRun.objects.visible_to(self.user).for_history()
        for name, value in self.chosen.items():
            missed_runs = missed_runs.filter(MISSED_FILTERS[name](value))
        return missed_runs


def interval_choices() -> list[tuple[int, str]]:
    """The longest first."""
    others = sorted((hours for hours in INTERVALS if hours != ONCE), reverse=True)
    words = [(hours, ngettext("Every hour", "Every %(hours)d hours", hours) % {"hours": hours}) for hours in others]
    return [(ONCE, gettext("Once a day")), *words]


class ScheduleForm(EditForm):
    """Days and times of day in a time zone."""

    days = forms.TypedMultipleChoiceField(
        label=_("Days"),
        coerce=int,
        choices=list(WEEKDAYS.items()),
        initial=list(range(5)),
        widget=forms.CheckboxSelectMultiple,
        error_messages=CHOOSE_ONE,
    )
    every_hours = forms.TypedChoiceField(
        label=_("How often"),
        coerce=int,
        choices=interval_choices,
        help_text=_("With an interval, syncs start at the time that you choose and repeat until midnight."),
    )
    at = forms.TimeField(
        label=_("Time"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        initial=time(5),
        help_text=_("When clocks change, a skipped time runs one hour later and a repeated time runs once."),
    )
    time_zone = forms.ChoiceField(widget=ZoneSelect, label=_("Time zone"))

    def __init__(self, time_zone: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].initial = time_zone
        self.fields["time_zone"].choices = zone_choices(time_zone)  # type: ignore[attr-defined]

    # Days and time are normalized: the same ones in another spelling would be a second schedule with a second sync.
    def clean_days(self) -> list[int]:
        return sorted(set(self.cleaned_data["days"]))

    def clean_at(self) -> time:
        at: time = self.cleaned_data["at"]
        return at.replace(second=0, microsecond=0)
