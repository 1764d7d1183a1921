"""The pages of webhooks in a real browser."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.support.inspection import inspect
from tests.support.receiver import Receiver
from tests.support.stack import Worker


@pytest.fixture
def page(new_page: Callable[..., Page], support: User) -> Page:
    browser_of_sue = Client()
    browser_of_sue.force_login(support)
    page: Page = new_page(browser_of_sue)
    return page


def test_endpoint_is_added_tried_and_put_right(page: Page, receiver: Receiver, worker: Worker) -> None:
    receiver.statuses, receiver.answer = [500], b"no such table: events"
    page.goto("/beanworks/api/")
    page.get_by_role("link", name="Webhooks").click()
    assert inspect(page) == []
    page.get_by_role("link", name="Add an endpoint").click()
    assert inspect(page) == []
    page.get_by_label("URL").fill(receiver.url)
    page.get_by_label("Name").fill("Payables")
    page.get_by_role("button", name="Add the endpoint").click()
    expect(page.get_by_text("whsec_")).to_be_visible()
    assert inspect(page) == []
    page.get_by_role("link", name="I have stored the secret").click()

    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("no such table: events")).to_be_visible()
    assert inspect(page) == []
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("Delivered").first).to_be_visible()
    page.get_by_role("link", name="Payables").click()
    expect(page.get_by_role("row", name="A user asked for a test event")).to_contain_text("Delivered")
    assert inspect(page) == []

    page.get_by_role("link", name="Change").click()
    assert inspect(page) == []
    page.get_by_label("Name").fill("Payables in the cloud")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Payables in the cloud")).to_be_visible()
