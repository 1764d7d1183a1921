"""What a lane asks, and the three steps of its answer: it is read, the lane moves on, and something is written."""

from collections.abc import Callable
from dataclasses import dataclass

from intacct.reply import Reply
from intacct.request import Function

Write = Callable[[], None]
"""In the transaction of whoever works on the run."""
Receive = Callable[[], Write]
"""When everything asked before has been received."""
Read = Callable[[Reply], Receive]
"""In any thread: touches nothing that others see. Raises the IntacctError that the list met."""


@dataclass(frozen=True)
class Asked:
    """One step of a lane.

    `place`: where the lane is to be when the answer comes; else this is no longer what it waits for. `size`: records.
    `more`: whether the lane may have more to ask before it has read the answer.
    """

    functions: list[Function]
    read: Read
    place: object
    size: int = 0
    more: bool = False


def half(page_size: int) -> int:
    """What is asked for after a page that was too much for Intacct or for us: never nothing."""
    return max(1, page_size // 2)


def nothing() -> None: ...
