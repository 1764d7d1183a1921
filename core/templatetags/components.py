"""Provide the small components that look the same on every page. See docs/ui.md."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.conf import settings
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone_name, localtime

from core.icons import heroicon_micro
from core.menus import Place, has_older_menu, menu_path
from core.text import Words, before_full_stop
from core.time_zones import zone_label

register = template.Library()

Badge = tuple[Words, str, str]
"""Label, tone and icon. Tones: good, warn, bad, note, mute. Icon: a name of heroicons, or empty."""
RING = SafeString('<span class="ring"></span>')
"""Stands where a badge has no icon."""


def unknown_badge(value: str) -> Badge:
    """Return the badge of a value that no table knows, such as one that an earlier release stored: shown as it is."""
    return value, "mute", "question-mark-circle"


def badge_markup(badge: Badge) -> SafeString:
    """Return the markup of a badge. It has no template, since a table has one in each of its rows."""
    label, tone, icon = badge
    picture = heroicon_micro(icon, **{"class": "icon"}) if icon else RING
    return format_html('<span class="badge tone-{}">{}<span>{}</span></span>', tone, picture, label)


@register.simple_tag
def badge(label: str, tone: str, icon: str = "") -> SafeString:
    """Show a badge, for example {% badge _("Paused") "mute" "pause-circle" %}."""
    return badge_markup((label, tone, icon))


@register.inclusion_tag("components/table_head.html")
def table_head(*labels: Words, has_actions: bool = False) -> dict[str, Any]:
    """Show the head of a table with these headings; `has_actions`: a last column holds the buttons of a row."""
    return {"labels": labels, "has_actions": has_actions}


@register.filter
def breakable(address: str) -> SafeString:
    """Return an address that a narrow page breaks after a slash, and not within a word."""
    return format_html_join(SafeString("/<wbr>"), "{}", ((part,) for part in address.split("/")))


@register.simple_tag(takes_context=True)
def page_query(context: Mapping[str, Any], number: int) -> str:
    """Return the query of the address with another page of a list. A page with two lists names one of them by `key`."""
    query = context["request"].GET.copy()
    query[context.get("key", "page")] = str(number)
    return f"?{query.urlencode()}"


@register.inclusion_tag("components/copyable.html")
def copyable(label: str, value: str) -> dict[str, str]:
    """Show a value to use elsewhere, with a button that copies it."""
    return {"label": label, "value": value}


@register.inclusion_tag("components/chip.html")
def chip(label: Words, value: str) -> dict[str, Words]:
    """Show a short value to use elsewhere, with a button that copies it. Several stand in one line."""
    return {"label": label, "value": value}


@register.inclusion_tag("components/path.html")
def path(text: str) -> dict[str, list[str]]:
    """Show a click path in Intacct, written "Company → Roles → Add"."""
    return {"places": [place.strip() for place in text.split("→")]}


@register.inclusion_tag("components/path.html")
def place(place: Place) -> dict[str, list[str]]:
    """Show how to reach a page in Intacct in the user's own menu, for example {% place task.place %}."""
    return {"places": menu_path(place)}


@register.simple_tag
def older_menu() -> bool:
    """Return whether the user has Intacct's older menu."""
    return has_older_menu()


@register.simple_tag
def when(at: datetime | None) -> SafeString:
    """Show a time in the user's time zone, which its tooltip names; a dash if the row has none."""
    if at is None:
        return SafeString("–")
    shown = date_format(localtime(at), "DATETIME_FORMAT")
    return format_html('<time datetime="{}" title="{}, {}">{}</time>', at.isoformat(), shown, time_zone_name(), shown)


@register.simple_tag
def time_zone_name() -> Words:
    """Return the name of the time zone in which this page shows times."""
    return zone_label(get_current_timezone_name())


@register.filter
def zone_letters(at: datetime) -> str:
    """Return the short name of the time zone at a time, such as PST.

    Django's `date:"T"` returns nothing for the hour that occurs twice when the clocks change.
    """
    return localtime(at).tzname() or ""


register.filter(zone_label)
register.filter(before_full_stop)


@register.filter
def language_label(code: str) -> str:
    """Return the name of a language of the product."""
    return str(dict(settings.LANGUAGES).get(code, code))


@register.simple_tag
def ago(at: datetime | None) -> SafeString:
    """Show how long ago a time is, with the exact time on hover and for screen readers, or a dash."""
    if at is None:
        return SafeString("–")
    exact = date_format(localtime(at), "DATETIME_FORMAT")
    markup = '<time datetime="{}" title="{}, {}">{}<span class="visually-hidden"> ({})</span></time>'
    return format_html(markup, at.isoformat(), exact, time_zone_name(), naturaltime(at), exact)


@register.simple_tag
def support_email() -> str:
    """Return where users write for help. Error pages, which have no context processors, and emails show it too."""
    return str(settings.SUPPORT_EMAIL)
