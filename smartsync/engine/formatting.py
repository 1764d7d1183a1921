"""How the Web Services user's Intacct writes dates and times."""

from datetime import timedelta

from intacct.setup_replies import UserFormatting
from wizard.models import Connection


def formatting_of(connection: Connection) -> UserFormatting | None:
    """The Web Services user's time zone and date format, if the last verification found them out."""
    stored = connection.company.get("formatting")
    if not stored:
        return None
    return UserFormatting(
        stored["locale"], stored["date_format"], stored["clock"], timedelta(minutes=stored["offset_minutes"])
    )
