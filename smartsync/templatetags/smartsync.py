"""Badges of runs, lists and records: label, tone and icon for each state."""

from datetime import timedelta

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.dates import WEEKDAYS
from django.utils.formats import time_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import get_text_list
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.leases import State
from core.templatetags.components import Badge, badge_markup, unknown_badge
from intacct.catalogue import LIST
from intacct.statuses import Status, status_of
from smartsync.maintenance import maintenance_words
from smartsync.models import ListItem, ListRun, Schedule, SyncRun
from smartsync.recurrence import ONCE

register = template.Library()

register.filter(maintenance_words)

LISTS: dict[str, Badge] = {
    ListRun.State.QUEUED: (_("Queued"), "mute", ""),
    ListRun.State.READING: (_("Reading"), "note", "arrow-path"),
    ListRun.State.COMPLETE: (_("Complete"), "good", "check-circle"),
    ListRun.State.INCOMPLETE: (_("Incomplete"), "warn", "exclamation-triangle"),
    ListRun.State.REFUSED: (_("Refused by Intacct"), "bad", "no-symbol"),
    ListRun.State.FAILED: (_("Failed"), "bad", "x-circle"),
    ListRun.State.NOT_APPLICABLE: (_("Does not apply"), "mute", "minus-circle"),
    ListRun.State.CANCELED: (_("Canceled"), "mute", "stop-circle"),
}
RUNS: dict[str, Badge] = {
    State.QUEUED: (_("Starting"), "note", "clock"),
    State.RUNNING: (_("Reading"), "note", "arrow-path"),
    SyncRun.Result.COMPLETE: (_("Complete"), "good", "check-circle"),
    SyncRun.Result.INCOMPLETE: (_("Incomplete"), "warn", "exclamation-triangle"),
    SyncRun.Result.FAILED: (_("Failed"), "bad", "x-circle"),
    SyncRun.Result.CANCELED: (_("Canceled"), "mute", "stop-circle"),
}
ITEMS: dict[str | Status, Badge] = {
    Status.ACTIVE: (_("Active"), "good", "check-circle"),
    Status.NON_POSTING: (_("Active, non-posting"), "note", "check-circle"),
    Status.INACTIVE: (_("Inactive"), "mute", "pause-circle"),
    Status.LOCKED_OUT: (_("Locked out"), "mute", "lock-closed"),
    "gone": (_("No longer in Intacct"), "warn", "archive-box"),
}
STOPPING: Badge = (_("Stopping"), "mute", "stop-circle")


def _run_badge(run: SyncRun) -> Badge:
    state = run.result or run.state
    return RUNS.get(state) or unknown_badge(state)


@register.simple_tag
def list_state(list_run: ListRun) -> SafeString:
    return badge_markup(LISTS.get(list_run.state) or unknown_badge(list_run.state))


@register.simple_tag
def run_state(run: SyncRun) -> SafeString:
    if run.is_active and run.cancel_requested_at:
        return badge_markup(STOPPING)
    return badge_markup(_run_badge(run))


@register.simple_tag
def item_state(item: ListItem) -> SafeString:
    if item.deleted_at:
        return badge_markup(ITEMS["gone"])
    kind = LIST.get(item.list)
    text = item.fields.get(kind.status, "") if kind and kind.status else ""
    status = status_of(text)
    # We do not know what an unknown status means, so it is shown as Intacct sent it.
    return badge_markup((text, "warn", "question-mark-circle") if status is Status.UNKNOWN else ITEMS[status])


@register.filter
def tone(run: SyncRun) -> str:
    """The tone of a run's badge."""
    return _run_badge(run)[1]


@register.filter
def count(number: int) -> str:
    """The number; for zero a dot, so that the other numbers of a table stand out. Screen readers hear the zero."""
    if number:
        return intcomma(number)
    return format_html('<span aria-hidden="true">·</span><span class="visually-hidden">{}</span>', 0)


@register.filter
def weekdays(days: list[int]) -> str:
    """“Every day”, a range of days, or the days one by one."""
    names = [str(WEEKDAYS[day]) for day in days]
    if len(days) == 7:
        return gettext("Every day")
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return gettext("%(first)s to %(last)s") % {"first": names[0], "last": names[-1]}
    return get_text_list(names, gettext("and"))


@register.filter
def schedule_times(schedule: Schedule) -> str:
    """The days and times of a schedule: “Every day, 5 a.m.” or “Every day, every 2 hours from 7 a.m.”"""
    facts = {
        "days": weekdays(schedule.days),
        "hours": schedule.every_hours,
        "at": time_format(schedule.at, "TIME_FORMAT"),
    }
    if schedule.every_hours == ONCE:
        return gettext("%(days)s, %(at)s") % facts
    words = ngettext(
        "%(days)s, every hour from %(at)s", "%(days)s, every %(hours)d hours from %(at)s", schedule.every_hours
    )
    return words % facts


@register.filter
def duration(value: timedelta) -> str:
    """In the largest useful unit: seconds up to a minute and a half, then minutes up to two hours, then hours."""
    seconds = max(1, round(value.total_seconds()))
    if seconds < 90:
        return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    minutes = round(seconds / 60)
    if minutes < 120:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    hours = round(minutes / 60)
    return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
