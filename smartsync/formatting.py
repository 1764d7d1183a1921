from datetime import timedelta

from intacct.records import UserFormatting
from wizard.models import Connection


def formatting_of(connection: Connection) -> UserFormatting | None:
    """How the API user's clock and dates are, if the last verification could tell."""
    known = connection.company.get("formatting")
    if not known:
        return None
    return UserFormatting(
        known["locale"], known["date_format"], known["clock"], timedelta(minutes=known["offset_minutes"])
    )
