"""The checklist of a step and the permission sheet in a browser, with the keyboard, with and without JavaScript."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.support.browser import too_wide
from wizard.models import Connection, StageProgress


@pytest.mark.parametrize(("width", "javascript"), [(1440, True), (320, False)])
def test_permissions_are_checked_off_with_the_keyboard(
    new_page: Callable[..., Page],
    axe: Callable[[Page], None],
    administrator: User,
    signed_in: Callable[[User], Client],
    answered: Connection,
    width: int,
    javascript: bool,
) -> None:
    page = new_page(signed_in(administrator), viewport={"width": width, "height": 900}, java_script_enabled=javascript)
    page.goto(f"/connection/{answered.pk}/user_role/")
    expect(page.locator(".task__body:visible")).to_have_count(1)

    page.locator("#title-permissions").press("Enter")
    expect(page.locator(".task__body:visible")).to_have_count(1)
    page.get_by_label("Vendors", exact=True).press("Space")
    if not javascript:
        page.get_by_role("button", name="Save progress").press("Enter")

    expect(page.locator("#count-accounts-payable")).to_have_text("1 of 6 done")
    expect(page.locator("#foot")).to_contain_text("1 of 30 boxes selected")
    expect(page.get_by_label("Vendors", exact=True)).to_be_checked()
    expect(page.get_by_label("Vendors", exact=True)).to_be_visible()
    if javascript:
        axe(page)
    assert too_wide(page, width) == []

    page.get_by_role("button", name="Select all boxes and mark as done").press("Enter")
    expect(page.locator("#foot")).to_contain_text("Ada Root marked this step as done on")
    assert "perm.bills" in StageProgress.objects.get(stage="user_role").ticks


def test_next_task_opens_when_one_is_done(
    new_page: Callable[..., Page],
    administrator: User,
    signed_in: Callable[[User], Client],
    answered: Connection,
) -> None:
    page = new_page(signed_in(administrator))
    page.goto(f"/connection/{answered.pk}/user_role/")

    page.get_by_label("Turn on Web Services").press("Space")

    expect(page.locator("#task-user .task__body")).to_be_visible()
    expect(page.locator("#task-web-services .task__body")).to_be_hidden()
    expect(page.locator("#foot")).to_contain_text("Saved at")
