from typing import Any

from django import template

from accounts.models import Customer
from mail.models import Mail

register = template.Library()
SHOWN = 10


@register.inclusion_tag("mail/given_up.html")
def mail_given_up(customer: Customer) -> dict[str, Any]:
    """Show Beanworks staff which emails could not be delivered to this customer."""
    return {"mails": Mail.objects.given_up(customer)[:SHOWN]}
