"""Intacct has two menus, the current one and an older one. Each user sees click paths in the menu they have."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from django.utils.functional import lazy

from core.text import Words

_older: ContextVar[bool] = ContextVar("older_menu", default=False)


class Place(Protocol):
    """A page in Intacct: the labels to choose, one after the other. `older_path` is empty if both menus are alike."""

    @property
    def path(self) -> Sequence[Words]: ...
    @property
    def older_path(self) -> Sequence[Words]: ...


@contextmanager
def use_menu(*, older: bool) -> Iterator[None]:
    """Write paths in this menu, as `translation.override` does for a language."""
    token = _older.set(older)
    try:
        yield
    finally:
        _older.reset(token)


def has_older_menu() -> bool:
    """Return whether the user for whom we write has the older menu."""
    return _older.get()


def menu_path(place: Place) -> list[str]:
    """Return the labels to choose in the user's own menu, in the current language."""
    path = place.older_path if has_older_menu() and place.older_path else place.path
    return [str(label) for label in path]


def path_text(place: Place) -> str:
    """Return the labels to choose, as a text."""
    return " → ".join(menu_path(place))


def _with_path(words: Words, place: Place) -> str:
    return str(words) % {"path": path_text(place)}


with_path: Any = lazy(_with_path, str)
"""`with_path(words, place)` fills `%(path)s` in lazy words each time they are shown."""
