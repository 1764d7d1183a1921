"""Show the states of steps and the outcomes of checks."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.templatetags.components import Badge, badge_markup, unknown_badge
from core.timestamps import moment_in_json
from wizard.explanations import place_words
from wizard.progress import StageStatus
from wizard.stages import known_stage

register = template.Library()
register.filter(known_stage)
register.filter(place_words)

STATES: dict[str, tuple[str, str]] = {
    "todo": ("mute", ""),
    "in_progress": ("note", "pencil-square"),
    "attested": ("note", "check"),
    "verified": ("good", "check-circle"),
    "unconfirmed": ("warn", "eye"),
    "attention": ("bad", "exclamation-circle"),
    "waiting": ("warn", "clock"),
    "locked": ("mute", "lock-closed"),
}
"""Tone and icon of `StageStatus.look`. `StageStatus.words` has the words."""
OUTCOMES: dict[str, Badge] = {
    "passed": (_("Passed"), "good", "check-circle"),
    "failed": (_("Failed"), "bad", "x-circle"),
    "not_applicable": (_("Does not apply"), "mute", "minus-circle"),
    "cannot_tell": (_("Cannot check"), "warn", "question-mark-circle"),
    "no_answer": (_("No answer"), "warn", "question-mark-circle"),
    "to_confirm": (_("To confirm by eye"), "warn", "eye"),
    "advised": (_("Recommendation"), "note", "light-bulb"),
    "blocked": (_("Not checked"), "mute", "pause-circle"),
}


@register.simple_tag
def state(status: StageStatus) -> SafeString:
    """Show the badge of a stage's state, for example {% state step.status %}."""
    return badge_markup((status.words, *STATES[status.look]))


@register.simple_tag
def outcome(name: str) -> SafeString:
    """Show the badge of the outcome of a check, or of several, for example {% outcome finding.outcome %}."""
    return badge_markup(OUTCOMES.get(name) or unknown_badge(name))


@register.inclusion_tag("components/stage_marker.html")
def stage_marker(look: str, number: int) -> dict[str, Any]:
    """Show the round marker of a stage in the list of steps: its number, or an icon if the state has one."""
    tone, icon = STATES[look]
    return {"tone": tone, "icon": icon, "number": number}


@register.simple_tag
def state_words(status: StageStatus) -> SafeString:
    """Show a stage's state as colored words only, for the list of steps, where the marker already shows the icon."""
    tone, _icon = STATES[status.look]
    return format_html('<span class="stages__state tone-{}">{}</span>', tone, status.words)


@register.filter
def tick_of(ticks: Mapping[str, dict[str, str]], task: str) -> dict[str, Any] | None:
    """Return who ticked a task and when. Old ticks have neither, because it was not saved at first."""
    if task not in ticks:
        return None
    tick = ticks[task] if isinstance(ticks[task], dict) else {}
    return {"by": tick.get("by", ""), "at": moment_in_json(tick.get("at"))}
