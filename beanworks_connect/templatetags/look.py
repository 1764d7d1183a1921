"""Badges, click paths and copyable values: small components that look the same on every page. See docs/ui.md."""

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
    "locked": (_("Can’t start yet"), "mute", "lock-closed"),
}
OUTCOMES: dict[str, Badge] = {
    "passed": (_("Passed"), "good", "check-circle"),
    "failed": (_("Failed"), "bad", "x-circle"),
    "not_applicable": (_("Does not apply"), "mute", "minus-circle"),
    "cannot_tell": (_("Cannot check"), "warn", "question-mark-circle"),
    "blocked": (_("Not checked"), "mute", "pause-circle"),
}


def _badge(badge: Badge) -> dict[str, Any]:
    label, tone, icon = badge
    return {"label": label, "tone": tone, "icon": icon}


@register.inclusion_tag("components/badge.html")
def state(name: str) -> dict[str, Any]:
    """Show the badge of a stage's state, for example {% state stage.state %}."""
    return _badge(STATES[name])


@register.inclusion_tag("components/badge.html")
def outcome(name: str) -> dict[str, Any]:
    """Show the badge of a finding's outcome, for example {% outcome finding.outcome %}.

    An unknown outcome is shown as it is.
    """
    return _badge(OUTCOMES.get(name, (name, "mute", "question-mark-circle")))


@register.inclusion_tag("components/stage_marker.html")
def stage_marker(name: str, number: int) -> dict[str, Any]:
    """Show the round marker of a stage in the list of steps: its number, or an icon if the state has one."""
    return _badge(STATES[name]) | {"number": number}


@register.simple_tag
def state_words(name: str) -> SafeString:
    """Show a stage's state as colored words only, for the list of steps, where the marker already shows the icon."""
    label, tone, _icon = STATES[name]
    return format_html('<span class="stages__state tone-{}">{}</span>', tone, label)


@register.inclusion_tag("components/copyable.html")
def copyable(label: str, value: str) -> dict[str, Any]:
    """Show a value to use elsewhere, with a button that copies it."""
    return {"label": label, "value": value}


@register.inclusion_tag("components/path.html")
def path(text: str) -> dict[str, Any]:
    """Show a click path in Intacct, written "Company → Roles → Add"."""
    return {"places": [place.strip() for place in text.split("→")]}
