"""Every screen of one company, on the smallest phone and in a wide window, is accessible."""

from collections.abc import Callable, Iterator
from typing import Literal
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import resolve
from playwright.sync_api import Browser, Page

from practice.screens.urls import urlpatterns
from tests.practice.gateway_client import GatewayClient, query
from tests.practice.screens import ScreenClient

# Addresses that accept only POST, and the one that only redirects.
ACTS = {
    "open",
    *("company-reset", "user-password", "user-delete", "role-delete", "entity-status", "field-delete"),
    *("week", "faults-off", "bill-post", "bill-delete"),
}
WINDOWS: dict[int, Literal["dark", "light"]] = {320: "dark", 1440: "light"}


@pytest.fixture
def screens(gateway: GatewayClient) -> dict[str, str]:
    """One address of each screen, collected by following links, in a company with content on each screen."""
    gateway.control(permission_model="user")
    gateway.call(query("CLASS"))
    gateway.control("fault", name="slow", function="read")
    screen = ScreenClient(gateway.practice, gateway.company)
    screen.go("users/add").fill(User_ID="new", Email_Address="a@example.com").press("Save")
    return dict(_follow_links(screen))


def _follow_links(screen: ScreenClient) -> Iterator[tuple[str, str]]:
    seen, waiting = set[str](), [screen.root, urljoin(screen.root, "/"), f"{screen.root}/search?q=role"]
    for address in waiting:
        name = resolve(urlsplit(address).path, "practice.urls").url_name
        if name in seen:
            continue
        seen.add(str(name))
        yield str(name), address
        page = screen.visit(address).page
        links = [urljoin(address, link.get("href")) for link in page.iterfind(".//a[@href]")]
        waiting += [link for link in links if link.startswith(screen.root) or link.endswith("/companies")]


def test_every_screen_is_accessible_and_fits_the_window(
    browser: Browser, axe: Callable[[Page], None], screens: dict[str, str]
) -> None:
    assert set(screens) == {str(pattern.name) for pattern in urlpatterns} - ACTS
    page = browser.new_page(reduced_motion="reduce")
    wide, heights = [], []
    for name, address in screens.items():
        page.goto(address)
        for width, colors in WINDOWS.items():
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=colors)
            axe(page)
            if page.evaluate("document.documentElement.scrollWidth") != width:
                wide.append((name, width))
            heights += page.locator(".bar").evaluate_all("bars => bars.map(bar => bar.offsetHeight)")
    page.close()
    assert wide == []
    assert heights
    assert max(heights) < 100
