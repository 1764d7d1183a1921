"""What a company asks of its bills, and the error of each refusal."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from practice.company import BillRules, new_company, start_over
from tests.practice.bills import LINE, bill, causes, create, find
from tests.practice.gateway_client import GatewayClient


@dataclass
class Case:
    """A bill that is refused under `rules`, with the error, and the change that makes it accepted."""

    rules: dict[str, Any]
    error: tuple[str, str]
    header: dict[str, str] = field(default_factory=dict)
    line: dict[str, str] = field(default_factory=dict)
    fix_header: dict[str, str] = field(default_factory=dict)
    fix_line: dict[str, str] = field(default_factory=dict)


DIMENSION = "This transaction is missing the {} dimension for the Account {}"
GENERIC = "BL01001973"
CASES = {
    "a dimension that the company requires": Case(
        {"required_dimensions": ["CLASSID"]},
        ("BL03000018", DIMENSION.format("Class", "10005")),
        fix_line={"CLASSID": "C02"},
    ),
    "a user-defined dimension": Case(
        {"required_dimensions": ["GLDIMvehicle"]},
        ("BL03000018", DIMENSION.format("Vehicle", "10005")),
        fix_line={"GLDIMvehicle": "2"},
    ),
    "a dimension that the account requires": Case(
        {},
        ("BL03000018", DIMENSION.format("Department", "10000")),
        line={"ACCOUNTNO": "10000"},
        fix_line={"DEPARTMENTID": "002"},
    ),
    "no location at the top level": Case(
        {},
        ("BL03000018", "Use of empty Location is invalid. A valid Multi-Entity Location must be specified."),
        line={"LOCATIONID": ""},
        fix_line={"LOCATIONID": "100"},
    ),
    "a closed period": Case(
        {"closed_until": "2026-01-31"},
        (GENERIC, "Your transaction date (01/20/2026) is within a period that's been closed."),
        fix_header={"WHENCREATED": "02/01/2026"},
    ),
    "no number": Case(
        {},
        ("BL03002128", "Enter a Bill number, and try again."),
        header={"RECORDID": ""},
        fix_header={"RECORDID": "B-2"},
    ),
    "a number although Intacct assigns it": Case(
        {"numbers": "only assigned"},
        (
            GENERIC,
            "The bill number 'B-1' is not allowed. Bill numbers are assigned by a document sequence.",
        ),
        fix_header={"RECORDID": ""},
    ),
    "no submitted bills": Case(
        {"approval": "submit refused"},
        (GENERIC, "You are not allowed to submit bills because approval is required in this company."),
        header={"ACTION": "Submit"},
        fix_header={"ACTION": "Draft"},
    ),
    "no drafts": Case(
        {"approval": "draft refused"},
        (GENERIC, "Bills cannot be saved as drafts because approval is required in this company."),
        fix_header={"ACTION": "Submit"},
    ),
    "a small amount": Case(
        {"smallest_amount": 1.0},
        (GENERIC, "Smart Rule SMALLEST_AMOUNT Violated: The amount 0.01 is less than 1.0."),
        fix_line={"TRX_AMOUNT": "1"},
    ),
    "no currency": Case(
        {"currency": "required"},
        (GENERIC, "Required field CURRENCY is missing."),
        fix_header={"CURRENCY": "USD"},
    ),
    "an unknown currency": Case(
        {}, (GENERIC, "Invalid Currency 'XXX' specified."), header={"CURRENCY": "XXX"}, fix_header={"CURRENCY": "CAD"}
    ),
    "a currency that is not the vendor's": Case(
        {"currency": "of the vendor"},
        (GENERIC, "Currency USD is not valid for the vendor V00002."),
        header={"CURRENCY": "USD"},
        fix_header={"CURRENCY": ""},
    ),
    "an inactive vendor": Case(
        {},
        (GENERIC, "Activate the vendor V00012, then try again."),
        header={"VENDORID": "V00012"},
        fix_header={"VENDORID": "V00002"},
    ),
    "a vendor on hold": Case(
        {"vendors_on_hold": "refused"},
        (GENERIC, "The vendor V00035 is on hold. Remove the hold from the vendor, then try again."),
        header={"VENDORID": "V00035"},
        fix_header={"VENDORID": "V00002"},
    ),
    "an inactive account": Case(
        {},
        (GENERIC, "Account 10075 is not valid"),
        line={"ACCOUNTNO": "10075"},
        fix_line={"ACCOUNTNO": "10005"},
    ),
    "an unknown account": Case(
        {}, (GENERIC, "Invalid Glaccount 'X' specified."), line={"ACCOUNTNO": "X"}, fix_line={"ACCOUNTNO": "10005"}
    ),
    "an unknown department": Case(
        {}, (GENERIC, "Invalid Department 'X' specified."), line={"DEPARTMENTID": "X"}, fix_line={"DEPARTMENTID": "002"}
    ),
    "no due date": Case(
        {},
        (GENERIC, "Required field WHENDUE is missing."),
        header={"WHENDUE": ""},
        fix_header={"TERMNAME": "Net 30"},
    ),
    "an unknown action": Case(
        {},
        (GENERIC, "Invalid ACTION 'Post' specified. Use Draft or Submit."),
        header={"ACTION": "Post"},
        fix_header={"ACTION": "Draft"},
    ),
    "a date in another format": Case(
        {},
        (GENERIC, "Invalid WHENCREATED '2026-01-20' specified."),
        header={"WHENCREATED": "2026-01-20"},
        fix_header={"WHENCREATED": "01/20/2026"},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_bill_is_refused_with_its_cause_until_it_is_corrected(gateway: GatewayClient, case: Case) -> None:
    gateway.control(bill_rules=case.rules)
    refused = gateway.call(bill(LINE | case.line, **case.header))
    assert causes(refused) == [case.error]
    assert find(gateway) == []

    create(gateway, LINE | case.line | case.fix_line, **case.header | case.fix_header)


def test_a_renamed_dimension_is_named_as_the_company_names_it(gateway: GatewayClient) -> None:
    gateway.control(bill_rules={"required_dimensions": ["DEPARTMENTID"]}, term_labels={"DEPARTMENT": "Cost center"})
    assert causes(gateway.call(bill())) == [("BL03000018", DIMENSION.format("Cost center", "10005"))]


def test_all_causes_are_reported_at_once(gateway: GatewayClient) -> None:
    gateway.control(bill_rules={"required_dimensions": ["CLASSID", "ITEMID"], "closed_until": "2026-12-31"})
    assert len(causes(gateway.call(bill()))) == 3


# Entities


def test_an_entity_needs_no_location_and_owns_its_bills(gateway: GatewayClient) -> None:
    gateway.entity = "100"
    create(gateway, LINE | {"LOCATIONID": ""})
    (found,) = find(gateway, fields="MEGAENTITYID")
    assert found == {"MEGAENTITYID": "100"}


def test_an_entity_can_be_kept_from_vendors_of_the_top_level(gateway: GatewayClient) -> None:
    gateway.entity = "100"
    gateway.control(bill_rules={"top_level_vendors": False})
    words = "You cannot use the root level vendor V00002 from an entity."
    assert causes(gateway.call(bill())) == [(GENERIC, words)]


def test_a_vendor_of_another_entity_is_unknown(gateway: GatewayClient) -> None:
    gateway.entity = "200"
    assert causes(gateway.call(bill(VENDORID="V00033"))) == [(GENERIC, "Invalid Vendor 'V00033' specified.")]


# Numbers and states


@pytest.mark.parametrize(
    ("numbers", "sent", "stored"),
    [
        ("typed or assigned", "B-1", "B-1"),
        ("typed or assigned", "", "BILL-003001"),
        ("always assigned", "B-1", "BILL-003001"),
        ("only assigned", "", "BILL-003001"),
    ],
)
def test_bill_number_is_typed_or_assigned(gateway: GatewayClient, numbers: str, sent: str, stored: str) -> None:
    gateway.control(bill_rules={"numbers": numbers})
    key = create(gateway, RECORDID=sent)
    assert [row["RECORDNO"] for row in find(gateway, stored)] == [key]


def test_a_second_bill_with_one_number_can_be_refused(gateway: GatewayClient) -> None:
    create(gateway)
    create(gateway)
    gateway.control(bill_rules={"duplicate_numbers": "refused"})
    words = "Another Bill with the given value(s) B-1 already exists"
    assert causes(gateway.call(bill())) == [("BL34000061", words)]


@pytest.mark.parametrize(
    ("approval", "action", "state"),
    [
        ("off", "Submit", "Posted"),
        ("submitted", "Submit", "Submitted"),
        ("submitted", "Draft", "Draft"),
        ("draft submitted", "Draft", "Submitted"),
    ],
)
def test_approval_decides_the_state_of_a_bill(gateway: GatewayClient, approval: str, action: str, state: str) -> None:
    gateway.control(bill_rules={"approval": approval})
    create(gateway, ACTION=action)
    assert find(gateway, fields="STATE") == [{"STATE": state}]


# What is not known


def test_rules_can_spare_drafts(gateway: GatewayClient) -> None:
    gateway.control(behavior={"draft_rules": "records"}, bill_rules={"closed_until": "2026-12-31"})
    create(gateway, LINE | {"LOCATIONID": ""})
    assert len(causes(gateway.call(bill(LINE | {"LOCATIONID": ""}, ACTION="Submit")))) == 2


@pytest.mark.parametrize("custom_field", ["APBILLITEM", "VENDOR", ""])
def test_an_element_that_is_no_field_of_a_bill_is_ignored_or_refused(gateway: GatewayClient, custom_field: str) -> None:
    fields = [{"object": custom_field, "data_type": "URL", "label": "Link", "id": "BEANWORKS"}] if custom_field else []
    gateway.control(custom_fields=fields)
    create(gateway, BEANWORKS="https://example.com")
    gateway.control(behavior={"unknown_elements": "refused"})
    refused = gateway.call(bill(BEANWORKS="https://example.com", RECORDID="B-2"))
    assert causes(refused) == [("DL02000001", "Invalid fields list BEANWORKS")]


def test_a_company_keeps_its_rules_when_it_starts_over() -> None:
    company = new_company("A", "A", bill_rules=BillRules(closed_until="2026-01-31"))
    assert start_over(company).bill_rules.closed_until == "2026-01-31"
