"""Badges, click paths and copyable values: the small pieces that every page shows in the same way. See docs/look.md."""

from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

register = template.Library()

Badge = tuple[str | Promise, str, str]  # words, tone, icon

STATES: dict[str, Badge] = {
    "todo": (_("To do"), "mute", ""),
    "in_progress": (_("In progress"), "note", "pencil-square"),
    "attested": (_("Done · not yet verified"), "note", "check"),
    "verified": (_("Verified"), "good", "check-circle"),
    "attention": (_("Needs attention"), "bad", "exclamation-circle"),
    "waiting": (_("Waiting on Beanworks"), "warn", "clock"),
    "locked": (_("Cannot start yet"), "mute", "lock-closed"),
}
OUTCOMES: dict[str, Badge] = {
    "passed": (_("Passed"), "good", "check-circle"),
    "failed": (_("Failed"), "bad", "x-circle"),
    "not_applicable": (_("Not applicable"), "mute", "minus-circle"),
    "cannot_tell": (_("Cannot tell"), "warn", "question-mark-circle"),
    "blocked": (_("Not checked yet"), "mute", "pause-circle"),
}


def _badge(badge: Badge) -> dict[str, Any]:
    label, tone, icon = badge
    return {"label": label, "tone": tone, "icon": icon}


@register.inclusion_tag("components/badge.html")
def state(name: str) -> dict[str, Any]:
    """The badge of a stage's state, for example {% state stage.state %}."""
    return _badge(STATES[name])


@register.inclusion_tag("components/badge.html")
def outcome(name: str) -> dict[str, Any]:
    """The badge of a finding's outcome, for example {% outcome finding.outcome %}. An unknown one is shown as it is."""
    return _badge(OUTCOMES.get(name, (name, "mute", "question-mark-circle")))


@register.inclusion_tag("components/stage_marker.html")
def stage_marker(name: str, number: int) -> dict[str, Any]:
    """The round mark before a stage in the rail: its number, or an icon once there is something to say."""
    return _badge(STATES[name]) | {"number": number}


@register.simple_tag
def state_words(name: str) -> SafeString:
    """A stage's state as coloured words alone, for the rail, where the mark already carries the icon."""
    label, tone, _icon = STATES[name]
    return format_html('<span class="stages__state tone-{}">{}</span>', tone, label)


@register.inclusion_tag("components/copyable.html")
def copyable(label: str, value: str) -> dict[str, Any]:
    """A value to type elsewhere, with a button that copies it."""
    return {"label": label, "value": value}


@register.inclusion_tag("components/path.html")
def path(text: str) -> dict[str, Any]:
    """A click path in Intacct, written "Company → Roles → Add"."""
    return {"places": [place.strip() for place in text.split("→")]}
