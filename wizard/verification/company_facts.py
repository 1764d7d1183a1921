"""What Intacct reports about a company as a whole. It is stored as JSON in `Connection.company`.

entities: [{id, name, currency}]; multi_entity, multi_currency: bool; base_currency: text; applications: codes;
dimensions: [{object, label}], the user-defined ones; formatting: {locale, date_format, clock, offset_minutes}.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from core.fields import max_length_of
from core.text import without_bidi_controls
from intacct import functions, setup_replies
from intacct.errors import MisshapenReply
from intacct.reply import Data
from intacct.request import Function
from wizard.models import Connection, SyncProfile

log = logging.getLogger(__name__)
LONGEST_ID = max_length_of(Connection, "entity_id")
LONGEST_OBJECT = 1_000
"""Characters of a dimension's object name. Names in Intacct are far shorter."""
LONGEST_NAME = max_length_of(SyncProfile, "entity_name")
ASKED: Mapping[str, Callable[[], Function]] = {
    "applications": functions.get_applications,
    "dimensions": functions.get_dimensions,
    "financial_setup": functions.get_financial_setup,
    "entities": functions.read_entity_details,
}
"""By control ID. "formatting" and "permissions" are asked as well, but they need the user ID."""


def company_facts_from(data_of: Callable[[str], Data | None]) -> dict[str, Any]:
    """Return what these replies contain about the company. Leaves out what was refused or could not be read."""
    facts: dict[str, Any] = {}
    for name, read in _READ.items():
        try:
            facts |= read(data) if (data := data_of(name)) else {}
        except MisshapenReply:
            continue
        except Exception:
            log.exception("Intacct's answer about %s could not be read", name)
    return facts


def base_currency(company: Mapping[str, Any], entity_id: str) -> str:
    """The base currency of the entity, or of the company if the ID is blank or unknown; "" if it is not known."""
    currencies = {entity["id"]: entity.get("currency") for entity in company.get("entities", [])}
    return str(currencies.get(entity_id) or company.get("base_currency") or "")


def _applications(data: Data) -> dict[str, Any]:
    return {"applications": sorted(setup_replies.applications(data))}


def _dimensions(data: Data) -> dict[str, Any]:
    labels = {
        dimension.object: without_bidi_controls(dimension.term or dimension.label)
        for dimension in setup_replies.dimensions(data)
        if dimension.user_defined and 0 < len(dimension.object) <= LONGEST_OBJECT
    }
    return {"dimensions": [{"object": name, "label": label} for name, label in labels.items()]}


def _financial_setup(data: Data) -> dict[str, Any]:
    setup = setup_replies.financial_setup(data)
    return {
        "base_currency": setup.base_currency,
        "multi_currency": setup.multi_currency,
        "multi_entity": setup.multi_entity,
    }


def _entities(data: Data) -> dict[str, Any]:
    return {
        "entities": [
            {
                "id": entity.id,
                "name": without_bidi_controls(entity.name)[:LONGEST_NAME],
                "currency": entity.currency,
            }
            for entity in setup_replies.entities(data)
            # A user could choose a longer ID, but we could not store it. Intacct's own limit is 20 characters.
            if 0 < len(entity.id) <= LONGEST_ID
        ]
    }


def _formatting(data: Data) -> dict[str, Any]:
    shown = setup_replies.user_formatting(data)
    return {
        "formatting": {
            "locale": shown.locale,
            "date_format": shown.date_format,
            "clock": shown.clock,
            "offset_minutes": int(shown.offset.total_seconds() // 60),
        }
    }


_READ: Mapping[str, Callable[[Data], dict[str, Any]]] = {
    "applications": _applications,
    "dimensions": _dimensions,
    "financial_setup": _financial_setup,
    "entities": _entities,
    "formatting": _formatting,
}
