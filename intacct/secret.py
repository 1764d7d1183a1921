"""Hold values that must never appear in a log, a page, a traceback or a message queue."""

import hmac
from typing import Any, NoReturn

MASK = "********"


class Secret:
    """Hold a text that only `reveal()` returns. `str` and `repr` always show eight stars.

    Pickling or copying it raises TypeError, so that it cannot enter a message by accident.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the text itself."""
        return self._value

    def hide_in(self, text: str) -> str:
        """Return the text with stars for this secret. For texts from outside, which may quote what we sent."""
        return text.replace(self._value, MASK) if self._value else text

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        # Takes equally long for every wrong value, so that the time does not reveal how much of a guess was right.
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash((type(self), self._value))

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(f"{type(self).__name__} cannot be pickled or copied into a message")


class SecretBytes(bytes):
    """Hold bytes that contain secrets, such as a request or a reply. `str` and `repr` show only the length."""

    def __repr__(self) -> str:
        return f"<{len(self)} secret bytes>"

    __str__ = __repr__
