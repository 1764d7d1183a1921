from typing import Any

from django import template
from django.utils.safestring import SafeString

from core.sentences import isolated

register = template.Library()


@register.filter
def bdi(text: Any) -> SafeString:
    """A name from outside: {{ customer.name|bdi }}. Text that may be written from right to left changes nothing
    around it, and may be cut or wrapped anywhere.
    """
    return isolated(text)
