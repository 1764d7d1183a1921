"""The pages of the API in a real browser."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Customer, User
from api.keys import key_create, key_revoke
from tests.support.inspection import inspect


@pytest.fixture
def page(new_page: Callable[..., Page], support: User, customer: Customer) -> Page:
    """A page of Sue's, with a key that works and one that was revoked."""
    for name, owner, scopes in (
        ("Payables", None, ["read_connections", "read_records"]),
        ("Old", customer, ["run_syncs"]),
    ):
        key, _token = key_create(
            actor=support, name=name, customer=owner, scopes=scopes, expires_at=timezone.now() + timedelta(days=90)
        )
    key_revoke(key=key, actor=support)
    browser_of_sue = Client()
    browser_of_sue.force_login(support)
    page: Page = new_page(browser_of_sue)
    return page


def test_key_is_created_and_its_token_shown_once(page: Page) -> None:
    page.goto("/beanworks/api/")
    assert inspect(page) == []
    page.get_by_role("link", name="Create a key").click()
    assert inspect(page) == []

    page.get_by_label("Name").fill("Analytics")
    page.get_by_label("Read lists and records").check()
    page.get_by_role("button", name="Create the key").click()

    expect(page.get_by_text("bwc_")).to_be_visible()
    assert inspect(page) == []
    page.reload()
    expect(page.get_by_text("The token was shown once.")).to_be_visible()
    expect(page.get_by_role("row", name="Analytics")).to_contain_text("Never")


def test_reference_is_accessible_and_lists_every_operation(page: Page) -> None:
    page.goto("/api/v1/docs")
    page.get_by_text("Request a sync profile").click()

    expect(page.locator("details[open]").get_by_text("actor_email").first).to_be_visible()
    assert inspect(page) == []
