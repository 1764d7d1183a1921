"""The page of the outbox: the Content-Security-Policy lets it show an email, and it is accessible."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from mail.services import email_send
from tests.support.stack import Live

pytestmark = pytest.mark.django_db(transaction=True)


def test_email_is_shown_as_its_reader_sees_it(page: Page, live: Live, axe: Callable[[Page], None]) -> None:
    email_send(kind="profile_declined", to="guest@example.com", dedupe_key="1", context={}, link="/connection/")
    page.goto(f"{live.url}/emails/")
    axe(page)
    page.get_by_role("link", name="The request for").click()
    shown = page.frame_locator("iframe")
    expect(shown.get_by_role("heading")).to_contain_text("was declined")
    expect(shown.get_by_role("link", name="See what to do next")).to_be_visible()
    axe(page)
