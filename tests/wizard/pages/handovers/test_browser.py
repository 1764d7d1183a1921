"""A guest in a browser, on a phone and on a desktop computer."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from time_machine import travel

from accounts.models import User
from mail.models import Email
from mail.services import email_record_bounce
from tests.support.inspection import inspect
from tests.support.stack import Practice, Worker
from wizard.models import Connection
from wizard.services import handover_make

COMPANY = "HARBOUR-MILLS"


def fits(page: Page) -> bool:
    wide: bool = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return wide


def test_guest_on_a_phone_confirms_a_step_and_fixes_what_is_missing(
    worker: Worker,
    practice: Practice,
    new_page: Callable[..., Page],
    administrator: User,
    answered: Connection,
) -> None:
    practice.control(f"companies/{COMPANY}/set-up")
    practice.control(f"companies/{COMPANY}/permissions", revoke=["vendors"])
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    link, main = make_link(answered, administrator), page.get_by_role("main")
    page.goto(link)
    expect(main).to_contain_text("By Friday, please.")
    assert inspect(page) == []
    tap(page, "Begin")

    expect(page.get_by_role("heading", level=1)).to_have_text("Web Services user and role")
    tap(page, "Select all boxes and mark as done")
    expect(main).to_contain_text("Done · not yet verified")
    assert inspect(page) == []

    credentials = f"/connection/{answered.pk}/credentials/"
    page.goto(credentials)
    page.get_by_label("Company ID").fill(COMPANY)
    # A new link opens the step again, with what was typed.
    lose_session_and_ask_for_a_new_link(page, link)
    page.goto(credentials)
    expect(page.get_by_label("Company ID")).to_have_value(COMPANY)
    page.get_by_label("Password").fill("practice-password")
    tap(page, "Save and check")
    expect(page.locator("#results")).to_contain_text("1 problem to fix")
    assert inspect(page) == []

    page.goto(f"/connection/{answered.pk}/user_role/")
    expect(page.locator("#results")).to_contain_text("Vendors")
    practice.control(f"companies/{COMPANY}/set-up")
    tap(page, "Check again")
    expect(page.locator("#results")).to_contain_text("to confirm by eye")
    expect(page.locator("#results .finding", has_text="Vendors")).to_have_count(0)


def make_link(connection: Connection, actor: User) -> str:
    """Hand three steps over, an hour ago. Return the address of the link."""
    with travel(timezone.now() - timedelta(hours=1)):
        _handover, token = handover_make(
            connection=connection,
            actor=actor,
            stages=["user_role", "sender_id", "credentials"],
            name="Ida Intacct",
            email="ida@example.com",
            note="By Friday, please.",
        )
    return f"/handover/{token.reveal()}/"


def lose_session_and_ask_for_a_new_link(page: Page, link: str) -> None:
    page.context.clear_cookies(name="sessionid")
    tap(page, "Save and check")
    page.wait_for_url("**/accounts/login/**")
    page.goto(link)
    tap(page, "Email me a new link")
    expect(page.get_by_role("main")).to_contain_text("We’ve emailed a new link")
    page.goto(f"/handover/{newest_link()}/")
    tap(page, "Begin")
    expect(page.get_by_role("heading", level=1)).to_have_text("Web Services user and role")


def newest_link() -> str:
    """Return the token in the newest email."""
    return Email.objects.latest("pk").text.partition("/handover/")[2].partition("/")[0]


def tap(page: Page, button: str) -> None:
    page.get_by_role("main").get_by_role("button", name=button, exact=True).tap()


@pytest.mark.parametrize("javascript", [True, False])
def test_handover_from_the_form_to_a_corrected_address(
    new_page: Callable[..., Page],
    axe: Callable[[Page], None],
    administrator: User,
    answered: Connection,
    signed_in: Callable[[User], Client],
    javascript: bool,
) -> None:
    page = new_page(signed_in(administrator), viewport={"width": 390, "height": 900}, java_script_enabled=javascript)
    main = page.get_by_role("main")

    page.goto(f"/connection/{answered.pk}/handover/")
    page.get_by_label("Name").fill("Gus Grant")
    page.get_by_label("Email address").fill("gus@example.con")
    page.get_by_label("Sender ID").uncheck()
    page.get_by_role("button", name="Send link").click()
    expect(main).to_contain_text("We’ve emailed this link to gus@example.con")

    email = Email.objects.get()
    Email.objects.update(state="done", sent_at=timezone.now())
    email_record_bounce(email=email, reply="550 no such domain")
    page.goto(f"/connection/{answered.pk}/handover/")
    expect(main).to_contain_text("The email to gus@example.con was not delivered")
    page.get_by_role("link", name="Correct the address").click()
    page.get_by_label("Email address").fill("gus@example.com")
    page.get_by_role("button", name="Send link").click()
    expect(main).to_contain_text("We’ve emailed this link to gus@example.com")

    page.get_by_role("link", name="See what Gus Grant sees").click()
    expect(main).to_contain_text("This is a preview of what Gus Grant sees.")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Web Services user and role")
    expect(page.get_by_role("button", name="Mark as done")).to_have_count(0)
    page.get_by_role("link", name="End the preview").click()
    expect(main).to_contain_text("0 of 3 done")
    assert not javascript or fits(page)
    if javascript:
        axe(page)


def test_guest_moves_from_the_phone_to_the_desktop(
    new_page: Callable[..., Page], axe: Callable[[Page], None], administrator: User, answered: Connection
) -> None:
    with travel(timezone.now() - timedelta(hours=1)):
        _handover, token = handover_make(
            connection=answered, actor=administrator, stages=["sender_id"], name="Gus Grant", email="gus@example.com",
            note="",
        )  # fmt: skip
    phone, desktop = new_page(viewport={"width": 320, "height": 700}), new_page()
    phone.goto(f"/handover/{token.reveal()}/")
    phone.get_by_role("button", name="Begin").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Sender ID")

    desktop.goto(f"/handover/{token.reveal()}/")
    expect(desktop.get_by_role("heading", level=1)).to_have_text("This link is open in another browser")
    axe(desktop)

    phone.get_by_role("link", name="Continue on another device").click()
    axe(phone)
    assert fits(phone)
    phone.get_by_role("button", name="Email me a new link").click()
    expect(phone.get_by_role("main")).to_contain_text("We’ve emailed a new link to g…@example.com.")

    desktop.goto(f"/handover/{newest_link()}/")
    desktop.get_by_role("button", name="Begin").click()
    expect(desktop.get_by_role("heading", level=1)).to_have_text("Sender ID")


def test_handover_and_printout_pages_are_accessible(
    new_page: Callable[..., Page],
    axe: Callable[[Page], None],
    administrator: User,
    answered: Connection,
    signed_in: Callable[[User], Client],
) -> None:
    page = new_page(signed_in(administrator), viewport={"width": 320, "height": 900})
    for path in ("handover", "print"):
        page.goto(f"/connection/{answered.pk}/{path}/")
        axe(page)
        assert fits(page)
