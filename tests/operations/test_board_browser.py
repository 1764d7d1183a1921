"""The pages for Beanworks staff in a real browser: accessible, at every width, with the keyboard, without scripts."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from audit.services import event_record
from operations.models import SavedView
from tests.support.inspection import inspect
from wizard.models import Connection, SyncProfile


@pytest.fixture
def open_page(new_page: Callable[..., Page], success: User, waiting: SyncProfile) -> Callable[..., Page]:
    """`open_page(address, **options)` opens a page as Cleo, whose customer waits for its profile."""
    customer = waiting.connection.customer
    customer.success_manager = success
    customer.save()
    Connection.objects.update(stage="sync_profile", must_act="beanworks", last_cause="right_missing")
    SavedView.objects.create(user=success, name="Waiting on us", query="must_act=beanworks")
    event_record(action="connection.started", actor=success, customer_id=customer.pk)
    signed_in = Client()
    signed_in.force_login(success)

    def make(address: str, **options: object) -> Page:
        page = new_page(signed_in, **options)
        page.goto(address)
        return page

    return make


def test_every_page_is_accessible_on_every_device(open_page: Callable[..., Page], connection: Connection) -> None:
    page = open_page("/")
    own = f"/beanworks/connections/{connection.pk}/"
    for address in (
        "/beanworks/board/",
        "/beanworks/board/?whose=mine",
        "/beanworks/board/insights/",
        own,
        f"{own}diagnostics/",
    ):
        page.goto(address)
        assert inspect(page) == [], address

    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/beanworks/board/insights/")
    assert (
        page.locator(".table-wrap").evaluate_all("all => all.filter(it => it.scrollWidth > it.clientWidth).length") == 0
    )


def test_board_can_be_filtered_and_saved_without_scripts_and_mouse(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("/beanworks/board/", java_script_enabled=False)
    page.get_by_label("Search", exact=True).focus()
    page.keyboard.type("hillside")
    page.keyboard.press("Enter")
    page.wait_for_url("**search=hillside**")
    page.locator("summary", has_text="Save view").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Name of the view").focus()
    page.keyboard.type("Hills")
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="Saved views").get_by_role("link", name="Hills")).to_have_attribute(
        "aria-current", "page"
    )
    page.get_by_role("link", name="Hillside Foods").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hillside Foods")


def test_filters_are_folded_on_a_phone_and_the_first_row_is_on_its_screen(open_page: Callable[..., Page]) -> None:
    page = open_page("/beanworks/board/", viewport={"width": 390, "height": 844})
    expect(page.get_by_label("Search", exact=True)).not_to_be_visible()
    # No workers run in this test, which the page reports above the board.
    page.evaluate("for (const notice of document.querySelectorAll('main .notice')) notice.remove()")
    expect(page.get_by_role("link", name="Hillside Foods")).to_be_in_viewport()

    page.locator("summary", has_text="Filters").click()
    expect(page.get_by_label("Search", exact=True)).to_be_visible()


def test_message_can_be_copied(open_page: Callable[..., Page], connection: Connection) -> None:
    page = open_page(f"/beanworks/connections/{connection.pk}/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy message").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert "Vendors" in page.evaluate("navigator.clipboard.readText()")
