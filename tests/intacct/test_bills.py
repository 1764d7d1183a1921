"""The request that creates a draft bill, and what its refusals mean."""

from datetime import date

import pytest
from lxml import etree

from intacct import classify
from intacct.bill_refusals import DIAGNOSES, diagnose_bill
from intacct.bills import DraftBill, create_bill, day_text, find_bill
from intacct.errors import ErrorText, UnknownError
from intacct.functions import lookup
from intacct.request import Login, Sender, build
from intacct.secret import Secret

SENDER = Sender("Sender", Secret("s"))
LOGIN = Login("ACME", "Beanworks", Secret("u"))
DAY = date(2026, 3, 9)
LINK = "https://connect.example.com/test-bill/t0k3n/"
BILL = DraftBill("BEANWORKS-TEST-20260309-1", "Test 1", "V1", "6000", DAY, LINK, coding={"LOCATIONID": "100"})
REFUSALS = [
    ("PL04000005", "You do not have permission for API operation CREATE on objects of type APBILL", "bill_add_missing"),
    ("BL01001973", "Invalid field BEANWORKS specified.", "bill_field_refused"),
    ("XL03000003", "Element 'BEANWORKS': This element is not expected.", "bill_field_refused"),
    ("BL01001973", "Vendor V1 is on hold.", "bill_vendor_on_hold"),
    ("BL01001973", "Top-level vendors cannot be used in entity 100.", "bill_vendor_of_top_level"),
    ("BL01001973", "The vendor V1 is inactive.", "bill_vendor_inactive"),
    ("BL01001973", "GL account 6000 is not active.", "bill_account_inactive"),
    ("BL01001973", "The date 03/09/2026 falls in a closed period.", "bill_period_closed"),
    ("BL01001973", "Books are closed for this date.", "bill_period_closed"),
    ("BL01001973", "Bill number is assigned by the document sequence.", "bill_number_not_allowed"),
    ("BL01001973", "This transaction needs an approval policy.", "bill_approval_required"),
    ("BL01001973", "Currency CAD is not valid for this vendor.", "bill_currency_refused"),
    ("BL01001973", "The amount is less than the minimum.", "bill_amount_refused"),
    ("BL03000018", "Department is required for this transaction.", "bill_dimension_required"),
    ("BL01001973", "Required field LOCATIONID is missing.", "bill_dimension_required"),
    ("BL03000018", "This transaction is missing the Vehicle dimension for the Account 6000", "bill_dimension_required"),
    (
        "BL03000018",
        "This transaction is missing the Approved by dimension for the Account 1",
        "bill_dimension_required",
    ),
    (
        "BL03000018",
        "This transaction is missing the Currency zone dimension for the Account 1",
        "bill_dimension_required",
    ),
    ("BL01001973", "The GL posting date falls in a locked period.", "bill_period_closed"),
    (
        "BL03000018",
        "Use of empty Location is invalid. A valid Multi-Entity Location must be specified.",
        "bill_dimension_required",
    ),
    ("BL01001973", "Your transaction date (03/09/2026) is within a period that's been closed.", "bill_period_closed"),
    ("BL01001973", "Activate the vendor V1, then try again.", "bill_vendor_inactive"),
    ("BL01001973", "Account 6000 is not valid", "bill_account_inactive"),
    ("BL01001973", "Smart Rule SMALL Violated: The amount 0.01 is less than 1.", "bill_amount_refused"),
    ("DL02000001", "Invalid fields list BEANWORKS", "bill_field_refused"),
    ("BL34000061", "Another Bill with the given value(s) B-1 already exists", "bill_number_used"),
    ("BL01001973", "The moon is not full.", "record_refused"),
    ("", "Something else happened.", "record_refused"),
    ("PL04000005", "Purchasing module is not subscribed", "not_subscribed"),
]


def sent(bill: DraftBill = BILL) -> etree._Element:
    return etree.fromstring(build(SENDER, LOGIN, [create_bill(bill, "c-1")], control_id="r-1"))


def test_bill_is_a_draft_with_one_line_and_the_link() -> None:
    bill = sent().find(".//create/APBILL")

    assert bill is not None
    assert bill.findtext("ACTION") == "Draft"
    assert bill.findtext("BEANWORKS") == LINK
    assert bill.findtext("WHENCREATED") == "03/09/2026"
    assert bill.find("CURRENCY") is None
    [line] = bill.findall("APBILLITEMS/APBILLITEM")
    assert {part.tag: part.text for part in line} == {
        "ACCOUNTNO": "6000",
        "TRX_AMOUNT": "0.01",
        "ENTRYDESCRIPTION": "Test 1",
        "LOCATIONID": "100",
    }


def test_only_a_bill_is_created_with_a_unique_control_id() -> None:
    other = etree.fromstring(build(SENDER, LOGIN, [lookup("APBILL"), find_bill("B-1", "Test 1")], control_id="r-1"))

    assert sent().findtext("control/uniqueid") == "true"
    assert sent().find(".//function").get("controlid") == "c-1"  # type: ignore[union-attr]
    assert other.findtext("control/uniqueid") == "false"


@pytest.mark.parametrize(("pattern", "text"), [("/mdY", "03/09/2026"), (".dmY", "09.03.2026"), ("", "03/09/2026")])
def test_day_is_written_in_the_format_of_the_user(pattern: str, text: str) -> None:
    assert day_text(DAY, pattern) == text


@pytest.mark.parametrize(("number", "words", "cause"), REFUSALS)
def test_refusal_becomes_a_diagnosis(number: str, words: str, cause: str) -> None:
    generic = ErrorText("BL01001973", description2="Currently, we can't create the transaction 'BEANWORKS-TEST-1'")
    error = classify.classify("result", 200, [ErrorText(number, description2=words), generic])

    assert diagnose_bill(error)[0] == cause


def test_every_diagnosis_of_the_table_has_a_refusal_here() -> None:
    assert {diagnosis.cause for diagnosis in DIAGNOSES} <= {cause for _number, _words, cause in REFUSALS}


MISSING = "This transaction is missing the {} dimension for the Account 6000"


@pytest.mark.parametrize(
    ("texts", "named"),
    [
        (["Department is required."], "Department"),
        (["Required field LOCATIONID is missing."], "LOCATIONID"),
        ([MISSING.format("Grant program")], "Grant program"),
        ([MISSING.format("Project class")], "Project class"),
        ([MISSING.format("Department"), MISSING.format("Grant program")], "Department, Grant program"),
        ([MISSING.format("Department"), MISSING.format("Department")], "Department"),
        (
            [MISSING.format("Department"), "Use of empty Location is invalid, it must be specified."],
            "Department, Location",
        ),
        (["Department, Class and Project are required."], "Department, Class and Project"),
        ([MISSING.format("Department"), "The vendor V1 has no class."], "Department"),
    ],
)
def test_refusal_names_every_missing_dimension(texts: list[str], named: str) -> None:
    errors = [ErrorText(description2=text) for text in texts]
    _cause, facts = diagnose_bill(UnknownError(layer="result", errors=errors))

    assert facts["field"] == named
