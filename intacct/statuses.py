"""The words of a record's STATUS: those that Sage's own `lookup` replies list for it."""

from enum import Enum
from functools import cached_property, lru_cache


class Status(Enum):
    ACTIVE = "active"
    NON_POSTING = "active non-posting"
    INACTIVE = "inactive"
    LOCKED_OUT = "lockedout"
    UNKNOWN = ""

    @cached_property
    def is_active(self) -> bool:
        return self in (Status.ACTIVE, Status.NON_POSTING)


@lru_cache(1000)
def status_of(text: str) -> Status:
    """The status that a text stands for, whatever its case and spaces. No text: active, as for lists without one."""
    word = " ".join(text.casefold().split()) or "active"
    return next((status for status in Status if status.value == word), Status.UNKNOWN)
