from secrets import token_urlsafe

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.once import TOKEN

register = template.Library()


@register.simple_tag
def form_token() -> SafeString:
    """Beside csrf_token in every form that sends or creates something: it is done once, however often it is sent."""
    return format_html('<input type="hidden" name="{}" value="{}">', TOKEN, token_urlsafe(16))
