"""PostgreSQL stops while a user types or reads."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.postgresql import PostgreSQL
from tests.support.stack import Live
from wizard.models import Connection, Verification

from .visitor import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(postgresql: PostgreSQL, web: Live, new_page: Callable[..., Page]) -> Page:
    """The credentials step, open in a browser, without a verification that hides its form."""
    with postgresql.used_here():
        Verification.objects.all().delete()

    page = new_page(base_url=web.url)
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill("ada@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/connection/*/*/")
    page.goto(re.sub(r"\w+/$", "credentials/", page.url))
    return page


def test_what_is_typed_is_saved_when_the_database_is_back(postgresql: PostgreSQL, page: Page) -> None:
    saved = page.locator("form .saved")
    page.get_by_label("Company ID").fill("MAPLE")
    expect(saved).to_contain_text("Saved at")

    with postgresql.frozen():
        page.get_by_label("Company ID").fill("MAPLE-RIDGE")
        expect(saved).to_have_text("Not saved. Retrying…")
    expect(saved).to_contain_text("Saved at")

    page.reload()
    expect(page.get_by_label("Company ID")).to_have_value("MAPLE-RIDGE")


def test_form_sent_during_a_database_failure_stays_on_the_page(postgresql: PostgreSQL, page: Page) -> None:
    page.get_by_label("Company ID").fill("JUNIPER")
    page.get_by_label("Password").fill("practice-password")
    with postgresql.frozen():
        page.get_by_role("button", name="Save and check").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Please try again in a moment")

    page.get_by_label("Password").fill("practice-password")
    page.get_by_role("button", name="Send the form again").click()
    # There is no worker here, so the verification that the form requested does not end.
    expect(page.get_by_role("progressbar", name="Checking with Intacct")).to_be_visible()
    with postgresql.used_here():
        assert Connection.objects.get().company_id == "JUNIPER"


def test_page_asked_for_during_a_database_failure_loads_when_the_database_is_back(
    postgresql: PostgreSQL, page: Page
) -> None:
    address = page.url
    page.clock.install()
    with postgresql.frozen():
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_have_text("Please try again in a moment")

    page.clock.fast_forward(5_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("ERP credentials")
