"""Helpers that invite a person and accept an invitation through the pages."""

import re

from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import Customer, OrgUnit, Role
from tests.wizard.pages.reading import words

PASSWORD = "a-long-word-no-one-guesses"
USERS = "/account/users/"


def invite_at(customer: Customer) -> str:
    return reverse("accounts:invite", args=[customer.pk])


def typed(root: OrgUnit, **fields: object) -> dict[str, object]:
    who = {"name": "Nora New", "email": "Nora@Example.com", "language": "fr-ca"}
    return {**who, "roles": [Role.INVOICE_EXPORTER, Role.PO_ADMINISTRATOR], "home_org_unit": root.pk} | fields


def link_after(page: object) -> str:
    """Return the link from the email that the page sent. The page itself contains no link."""
    link = re.search(r"/account/invitation/\S+", str(mail.outbox[-1].body))
    assert link
    return link[0]


def accept(client: Client, link: str, password: str = PASSWORD) -> object:
    assert client.get(link).headers["Location"] == reverse("accounts:accept")
    return client.post(reverse("accounts:accept"), {"name": "Nora Newton", "password": password}, follow=True)


def is_dead(link: str) -> bool:
    page = Client().get(link, follow=True)
    return page.status_code == 410 and "This invitation is not valid" in words(page)
