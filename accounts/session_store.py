"""Django's sessions in the database, which are not written at every page.

And a database error is not treated as an ended session.
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import OperationalError

RENEWED_AFTER = timedelta(minutes=1)
"""A write takes as long as ten queries, and pages of one user come in quick succession."""


class SessionStore(db.SessionStore):
    _expires_at: datetime | None = None
    """When the session ends by its row, if it was read."""

    @property
    def is_due_for_renewal(self) -> bool:
        """Whether its end could be moved by more than a minute. Reads nothing: a session that was not used is not."""
        return self._expires_at is not None and self.get_expiry_date() - self._expires_at > RENEWED_AFTER

    def _get_session_from_db(self) -> Any:
        row = super()._get_session_from_db()  # type: ignore[misc]  # its stubs lack it
        self._expires_at = row and row.expire_date
        return row

    def save(self, must_create: bool = False) -> None:
        try:
            super().save(must_create)
        except UpdateError as error:
            # Django reports a locked table or a full disk like a deleted row, and the user would get a 400.
            if isinstance(error.__context__, OperationalError):
                raise error.__context__ from None
            raise
