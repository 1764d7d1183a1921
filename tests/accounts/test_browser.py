"""Passkeys in a real browser with its own authenticator, and the sign-in pages in every screen size."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.support.inspection import inspect
from tests.support.stack import Live

from .conftest import PASSWORD

PAGES = (
    "/account/",
    "/account/users/",
    "/accounts/second-factor/",
    "/accounts/second-factor/totp/activate/",
    "/accounts/second-factor/webauthn/",
    "/accounts/second-factor/webauthn/add/",
    "/accounts/devices/",
    "/accounts/reauthenticate/",
    "/accounts/password/change/",
)
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def passkeys(live: Live, new_page: Callable[..., Page]) -> Page:
    """A browser whose device can store passkeys. Passkeys need a host name instead of an IP address: localhost."""
    page = new_page(base_url=live.url.replace("127.0.0.1", "localhost"))
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return page


def sign_in(page: Page, user: User) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.locator("main").get_by_role("button", name="Sign out").click()


def add_passkey(page: Page, *, alone: bool) -> None:
    page.goto("/accounts/second-factor/webauthn/add/")
    expect(page.get_by_label("Name")).to_have_value("Passkey")
    page.get_by_label("Name").fill("My laptop")
    page.get_by_label("Sign in with this passkey alone").set_checked(alone)
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()


def test_passkey_signs_in_without_a_password(passkeys: Page, support: User) -> None:
    sign_in(passkeys, support)
    add_passkey(passkeys, alone=True)
    sign_out(passkeys)
    passkeys.goto("/accounts/login/")
    passkeys.get_by_role("button", name="Sign in with a passkey").click()
    expect(passkeys.get_by_role("button", name="Sign in with a passkey")).to_have_count(0)
    passkeys.goto("/account/")
    expect(passkeys.get_by_role("heading", name="Your account")).to_be_visible()


def test_security_key_is_asked_for_after_the_password(passkeys: Page, administrator: User) -> None:
    sign_in(passkeys, administrator)
    add_passkey(passkeys, alone=False)
    sign_out(passkeys)
    sign_in(passkeys, administrator)
    expect(passkeys.get_by_role("heading", name="Enter your second factor")).to_be_visible()
    passkeys.get_by_role("button", name="Use a passkey instead").click()
    expect(passkeys.get_by_role("button", name="Use a passkey instead")).to_have_count(0)
    passkeys.goto("/accounts/second-factor/webauthn/")
    expect(passkeys.locator("tbody")).to_contain_text("My laptop")


def test_user_without_a_passkey_gets_a_message(passkeys: Page) -> None:
    passkeys.goto("/accounts/login/")
    passkeys.get_by_role("button", name="Sign in with a passkey").click()
    expect(passkeys.get_by_role("alert")).to_contain_text("The passkey was not used")


def test_every_page_is_accessible_on_every_device(new_page: Callable[..., Page], administrator: User) -> None:
    client = Client(headers={"user-agent": "Firefox Linux"})
    client.post("/accounts/login/", {"login": administrator.email, "password": PASSWORD})
    page = new_page()
    page.goto("/accounts/login/")
    assert inspect(page) == []
    page = new_page(client)
    invite = f"/account/users/invite/{administrator.customer_id}/"
    for address in (*PAGES, invite, f"{invite}several/"):
        page.goto(address)
        assert inspect(page) == [], address


def test_colors_can_be_chosen_when_the_browser_refuses_storage(new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError') }})"
    )

    page.goto("/accounts/login/")
    page.get_by_role("button", name="Dark").click()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
