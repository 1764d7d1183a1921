from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from core.timestamps import moment_in_json
from wizard.stages import known_stage

register = template.Library()


@register.filter
def arrows(places: Iterable[str]) -> str:
    """A click path as the `path` tag reads it."""
    return " → ".join(places)


register.filter(known_stage)


@register.simple_tag
def when(at: datetime | None) -> SafeString:
    """A moment in the user's own time zone; a dash for one that is missing from its row."""
    if at is None:
        return SafeString("–")
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), date_format(localtime(at), "DATETIME_FORMAT"))


@register.filter
def tick_of(ticks: Mapping[str, dict[str, str]], task: str) -> dict[str, Any] | None:
    """Who ticked a task and when; of ticks set before that was saved, neither."""
    if task not in ticks:
        return None
    tick = ticks[task] if isinstance(ticks[task], dict) else {}
    return {"by": tick.get("by", ""), "at": moment_in_json(tick.get("at"))}
