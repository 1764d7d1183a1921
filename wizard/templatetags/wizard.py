from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from wizard.stages import known_stage

register = template.Library()


@register.filter
def arrows(places: Iterable[str]) -> str:
    """A click path as the `path` tag reads it."""
    return " → ".join(places)


register.filter(known_stage)


@register.simple_tag
def when(at: datetime) -> SafeString:
    """A moment in the person's own time zone."""
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), date_format(localtime(at), "DATETIME_FORMAT"))


@register.filter
def tick_of(ticks: Mapping[str, dict[str, str]], task: str) -> dict[str, Any] | None:
    """Who ticked a task and when; of ticks set before that was noted, neither."""
    if task not in ticks:
        return None
    tick = ticks[task]
    return {"by": tick.get("by"), "at": datetime.fromisoformat(tick["at"])} if tick else {"by": ""}
