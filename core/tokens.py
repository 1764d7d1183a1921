"""Create the tokens of links that work without signing in, such as the link of an invitation."""

from hashlib import sha256
from secrets import token_urlsafe
from typing import Any, NoReturn, Self

TOKEN_BYTES = 32
MASK = "********"


class LinkToken:
    """Hold the secret part of a link. It is all that is needed to open the link.

    It is emailed once, and the database has only its hash. `str` and `repr` show stars, and pickling or copying it
    raises TypeError, so that it enters no log, page or message by accident. It is not the API client's `Secret`,
    because the API client and this package know nothing of each other.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Take the text of a token, such as the last part of the address that a visitor opened."""
        self._value = value

    @classmethod
    def create(cls) -> Self:
        """Return a new random token of 43 characters that need no escaping in a URL."""
        return cls(token_urlsafe(TOKEN_BYTES))

    def reveal(self) -> str:
        """Return the text itself, for the link."""
        return self._value

    @property
    def hash(self) -> str:
        """Return 64 hexadecimal digits to store, and to find the row of a link by."""
        # A fast hash without salt is safe here: 256 random bits cannot be guessed, unlike a password.
        return sha256(self._value.encode()).hexdigest()

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a link's token cannot be pickled or copied into a message")
