"""Django's sessions in the database, whose outage is not taken for a session that has ended."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import OperationalError


class SessionStore(db.SessionStore):
    def save(self, must_create: bool = False) -> None:
        try:
            super().save(must_create)
        except UpdateError as error:
            # Django reports a locked table or a full disk as it reports a row that is gone: the user gets a 400.
            if isinstance(error.__context__, OperationalError):
                raise error.__context__ from None
            raise
