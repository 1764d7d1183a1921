"""Intacct's current menu and the older one, the search for screens, and links from outside."""

import pytest
import requests

from practice.screens.pages import CURRENT, OLDER, SCREEN_NAMES
from tests.practice.screens import ScreenClient, words
from tests.support.stack import Practice


def test_menu_that_was_chosen_is_remembered(practice: Practice) -> None:
    screen = ScreenClient(practice)
    assert "Company → Admin → Subscriptions" in screen.go("subscriptions").text
    screen.go("subscriptions?menu=older")
    assert "Company → Web Services Users" in screen.go("users").text


def test_first_page_of_a_company_links_to_every_screen(practice: Practice) -> None:
    main = ScreenClient(practice).page.get_element_by_id("main")
    assert {link.get("href").rpartition("/")[2] for link in main.iter("a")} == SCREEN_NAMES


def test_search_opens_the_only_screen_that_fits(practice: Practice) -> None:
    screen = ScreenClient(practice)
    assert "Company → Admin → Roles" in screen.go("search?q=roles").text
    assert "Company → Admin → Web Services users" in screen.go("search?q=admin").text
    assert "No screen has these words" in screen.go("search?q=nothing").text


def test_link_opens_a_screen_by_its_name(practice: Practice) -> None:
    address = f"{practice.address}/open"
    named = requests.get(address, {"company": "JUNIPER-CO", "screen": "roles"}, timeout=10)
    unknown = requests.get(address, {"company": "UNKNOWN", "screen": "roles"}, timeout=10)

    assert named.url.endswith("/companies/JUNIPER-CO/roles")
    assert unknown.url == f"{practice.address}/"


@pytest.mark.parametrize("menu", [CURRENT, OLDER])
def test_each_menu_is_shown_once(practice: Practice, menu: str) -> None:
    names = [words(name) for name in ScreenClient(practice).go(f"?menu={menu}").page.iter("summary")]
    assert len(names) == len(set(names))
