"""Provide a template tag for forms that must be processed only once."""

from secrets import token_urlsafe

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.form_tokens import TOKEN

register = template.Library()


@register.simple_tag
def form_token() -> SafeString:
    """Add a token to a form, so that it is processed only once even if it is sent twice: see `core.form_tokens`.

    Use it beside csrf_token in every form that sends or creates something.
    """
    return format_html('<input type="hidden" name="{}" value="{}">', TOKEN, token_urlsafe(16))
