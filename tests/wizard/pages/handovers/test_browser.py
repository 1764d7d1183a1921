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
from tests.support.browser import PATIENCE
from tests.support.stack import Practice, Worker
from wizard.models import Connection
from wizard.services import handover_make

expect.set_options(timeout=PATIENCE)


def fits(page: Page) -> bool:
    wide: bool = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return wide


@pytest.mark.parametrize(("width", "colors"), [(320, "dark"), (1440, "light")])
def test_guest_confirms_a_step_enters_credentials_and_sees_results(
    worker: Worker,
    practice: Practice,
    new_page: Callable[..., Page],
    axe: Callable[[Page], None],
    administrator: User,
    answered: Connection,
    width: int,
    colors: str,
) -> None:
    _handover, token = handover_make(
        connection=answered,
        actor=administrator,
        stages=["user_role", "sender_id", "credentials"],
        name="Ida Intacct",
        email="ida@example.com",
        note="By Friday, please.",
    )
    page = new_page(viewport={"width": width, "height": 900}, color_scheme=colors)
    page.goto(f"/handover/{token.reveal()}/")
    expect(page.get_by_role("main")).to_contain_text("By Friday, please.")
    axe(page)
    assert fits(page)
    page.get_by_role("main").get_by_role("button").first.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Web Services user and role")
    page.get_by_role("button", name="Check all and mark as done").click()
    expect(page.get_by_role("main")).to_contain_text("Done · not yet verified")
    axe(page)
    assert fits(page)

    page.goto(f"/connection/{answered.pk}/credentials/")
    page.get_by_label("Company ID").fill("HARBOUR-MILLS")
    page.get_by_label("Password").fill("practice-password")
    page.get_by_role("button", name="Save and check").click()
    expect(page.locator("#results .finding")).not_to_have_count(0)
    axe(page)
    assert fits(page)


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

    new_link = Email.objects.latest("pk").text.partition("/handover/")[2].partition("/")[0]
    desktop.goto(f"/handover/{new_link}/")
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
