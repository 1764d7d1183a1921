"""From an error to what a person can do about it."""

import re

from intacct import errors as e
from intacct.causes import TABLE, Diagnosis, Who
from intacct.words import gettext_noop as _

__all__ = ["BY_CAUSE", "Diagnosis", "Who", "diagnose", "facts"]

BY_CAUSE = {diagnosis.cause: diagnosis for diagnosis in TABLE.values()}
"""For a cause that was stored by its slug."""

SUBJECT = re.compile(r"(?:objects? of type|object definition)\s+([\w.]+)", re.IGNORECASE)


def diagnose(error: e.IntacctError) -> Diagnosis:
    """The entry for the error's own class, or for the nearest one above it."""
    return next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)


def facts(
    error: e.IntacctError, *, company_id: str = "", user_id: str = "", sender_id: str = "", entity_id: str = ""
) -> dict[str, str]:
    """Every value the texts of a diagnosis may name, and what support asks for. Plain strings, no secrets."""
    subject = SUBJECT.search(error.said)
    return {
        "company_id": company_id,
        "user_id": user_id,
        "sender_id": sender_id,
        "entity_id": entity_id,
        "subject": subject[1].upper() if subject else _("this"),
        "said": error.said,
        "layer": error.layer,
        "errorno": error.errorno,
        "description": error.description,
        "description2": error.description2,
        "correction": error.correction,
        "support_id": error.support_id,
        "control_id": error.control_id,
        "status": str(error.status or ""),
        "at": error.at.isoformat(timespec="seconds"),
    }
