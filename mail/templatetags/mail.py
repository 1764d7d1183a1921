import re
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.models import Customer
from mail.models import Email

register = template.Library()
SHOWN = 10
# An address ends before the punctuation of its sentence.
ADDRESS = re.compile(r"(https?://[^\s()<>]*[^\s()<>.,:;!?])")


@register.inclusion_tag("mail/given_up.html")
def undelivered_emails(customer: Customer) -> dict[str, Any]:
    """Show Beanworks staff which emails could not be delivered to this customer."""
    return {"emails": Email.objects.given_up(customer)[:SHOWN]}


@register.filter
def linked(text: str) -> SafeString:
    """Make the web addresses in a text links. Django's `urlize` drops the full stop after "(address)"."""
    parts = ADDRESS.split(text)
    links = [format_html('<a href="{}">{}</a>', part, part) if ADDRESS.fullmatch(part) else part for part in parts]
    return format_html_join("", "{}", ((link,) for link in links))
