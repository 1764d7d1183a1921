"""A real Chromium, driven by Playwright: one for the session, new contexts for each test.

It is $CHROMIUM, or an installed browser, or a downloaded one: by apt-get as root, by Playwright, or from npm. If no way
works, the tests that need a browser fail. They are never skipped. The headless shell, which renders the same but has no
windows, menus or extensions, comes first: it takes half the CPU time of the whole browser.
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from shutil import which
from tempfile import gettempdir
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, expect, sync_playwright

from .processes import ROOT
from .stack import Live

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
PATIENCE = 15_000  # milliseconds that a test waits for something on a page
HEADLESS_SHELL = "chromium-headless-shell"  # a program and its package in Debian
# By default, axe also describes every element without a problem, which takes almost half of its time.
RUN_AXE = "axe.run({reporter: 'no-passes'}).then(report => report.violations)"
NPM_PACKAGE = "@sparticuz/chromium@147"
Program = tuple[str, dict[str, str]]  # its path, and the environment variables it needs


def named_browser() -> Program | None:
    return (os.environ["CHROMIUM"], {}) if os.environ.get("CHROMIUM") else None


def installed_browser() -> Program | None:
    paths = filter(None, map(which, (HEADLESS_SHELL, "chromium", "chromium-browser", "google-chrome")))
    return next(((path, {}) for path in paths), None)


def playwright_browser(playwright: Playwright) -> Program | None:
    path = playwright.chromium.executable_path
    return (path, {}) if Path(path).exists() else None


def by_apt() -> Program | None:
    if os.geteuid() or not which("apt-get"):
        return None
    _fetch(["apt-get", "update", "-qq"])
    for package in (HEADLESS_SHELL, "chromium"):
        _fetch(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package])
        if program := installed_browser():
            return program
    return None


def by_playwright(playwright: Playwright) -> Program | None:
    _fetch([sys.executable, "-m", "playwright", "install", "chromium"])
    return playwright_browser(playwright)


def by_npm() -> Program | None:
    """Install a Chromium with its libraries. It unpacks to the path it prints, with the libraries beside it."""
    if not which("npm"):
        return None
    folder = ROOT / "var" / "chromium"
    _fetch(["npm", "install", "--silent", "--no-save", "--prefix", str(folder), NPM_PACKAGE])
    script = 'import("@sparticuz/chromium").then(m => m.default.executablePath()).then(path => console.log(path))'
    aws = os.environ | {"AWS_LAMBDA_JS_RUNTIME": "nodejs20.x"}  # needed to unpack the libraries too
    output = subprocess.run(["node", "-e", script], cwd=folder, env=aws, stdout=subprocess.PIPE, text=True, check=False)
    path = Path(output.stdout.strip())
    return (str(path), {"LD_LIBRARY_PATH": str(path.parent / "al2023" / "lib")}) if path.is_file() else None


def _fetch(command: list[str]) -> None:
    print(f"No browser yet; trying: {' '.join(command)}", file=sys.__stderr__, flush=True)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)


def find(playwright: Playwright) -> Program:
    own, fetch_own = partial(playwright_browser, playwright), partial(by_playwright, playwright)
    with Path(gettempdir(), f"beanworks-browser-{os.getuid()}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one test process downloads it, the others use it
        for way in (named_browser, installed_browser, own, by_apt, fetch_own, by_npm):
            if program := way():
                return program
    pytest.fail("No browser: install Chromium, or name one in CHROMIUM.", pytrace=False)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        path, environment = find(playwright)
        browser = playwright.chromium.launch(
            executable_path=path, env={**os.environ, **environment}, chromium_sandbox=False, args=ARGUMENTS
        )
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser, live: Live) -> Iterator[Callable[..., Page]]:
    """`new_page(client, **options)`: a page in a new browser context with Playwright's context options. With a client,
    it has the client's session.

    The test fails if a script on any of its pages fails, or if the Content-Security-Policy blocks something.
    """
    contexts, complaints = [], []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            complaints.append(message.text)

    def make(client: Client | None = None, **options: Any) -> Page:
        context = browser.new_context(**{"base_url": live.url, "locale": "en"} | options)
        context.set_default_timeout(PATIENCE)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", note)
        contexts.append(context)
        if client:
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live.url}])
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """`axe(page)` fails with the accessibility problems of the page."""

    def check(page: Page) -> None:
        assert violations(page) == []

    return check


def violations(page: Page) -> list[str]:
    """Return the accessibility problems that axe finds on the page."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)  # half a megabyte
    rules = page.evaluate(RUN_AXE)
    return [f"{rule['id']}: {rule['help']}: {node['html']}" for rule in rules for node in rule["nodes"]]


def too_wide(page: Page, *widths: int) -> list[int]:
    """Return those of `widths` at which the page scrolls horizontally. The width is restored afterwards."""
    own = page.viewport_size
    assert own

    widths_too_wide = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": own["height"]})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            widths_too_wide.append(width)
    page.set_viewport_size(own)
    return widths_too_wide
