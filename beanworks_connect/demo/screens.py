"""The screens of the practice company on which the steps of the wizard are done."""

from urllib.parse import urlencode, urlsplit

from django.conf import settings

from practice.demo import company_id
from wizard.models import Connection

# By the slug of the step: title and URL name of each screen.
SCREENS = {
    "pre_checks": (("Company Info", "info"), ("Subscriptions", "subscriptions")),
    "user_role": (("Subscriptions", "subscriptions"), ("Web Services Users", "users"), ("Roles", "roles")),
    "sender_id": (("Company Info", "info"),),
    "custom_field": (("Custom Fields", "fields"), ("Custom Packages", "package")),
    "credentials": (("Mailbox", "mailbox"), ("Web Services Users", "users")),
    "sync_profile": (("Entities", "entities"),),
    "smart_sync": (("Bills", "bills"), ("Records", "records"), ("Requests", "requests")),
}


def practice_address() -> str:
    """The address of the practice server, which is also its gateway."""
    parts = urlsplit(settings.INTACCT_ENDPOINT)
    return f"{parts.scheme}://{parts.netloc}"


def screens_of(connection: Connection, step: str) -> list[tuple[str, str]]:
    """Title and address of each screen of a step, in the customer's practice company."""
    company = connection.company_id or company_id(connection.customer.name)
    return [
        (title, f"{practice_address()}/open?{urlencode({'company': company, 'screen': screen})}")
        for title, screen in SCREENS.get(step, ())
    ]
