"""Django's sessions in the database, except that a database error is not treated as an ended session."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import OperationalError


class SessionStore(db.SessionStore):
    def save(self, must_create: bool = False) -> None:
        try:
            super().save(must_create)
        except UpdateError as error:
            # Django reports a locked table or a full disk like a deleted row, and the user would get a 400.
            if isinstance(error.__context__, OperationalError):
                raise error.__context__ from None
            raise
