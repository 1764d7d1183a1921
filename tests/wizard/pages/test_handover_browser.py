"""A guest in a browser, on a phone and on a desktop computer."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.support.browser import PATIENCE
from tests.support.stack import Live, Practice, Worker
from wizard.models import Connection
from wizard.services import handover_make

expect.set_options(timeout=PATIENCE)


def fits(page: Page) -> bool:
    wide: bool = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return wide


@pytest.mark.parametrize(("width", "colors"), [(320, "dark"), (1440, "light")])
def test_guest_confirms_a_step_enters_credentials_and_sees_results(
    live: Live,
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


def test_handover_and_printout_pages_are_accessible(
    live: Live,
    new_page: Callable[..., Page],
    axe: Callable[[Page], None],
    administrator: User,
    answered: Connection,
    signed_in: Callable[[User], Client],
) -> None:
    page = new_page(viewport={"width": 320, "height": 900})
    cookie = signed_in(administrator).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live.url}])
    for path in ("handover", "print"):
        page.goto(f"/connection/{answered.pk}/{path}/")
        axe(page)
        assert fits(page)
