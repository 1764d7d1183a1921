"""One request for one end of a list, and the three steps that handle its reply.

The reply is read, the state of the list's end is updated, and rows are written. A "lane" is one end of a list: a
`Reader` or a `Descent`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from intacct.reply import Reply
from intacct.request import Function

Write = Callable[[], None]
"""Step 3: write to the database. Runs in a transaction of the thread that works on the run."""
Receive = Callable[[], Write]
"""Step 2: update the state of the list's end. Runs after the replies to all its earlier requests were received."""
Read = Callable[[Reply], Receive]
"""Step 1: parse the reply. Runs in any thread, so it changes no shared state. Raises the list's IntacctError."""


@dataclass(frozen=True)
class Asked:
    """What one end of a list asks in one request.

    `place` must equal the `place` of the list's end when the reply comes. If it does not, the list has moved on, and
    the reply is discarded. `size` is the largest number of records in the reply. `more` is whether the next page may
    be requested before this reply has been parsed.
    """

    functions: list[Function]
    read: Read
    place: object
    size: int = 0
    more: bool = False


def half(page_size: int) -> int:
    """The size of the next attempt after a page was too large for Intacct or for us: at least one record."""
    return max(1, page_size // 2)


def nothing() -> None: ...
