"""What ends when a user is deactivated. Apps above this one register theirs when Django starts (`AppConfig.ready`)."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from accounts.models import User
from core.text import Words


class Ending(NamedTuple):
    """One kind of thing that a user has or made.

    `words` describes `count` of them. `count` returns how many a user has. `end` ends them in the caller's
    transaction; its second argument is who deactivates the user, None for an API key.
    """

    words: Words
    count: Callable[[User], int]
    end: Callable[[User, User | None], object]


ENDINGS: list[Ending] = []


def register_endings(endings: Iterable[Ending]) -> None:
    ENDINGS.extend(endings)


def what_ends(user: User) -> list[str]:
    """Describe what the user has now that would end."""
    counts = ((ending.words, ending.count(user)) for ending in ENDINGS)
    return [words % {"count": count} for words, count in counts if count]
