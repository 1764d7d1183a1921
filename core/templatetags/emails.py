"""Template filters for the texts of emails."""

from typing import Any

from django import template

from core.emails import QUOTED

register = template.Library()


@register.filter
def quoted(text: Any) -> str:
    """Quote what a user wrote, so that its reader does not take it for our words."""
    return "\n".join(f"{QUOTED}{line}" for line in str(text).splitlines())
