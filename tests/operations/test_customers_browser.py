"""The pages of administration in a real browser: accessible, at every width, and with the keyboard."""

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from playwright.sync_api import Page, expect

from accounts import services
from accounts.imports.services import import_create
from accounts.models import Customer, OrgUnit, User
from accounts.tasks import import_run
from tests.support.inspection import inspect

CUSTOMER = ("", "edit/", "org-units/", "legal-entities/")
ENTITY, USER = ("", "close/"), ("", "edit/", "deactivate/", "second-factor/")


@pytest.fixture
def sue(new_page: Callable[..., Page], support: User) -> Page:
    client = Client()
    client.force_login(support)
    page: Page = new_page(client)
    return page


@pytest.mark.parametrize("part", ["customer", "parts", "user"])
def test_every_page_is_accessible_on_every_device(
    part: str, sue: Page, support: User, customer: Customer, branch: OrgUnit, branch_administrator: User
) -> None:
    entity = services.legal_entity_create(
        parent=branch, actor=support, name="A rather long name of a legal entity Inc."
    )
    Authenticator.objects.create(user=branch_administrator, type=Authenticator.Type.TOTP, data={})
    data = b"customer,first_legal_entity,time_zone\nHillside Foods,,America/Toronto\nNew,,\nNewer,Newer Inc.,"
    invitation = services.invitation_send(
        actor=support, email="nora@example.com", name="Nora", customer=customer, home_org_unit=branch, roles=[]
    )
    run = import_create(actor=support, file_name="customers of the last year.csv", data=data, invites=False)
    import_run(run.pk)
    pages = {
        "customer": [
            "/beanworks/customers/",
            "/beanworks/search/?q=hillside",
            *(f"/account/customers/{customer.pk}/{place}" for place in CUSTOMER[:2]),
            "/account/imports/",
            f"/account/imports/{run.pk}/",
        ],
        "parts": [
            *(f"/account/customers/{customer.pk}/{place}" for place in CUSTOMER[2:]),
            *(f"/account/legal-entities/{entity.pk}/{place}" for place in ENTITY),
            f"/account/org-units/{branch.pk}/",
        ],
        "user": [
            *(f"/account/users/{branch_administrator.pk}/{place}" for place in USER),
            f"/account/users/{invitation.pk}/correct/",
        ],
    }
    for address in pages[part]:
        sue.goto(address)
        assert inspect(sue) == [], address


def test_slash_leads_to_the_search(sue: Page, customer: Customer) -> None:
    sue.set_viewport_size({"width": 1440, "height": 900})
    sue.goto("/beanworks/customers/")

    sue.keyboard.press("/")
    sue.keyboard.type("hillside")
    sue.keyboard.press("Enter")

    expect(sue.get_by_role("heading", name="Customers")).to_be_visible()
    sue.get_by_role("main").get_by_role("link", name="Hillside Foods").click()
    expect(sue.get_by_role("heading", name="Hillside Foods")).to_be_visible()
