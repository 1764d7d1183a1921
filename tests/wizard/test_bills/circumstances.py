"""In which companies Intacct refuses a test bill, for tests that send one over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

IN_TWO_DAYS = (timezone.now() + timedelta(days=2)).date().isoformat()


@dataclass(frozen=True)
class Circumstance:
    """What Intacct refuses, and what the user reads.

    company: what differs in the state of the practice company. known: what differs in what we know about the company.
    revoked: rows of the role. records: which record is chosen, by the name of the form's field: an object and the
    values that its record has. typed: further values of the form. entity_id: of the sync profile. words: of the page.
    is_number_taken: another bill has the number of the next test.
    """

    cause: str
    words: tuple[str, ...]
    company: Mapping[str, Any] = field(default_factory=dict)
    known: Mapping[str, Any] = field(default_factory=dict)
    revoked: tuple[str, ...] = ()
    records: Mapping[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    entity_id: str = ""
    is_number_taken: bool = False
    fault: Mapping[str, str] = field(default_factory=dict)


def _rules(**rules: Any) -> dict[str, Any]:
    return {"bill_rules": rules}


CIRCUMSTANCES = (
    Circumstance("bill_add_missing", ("may not add bills", "Select List, View and Add"), revoked=("bills:Add",)),
    Circumstance(
        "bill_field_refused",
        ("Bills have no field BEANWORKS",),
        {"custom_fields": [], "behavior": {"unknown_elements": "refused"}},
    ),
    Circumstance(
        "bill_vendor_on_hold",
        ("The vendor is on hold in Intacct",),
        _rules(vendors_on_hold="refused"),
        records={"VENDORID": ("VENDOR", {"STATUS": "active", "ONHOLD": "true"})},
    ),
    Circumstance(
        "bill_vendor_of_top_level",
        ("Intacct does not accept this vendor in this entity",),
        {"multi_entity": True, "entities": [{"id": "100", "name": "East"}], **_rules(top_level_vendors=False)},
        records={"VENDORID": ("VENDOR", {"STATUS": "active", "ONHOLD": "false", "MEGAENTITYID": ""})},
        entity_id="100",
    ),
    Circumstance(
        "bill_vendor_inactive",
        ("The vendor is inactive in Intacct",),
        records={"VENDORID": ("VENDOR", {"STATUS": "inactive"})},
    ),
    Circumstance(
        "bill_account_inactive",
        ("The account is inactive in Intacct",),
        records={"ACCOUNTNO": ("GLACCOUNT", {"STATUS": "inactive"})},
    ),
    Circumstance(
        "bill_period_closed", ("The accounting period", "is closed in Intacct"), _rules(closed_until=IN_TWO_DAYS)
    ),
    Circumstance(
        "bill_number_not_allowed",
        ("Intacct numbers bills itself", "document sequence"),
        _rules(numbers="only assigned"),
    ),
    Circumstance(
        "bill_approval_required", ("do not accept this bill", "approval rules"), _rules(approval="draft refused")
    ),
    Circumstance(
        "bill_currency_refused",
        ("Intacct does not accept the bill’s currency", "Currency USD is not valid for the vendor"),
        {"multi_currency": True, **_rules(currency="of the vendor")},
        known={"multi_currency": True},
        records={"VENDORID": ("VENDOR", {"STATUS": "active", "ONHOLD": "false", "CURRENCY": "CAD"})},
        typed={"CURRENCY": "USD"},
    ),
    Circumstance("bill_amount_refused", ("does not accept the amount 0.01",), _rules(smallest_amount=1.0)),
    Circumstance(
        "bill_dimension_required",
        ("Intacct requires this on bills: Project, Class",),
        _rules(required_dimensions=["PROJECTID", "CLASSID"]),
    ),
    Circumstance("bill_dimension_required", ("Intacct requires this on bills: Location",), {"multi_entity": True}),
    Circumstance(
        "bill_number_used",
        ("A bill with this number exists",),
        _rules(duplicate_numbers="refused"),
        is_number_taken=True,
    ),
    Circumstance(
        "record_refused",
        ("The moon is not full",),
        fault={"name": "not-authorized", "function": "create", "layer": "result", "errorno": "BL9"}
        | {"words": "The moon is not full"},
    ),
)
