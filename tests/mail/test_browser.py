"""The page of the outbox, where the Content-Security-Policy lets an email be shown, and the list of notifications."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from mail.notifications import notification_add
from mail.services import email_send
from tests.support.inspection import inspect
from tests.support.stack import Live

SHOWN_WHOLE = """() => {
  const frame = document.querySelector("iframe");
  return frame.clientHeight === frame.contentDocument.body.offsetHeight;
}"""
pytestmark = pytest.mark.django_db(transaction=True)


def test_email_is_shown_as_its_reader_sees_it(page: Page, live: Live, axe: Callable[[Page], None]) -> None:
    email_send(kind="profile_declined", to="guest@example.com", dedupe_key="1", context={}, link="/connection/")
    page.goto(f"{live.url}/emails/")
    axe(page)
    page.get_by_role("link", name="The request for").click()
    shown = page.frame_locator("iframe")
    expect(shown.get_by_role("heading")).to_contain_text("was declined")
    expect(shown.get_by_role("link", name="See what to do next")).to_be_visible()
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function(SHOWN_WHOLE)
    axe(page)


def test_new_notification_is_counted_on_an_open_page_and_is_read_there(
    new_page: Callable[..., Page], live: Live, signed_in: Callable[[User], Client], administrator: User
) -> None:
    page = new_page(signed_in(administrator))
    notification_add(user=administrator, kind="profile_declined", dedupe_key="1", text="Declined", link="/smartsync/")
    page.goto(f"{live.url}/account/notifications/")
    bell = page.get_by_role("banner").get_by_role("link", name="Notifications")
    expect(bell).to_contain_text("1")
    assert inspect(page) == []

    notification_add(
        user=administrator, kind="profile_approved", dedupe_key="2", text="Approved", link="/account/emails/"
    )
    page.evaluate("document.querySelector('[hx-trigger=look]').dispatchEvent(new Event('look'))")
    expect(bell).to_contain_text("2 unread notifications")

    page.get_by_role("link", name="Approved").click()
    expect(bell).to_contain_text("1 unread notification")
    bell.click()
    page.get_by_role("button", name="Mark all as read").click()
    expect(bell).to_have_text("Notifications")
    assert inspect(page) == []
