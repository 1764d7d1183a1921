from datetime import datetime, timedelta
from math import inf

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audit.actions import Tone
from audit.models import AuditEvent
from core.templatetags.components import Badge, badge_markup
from core.text import Words
from operations.business_hours import BusinessHours
from wizard.models import SyncProfile

register = template.Library()

# By the largest share of the target for which the badge is shown.
SERVICE_BADGES: dict[float, Badge] = {
    0.5: (gettext_lazy("In time · waited %(time)s"), "mute", "clock"),
    1: (gettext_lazy("Due soon · waited %(time)s"), "warn", "clock"),
    inf: (gettext_lazy("Overdue · waited %(time)s"), "bad", "exclamation-triangle"),
}

OUTCOME_ICONS = {
    AuditEvent.Outcome.REFUSED.value: ("warn", "no-symbol"),
    AuditEvent.Outcome.FAILED.value: ("bad", "x-circle"),
}
TONE_ICONS: dict[Tone, tuple[str, str]] = {
    "good": ("good", "check-circle"),
    "bad": ("bad", "exclamation-triangle"),
    "mute": ("mute", "check"),
}


@register.inclusion_tag("operations/event_icon.html")
def event_icon(event: AuditEvent) -> dict[str, Words]:
    """Show an event's outcome; for one that succeeded, whether it was good or bad for the customer."""
    tone, icon = OUTCOME_ICONS.get(event.outcome) or TONE_ICONS[event.tone]
    return {"tone": tone, "icon": icon, "label": event.get_outcome_display()}


@register.filter
def hours(length: timedelta) -> str:
    """Return a length in hours and minutes. Working hours are not converted to days."""
    whole, minutes = divmod(int(length.total_seconds() // 60), 60)
    return _("%(hours)s h %(minutes)s min") % {"hours": whole, "minutes": minutes} if whole else _("%s min") % minutes


@register.simple_tag
def service_badge(profile: SyncProfile, business_hours: BusinessHours) -> SafeString:
    """Show how long a request has waited, and whether it will be decided in time."""
    waited = business_hours.service_time(profile)
    share = waited / business_hours.target
    words, tone, icon = next(badge for limit, badge in SERVICE_BADGES.items() if share <= limit)
    return badge_markup((words % {"time": hours(waited)}, tone, icon))


@register.filter
def service_time(profile: SyncProfile, business_hours: BusinessHours) -> timedelta:
    return business_hours.service_time(profile)


@register.filter
def ago(at: datetime | None) -> SafeString:
    """Return how many days ago something was, in the days of the user, with the exact time on hover, or a dash."""
    if at is None:
        return SafeString("–")
    days = (timezone.localdate() - timezone.localdate(at)).days
    words = ngettext("%(days)s day ago", "%(days)s days ago", days) % {"days": days} if days else _("today")
    exact = date_format(timezone.localtime(at), "DATETIME_FORMAT")
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), exact, words)


@register.filter
def age(since: datetime | None) -> str:
    """Return for how many whole days something has been so; "" if it is not known."""
    if since is None:
        return ""
    days = (timezone.now() - since).days
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days} if days else _("today")
