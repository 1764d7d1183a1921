"""Takes the screenshots of README.md: `scripts/screenshots`."""

import os
from pathlib import Path
from shutil import which

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from local.__main__ import data_folder
from local.paths import ROOT, Folders

FOLDER = ROOT / "docs" / "screenshots"
SIZE: ViewportSize = {"width": 1200, "height": 820}
LARGEST = 150_000  # bytes
# Of the first page after signing in: file, and who signs in.
SHOTS = {"board": "Cleo Success", "step": "Hana Root"}


def main() -> None:
    address = Folders(data_folder()).announced().get("SITE_URL")
    if not address:
        raise SystemExit("No stack is running. Start one with scripts/run.")
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        program = os.environ.get("CHROMIUM") or which("chromium") or which("google-chrome")
        with playwright.chromium.launch(executable_path=program, args=["--no-sandbox"]) as browser:
            for name, user in SHOTS.items():
                take(browser, address, user, FOLDER / f"{name}.png")


def take(browser: Browser, address: str, user: str, file: Path) -> None:
    with browser.new_context(viewport=SIZE, color_scheme="light") as context:
        page = context.new_page()
        page.goto(address)
        page.get_by_role("button", name=user).click()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=file)
    if file.stat().st_size > LARGEST:
        raise SystemExit(f"{file} has more than {LARGEST} bytes.")


if __name__ == "__main__":
    main()
