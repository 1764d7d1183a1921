"""A help topic: what one cause means in general, without the facts of any one connection."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """`code` is stable: customers quote it, so it is never reused for another cause.

    `changes`: what has usually changed when this appears on a connection that worked before. `operators`:
    what Beanworks' own people do, shown to them only. Texts are message IDs.
    """

    code: str
    cause: str
    title: str
    meaning: str
    changes: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        return self.code.lower()


@dataclass(frozen=True)
class Section:
    title: str
    topics: tuple[Topic, ...]
