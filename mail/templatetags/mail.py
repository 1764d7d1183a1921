from typing import Any

from django import template

from accounts.models import Customer
from mail.models import Email

register = template.Library()
SHOWN = 10


@register.inclusion_tag("mail/given_up.html")
def undelivered_emails(customer: Customer) -> dict[str, Any]:
    """Show Beanworks staff which emails could not be delivered to this customer."""
    return {"emails": Email.objects.given_up(customer)[:SHOWN]}
