"""Every path in Intacct that the product shows leads to a page of the practice company, in both of Intacct's menus."""

import re
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from intacct.catalogue import USER_ID
from intacct.diagnosis import Place
from practice.screens.pages import CURRENT, MENUS, OLDER
from tests.practice.screens import ScreenClient, words
from tests.practice.test_screens_guide import USER_BASED
from tests.support.stack import Practice
from wizard.explanations import all_diagnoses
from wizard.stages import STAGES

COMPANY = "MAPLE-RIDGE"
SOURCES = ("intacct", "wizard", "smartsync", "operations", "api", "accounts", "mail", "core", "templates")
PATH_TAG = re.compile(r'{% path "([^"]+)" %}')
WRITTEN_PATH = re.compile(r"[A-Z]\w+ → [A-Z][\w ]+")
# Beanworks' own settings, and an example in a docstring.
NOT_SHOWN_AS_INTACCTS = {"Settings → User Management", "Settings → Legal Entities", "Company → Roles "}


def sources() -> Iterator[str]:
    for folder in SOURCES:
        for file in Path(folder).rglob("*"):
            if file.suffix in (".py", ".html", ".txt"):
                yield file.read_text()


def places() -> set[Place]:
    """Of tasks and diagnoses, and those that texts name."""
    shown = chain.from_iterable((diagnosis.place, diagnosis.user_place) for diagnosis in all_diagnoses())
    tasks = (task.place for stage in STAGES.values() for task in stage.tasks)
    modules = [module for name, module in sys.modules.items() if name.startswith(("intacct", "wizard"))]
    named = (value for module in modules for value in vars(module).values() if isinstance(value, Place))
    return {place for place in chain(shown, tasks, named) if place}


def paths(menu: str) -> set[tuple[str, ...]]:
    chosen = {place.older_path if menu == OLDER and place.older_path else place.path for place in places()}
    tags = {tuple(path.split(" → ")) for text in sources() for path in PATH_TAG.findall(text)}
    return {other for path in chosen | tags for other in alternatives(path)}


def alternatives(path: tuple[str, ...]) -> list[tuple[str, ...]]:
    """A label "A / B" is either of two menus."""
    first, *rest = (label.replace("%(user_id)s", USER_ID) for label in path)
    return [(label, *rest) for label in first.split(" / ")]


def follow(screen: ScreenClient, menu: str, path: tuple[str, ...]) -> str:
    """Choose one label after the other. Return the first one that is not there, or ""."""
    entries = [entry for entry in MENUS[menu] if entry.path == path[: len(entry.path)]]
    if not entries:
        return path[0]
    screen.go(f"{entries[0].name}?menu={menu}")
    part = screen.page
    for label in path[len(entries[0].path) :]:
        found = next((element for element in part.iter() if is_labeled(element, label)), None)
        if found is None:
            return label
        part = next(found.iterancestors("tr"), screen.page)
        if found.tag == "a" and not found.get("href").startswith("#"):
            screen.visit(screen.http.get(f"{screen.root.partition('/companies')[0]}{found.get('href')}").url)
            part = screen.page
    return ""


def is_labeled(element: Any, label: str) -> bool:
    """Whether it is a link, button, tab, heading or row with this label. What only screen readers say may follow."""
    shown = element.tag in ("a", "button", "h1", "h2", "h3", "th", "label")
    return shown and (words(element) == label or words(element).startswith(f"{label} "))


@pytest.mark.parametrize("menu", [CURRENT, OLDER])
def test_every_path_that_the_product_shows_exists(practice: Practice, menu: str) -> None:
    practice.control(f"companies/{COMPANY}/set-up")
    practice.control("companies", **USER_BASED)
    practice.control(f"companies/{USER_BASED['id']}/set-up")
    companies = [ScreenClient(practice, company) for company in (COMPANY, USER_BASED["id"])]

    missing = {}
    for path in paths(menu):
        steps = [follow(screen, menu, path) for screen in companies]
        if all(steps):
            missing[" → ".join(path)] = steps[0]

    assert len(paths(menu)) > 20
    assert missing == {}


def test_texts_name_pages_of_intacct_in_the_menu_of_the_user() -> None:
    """A path that is written in a text is that of one menu."""
    written = {match for text in sources() for match in WRITTEN_PATH.findall(PATH_TAG.sub("", text))}
    assert written <= NOT_SHOWN_AS_INTACCTS
