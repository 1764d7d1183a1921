"""Read a record's STATUS. The values are those that Sage's own `lookup` replies list."""

from enum import Enum
from functools import cached_property, lru_cache


class Status(Enum):
    """Name the status of a record. UNKNOWN stands for any text that Sage does not list."""

    ACTIVE = "active"
    NON_POSTING = "active non-posting"
    INACTIVE = "inactive"
    LOCKED_OUT = "lockedout"
    UNKNOWN = ""

    @cached_property
    def is_active(self) -> bool:
        """Whether the record can be used."""
        return self in (Status.ACTIVE, Status.NON_POSTING)


@lru_cache(1000)
def status_of(text: str) -> Status:
    """Return the status for a text. Case and spaces do not count; "" is active, as in lists without STATUS."""
    word = " ".join(text.casefold().split()) or "active"
    return next((status for status in Status if status.value == word), Status.UNKNOWN)
