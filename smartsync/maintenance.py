"""Intacct's weekly maintenance in words: when it is, and that a run fell into it."""

from datetime import datetime

from django.utils.formats import date_format, time_format
from django.utils.timezone import get_current_timezone_name, localtime
from django.utils.translation import gettext as _

from core.time_zones import zone_label
from intacct.maintenance import Window
from smartsync.models import MissedRun, SyncRun


def window_words(window: Window) -> str:
    """From when to when it is, in the user's time zone."""
    start, end = localtime(window.start), localtime(window.end)
    facts = {
        "start": _moment(start),
        "end": _moment(end) if end.date() != start.date() else time_format(end, "TIME_FORMAT"),
        "zone": zone_label(get_current_timezone_name()),
    }
    return _("%(start)s to %(end)s, %(zone)s") % facts


def maintenance_words(run: SyncRun | MissedRun) -> str:
    """A sentence if the run failed, or did not start, while Intacct was under maintenance; otherwise ""."""
    if not (window := run.maintenance):
        return ""
    words = _("Intacct’s weekly maintenance was at that time: %(window)s. The next sync reads what is missing.")
    return words % {"window": window_words(window)}


def _moment(at: datetime) -> str:
    return _("%(weekday)s, %(time)s") % {"weekday": date_format(at, "l"), "time": time_format(at, "TIME_FORMAT")}
