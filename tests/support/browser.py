"""A real Chromium, driven by Playwright: one for the session, new contexts for each test.

It is $CHROMIUM, or one that is installed, or one that is fetched: by apt-get as root, by Playwright, or from npm. A
machine on which none of this works fails the tests that need it; they are never skipped.
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
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, sync_playwright

from .processes import ROOT
from .stack import Live

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
PATIENCE = 15_000  # milliseconds a page gets for whatever a test waits for
NPM_PACKAGE = "@sparticuz/chromium@147"
Program = tuple[str, dict[str, str]]  # its path, and what it needs in its environment


def named() -> Program | None:
    return (os.environ["CHROMIUM"], {}) if os.environ.get("CHROMIUM") else None


def installed() -> Program | None:
    found = filter(None, map(which, ("chromium", "chromium-browser", "google-chrome")))
    return next(((path, {}) for path in found), None)


def playwrights_own(playwright: Playwright) -> Program | None:
    path = playwright.chromium.executable_path
    return (path, {}) if Path(path).exists() else None


def by_apt() -> Program | None:
    if os.geteuid() or not which("apt-get"):
        return None
    for command in ("apt-get update -qq", "apt-get install -y -qq --no-install-recommends chromium"):
        _fetch(command.split())
    return installed()


def by_playwright(playwright: Playwright) -> Program | None:
    _fetch([sys.executable, "-m", "playwright", "install", "chromium"])
    return playwrights_own(playwright)


def by_npm() -> Program | None:
    """A Chromium that brings its libraries with it; it unpacks where it says, and the libraries beside that."""
    if not which("npm"):
        return None
    folder = ROOT / "var" / "chromium"
    _fetch(["npm", "install", "--silent", "--no-save", "--prefix", str(folder), NPM_PACKAGE])
    script = 'import("@sparticuz/chromium").then(m => m.default.executablePath()).then(path => console.log(path))'
    aws = os.environ | {"AWS_LAMBDA_JS_RUNTIME": "nodejs20.x"}  # makes it unpack the libraries too
    told = subprocess.run(["node", "-e", script], cwd=folder, env=aws, stdout=subprocess.PIPE, text=True, check=False)
    path = Path(told.stdout.strip())
    return (str(path), {"LD_LIBRARY_PATH": str(path.parent / "al2023" / "lib")}) if path.is_file() else None


def _fetch(command: list[str]) -> None:
    print(f"No browser yet; trying: {' '.join(command)}", file=sys.__stderr__, flush=True)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)


def find(playwright: Playwright) -> Program:
    own, fetch_own = partial(playwrights_own, playwright), partial(by_playwright, playwright)
    with Path(gettempdir(), f"beanworks-browser-{os.getuid()}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one test process fetches it, the others find it
        for way in (named, installed, own, by_apt, fetch_own, by_npm):
            if program := way():
                return program
    pytest.fail("No browser: install Chromium, or name one in CHROMIUM.", pytrace=False)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path, environment = find(playwright)
        browser = playwright.chromium.launch(
            executable_path=path, env={**os.environ, **environment}, chromium_sandbox=False, args=ARGUMENTS
        )
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser, live: Live) -> Iterator[Callable[..., Page]]:
    """`new_page(**options)`: a page on a device of its own, with Playwright's options of a context.

    The test fails if a script on any of its pages does, or if the Content-Security-Policy had to step in.
    """
    contexts, complaints = [], []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            complaints.append(message.text)

    def make(**options: Any) -> Page:
        context = browser.new_context(**{"base_url": live.url, "locale": "en"} | options)
        context.set_default_timeout(PATIENCE)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", note)
        contexts.append(context)
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
    """`axe(page)` fails with what a person who cannot see or use a mouse would stumble over."""

    def check(page: Page) -> None:
        violations = Axe().run(page).response["violations"]
        found = [f"{v['id']}: {v['help']}: {node['html']}" for v in violations for node in v["nodes"]]
        assert found == []

    return check


def too_wide(page: Page, *widths: int) -> list[int]:
    """Return those of `widths` at which the page can be scrolled sideways; leave it as wide as it is."""
    own = page.viewport_size
    assert own

    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": own["height"]})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(width)
    page.set_viewport_size(own)
    return found
