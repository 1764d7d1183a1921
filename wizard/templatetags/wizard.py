from collections.abc import Iterable
from datetime import datetime

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

register = template.Library()


@register.filter
def arrows(places: Iterable[str]) -> str:
    """A click path as the `path` tag reads it."""
    return " → ".join(places)


@register.simple_tag
def when(at: datetime) -> SafeString:
    """A moment in the person's own time zone."""
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), date_format(localtime(at), "DATETIME_FORMAT"))
