"""What every page must pass in a browser, checked in one visit: its next action is in the first view, and it works on a
phone, on a desktop computer and on paper, with zoom, with the keyboard, without motion, and in a contrast theme."""

from pathlib import Path

from playwright.sync_api import Page

from .browser import too_wide, violations

# Pixels. 640: a window of 1280 at 200 % zoom. 718: A4 between the margins of the print stylesheet.
PHONE, ZOOMED, TABLET, DESKTOP, PAPER = 320, 640, 768, 1440, 718
HEIGHT = 900
FIRST_VIEWS = ((390, 844), (DESKTOP, HEIGHT))
SCRIPT = Path(__file__).with_suffix(".js").read_text()


def inspect(page: Page) -> list[str]:
    """Return all problems of the page, with all its folds open."""
    page.emulate_media(reduced_motion="reduce", color_scheme="light")
    problems = unseen(page) + ask(page, "crowded", "two main buttons")
    ask(page, "open")
    problems += ask(page, "moving", "moves") + violations(page)

    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": PHONE, "height": HEIGHT})
    problems += violations(page) + ask(page, "unfocused")
    problems += [f"too wide at {width}" for width in too_wide(page, PHONE, ZOOMED, TABLET, DESKTOP)]
    return problems + in_contrast_theme(page) + on_paper(page)


def unseen(page: Page) -> list[str]:
    """Return where the next action is not in the first view. It leaves the page as wide as on a desktop computer."""
    problems = []
    for width, height in FIRST_VIEWS:
        page.set_viewport_size({"width": width, "height": height})
        problems += ask(page, "unseen", f"not in the first view at {width}")
        problems += ask(page, "unsendable", f"no button to send it at {width}")
    return problems


def in_contrast_theme(page: Page) -> list[str]:
    page.emulate_media(forced_colors="active")
    problems = ask(page, "indistinct", "in a contrast theme")
    page.emulate_media(forced_colors="none")
    return problems


def on_paper(page: Page) -> list[str]:
    """Return the problems of the printed page. The user has chosen dark colors, which waste ink."""
    page.emulate_media(media="print")
    problems = ask(page, "unprintable", "on paper")
    problems += ["too wide for paper"] if too_wide(page, PAPER) else []
    page.emulate_media(media="screen")
    return problems


def ask(page: Page, question: str, label: str = "") -> list[str]:
    answers: list[str] = page.evaluate(SCRIPT, question)
    return [f"{label}: {answer}" for answer in answers] if label else answers
