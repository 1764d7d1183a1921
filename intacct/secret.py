"""Values that must never be seen: in a log, a page, a traceback, a message queue."""

import hmac
from typing import Any, NoReturn

MASK = "********"


class Secret:
    """Holds a text that only `reveal()` gives back; shown, it is always eight stars."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def hide_in(self, text: str) -> str:
        """The text with this secret starred out, for words that come from outside and may quote us."""
        return text.replace(self._value, MASK) if self._value else text

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash((type(self), self._value))

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(f"{type(self).__name__} cannot be pickled or copied into a message")


class SecretBytes(bytes):
    """Bytes that quote secrets, like a request or a reply: used like bytes, shown only by their length."""

    def __repr__(self) -> str:
        return f"<{len(self)} secret bytes>"

    __str__ = __repr__
