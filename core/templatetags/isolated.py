"""Provide a template filter for names from outside."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from core.isolated_text import isolate

register = template.Library()


@register.filter
def bdi(text: Any) -> SafeString:
    """Isolate a name from outside: {{ customer.name|bdi }}.

    Then a text that is written from right to left does not change the text around it, and it can be cut or wrapped at
    any place.
    """
    return isolate(text)
