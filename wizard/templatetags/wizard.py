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
    """Join a click path in the form that the `path` tag reads."""
    return " → ".join(places)


register.filter(known_stage)


@register.simple_tag
def when(at: datetime | None) -> SafeString:
    """Show a time in the user's time zone, or a dash if the row has none."""
    if at is None:
        return SafeString("–")
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), date_format(localtime(at), "DATETIME_FORMAT"))


@register.filter
def tick_of(ticks: Mapping[str, dict[str, str]], task: str) -> dict[str, Any] | None:
    """Return who ticked a task and when. Old ticks have neither, because it was not saved at first."""
    if task not in ticks:
        return None
    tick = ticks[task] if isinstance(ticks[task], dict) else {}
    return {"by": tick.get("by", ""), "at": moment_in_json(tick.get("at"))}
