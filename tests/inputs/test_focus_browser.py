"""After every act on a page that is not a step of the wizard, the focus is on what came of it.

The pressed button often disappears. With the focus on <body>, the next Tab would start at the top of the page.
"""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from tests.access.test_table import arguments
from tests.inputs.records import World

PAGES = {
    "system_administrator": (
        "wizard:connection", "smartsync:profile", "smartsync:schedules", "smartsync:choose_lists", "accounts:profile",
        "accounts:user", "mail:choices",
    ),
    "customer_success": ("operations:board", "operations:connection"),
    "support": (
        "operations:request", "operations:customer_data", "operations:deletions", "api_keys:index", "webhooks:index",
        "webhooks:endpoint", "accounts:users", "accounts:user_edit", "accounts:org_unit_edit", "accounts:customer_edit",
        "accounts:legal_entity_close", "accounts:imports",
    ),
}  # fmt: skip
BUTTONS = "main form[method=post] button:not([type=button]) >> visible=true"
FOCUSED = "document.activeElement.matches('main *') ? document.activeElement.outerHTML : ''"


@pytest.mark.parametrize("visitor", PAGES)
def test_focus_is_on_what_came_of_an_act(new_page: Callable[..., Page], visitor: str) -> None:
    world = World()
    client = Client()
    client.force_login(world.people[visitor])
    page = new_page(client)
    pressed: set[str] = set()

    for name in PAGES[visitor]:
        address = reverse(name, kwargs=arguments(name, world.known))
        open_page(page, address)
        for words in {text.strip() for text in page.locator(BUTTONS).all_inner_texts()} - pressed:
            pressed.add(words)
            button = page.locator(BUTTONS).filter(has_text=words)
            if button.count():
                press(page, button.first)
                assert page.evaluate(FOCUSED), f"{name}: {words}"
                open_page(page, address)
    assert len(pressed) > 1


def open_page(page: Page, address: str) -> None:
    page.goto(address)
    page.evaluate("for (const fold of document.querySelectorAll('details:not(.menu)')) fold.open = true")


def press(page: Page, button: Locator) -> None:
    page.evaluate("for (const form of document.forms) form.noValidate = window.isOld = true")
    with page.expect_response(lambda response: response.request.method == "POST") as sent:
        button.press("Enter")
    if sent.value.request.is_navigation_request():
        page.wait_for_function("!window.isOld")
        page.wait_for_load_state()
    expect(page.locator(".htmx-request, .htmx-settling")).to_have_count(0)
