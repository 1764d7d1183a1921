"""Find the diagnosis of an error: what happened and what a user can do about it."""

import re

from intacct import errors as e
from intacct.diagnoses import TABLE, Diagnosis, Who
from intacct.i18n import gettext_noop as _

__all__ = ["BY_CAUSE", "Diagnosis", "Who", "diagnose", "facts"]

BY_CAUSE = {diagnosis.cause: diagnosis for diagnosis in TABLE.values()}
"""The diagnoses by cause, for a cause that was stored."""

SUBJECT = re.compile(r"(?:objects? of type|object definition|object type)\s+([\w./-]+)", re.IGNORECASE)
VALUE_FOR = re.compile(r"value for <(\w+)>")
VALUES = {"companyid": _("company ID"), "userid": _("user ID"), "password": _("password"), "locationid": _("entity ID")}


def diagnose(error: e.IntacctError) -> Diagnosis:
    """Return the diagnosis for the class of the error, or for the nearest class above it."""
    return next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)


def facts(
    error: e.IntacctError, *, company_id: str = "", user_id: str = "", sender_id: str = "", entity_id: str = ""
) -> dict[str, str]:
    """Return every value that the texts of a diagnosis may name, and the values that support asks for.

    All are plain strings without secrets. Two values are missing, since they are not about the error: `our_addresses`,
    from which our requests come, and `support_email`. The code that shows a text must add them.
    """
    return {
        "company_id": company_id,
        "user_id": user_id,
        "sender_id": sender_id,
        "entity_id": entity_id,
        "subject": _subject(error),
        "fields": ", ".join(name for _object, name in error.fields) if isinstance(error, e.FieldUnknown) else "",
        "said": error.said,
        "layer": error.layer,
        "errorno": error.errorno,
        "description": error.description,
        "description2": error.description2,
        "correction": error.correction,
        "additional": error.additional,
        "support_id": error.support_id,
        "control_id": error.control_id,
        "status": str(error.status or ""),
        "at": error.at.isoformat(timespec="seconds"),
    }


def _subject(error: e.IntacctError) -> str:
    """What the error is about: an object, or the name of the value that could not be sent."""
    if isinstance(error, e.UnsendableText) and (value := VALUE_FOR.search(error.said)):
        return VALUES.get(value[1], value[1])
    if isinstance(error, e.FieldUnknown):
        return next((owner.upper() for owner, _name in error.fields if owner), _("this"))
    subject = SUBJECT.search(error.said)
    return subject[1].upper() if subject else _("this")
