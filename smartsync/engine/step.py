"""One request for one end of a list: what it asks, how its reply is read, and what is written then.

Three methods, since three kinds of threads run them: see `Step`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from intacct.reply import Reply
from intacct.request import Function

Content = TypeVar("Content")
Writes = list[Callable[[], None]]
"""What to write to the database, in this order. Empty if the reply changes nothing."""


@dataclass(frozen=True, kw_only=True)
class Step(ABC, Generic[Content]):
    """Describe one request for one end of a list.

    functions: what to ask. records: the largest number of records in the reply.
    position: must equal the `position` of the list's end when the reply is accepted. If it does not, the list has moved
    on, and the reply is discarded.
    may_look_ahead: whether the next page may be requested before this reply is parsed.
    """

    functions: list[Function]
    position: object
    records: int = 0
    may_look_ahead: bool = False

    @abstractmethod
    def read(self, reply: Reply) -> Content:
        """Parse the reply. Runs in any thread at the same time as others, so it changes nothing.

        Raises IntacctError when Intacct refused this list or its reply cannot be used.
        """

    @abstractmethod
    def accept(self, content: Content) -> Writes:
        """Update the state of the list, and return what to write.

        Runs under the pipeline's lock, after the replies to all earlier requests of this end were accepted. So it must
        be quick: the other threads wait.
        """
