"""What the pipeline needs of either end of a list."""

from abc import ABC, abstractmethod
from typing import Any

from intacct.errors import IntacctError
from smartsync.engine.list_state import EndState
from smartsync.engine.reading import ListReading
from smartsync.engine.step import Step, Writes


class ListEnd(ABC):
    """One end of a list: what it asks next. All methods run under the pipeline's lock."""

    def __init__(self, reading: ListReading, end_state: EndState) -> None:
        self.reading = reading
        self.end_state = end_state
        self.state = reading.state

    @property
    @abstractmethod
    def has_next(self) -> bool:
        """Whether there is something to ask."""

    @property
    @abstractmethod
    def position(self) -> object:
        """From where the next request continues. It changes with every page that is accepted: see `Step.position`."""

    @property
    @abstractmethod
    def weight(self) -> int:
        """The approximate size of the next reply, in records."""

    @property
    def is_ready(self) -> bool:
        """Whether the next request can be sent now, or should wait for a reply of the other end."""
        return True

    @abstractmethod
    def next_step(self) -> Step[Any]:
        """Return the next request. Call it only if `has_next`."""

    @abstractmethod
    def look_ahead(self, body: bytes) -> bool:
        """Take the last key from an unparsed page, and return whether the page after it can be requested now."""

    @abstractmethod
    def give_up(self, error: IntacctError) -> Writes:
        """Handle an error that cannot be retried, and return what to write."""
