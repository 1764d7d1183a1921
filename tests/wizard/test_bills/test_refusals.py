"""Each refusal of a test bill becomes words, creates nothing, and keeps what was chosen."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from wizard.models import TestBill

from .conftest import Bills

pytestmark = pytest.mark.django_db
TOMORROW = (timezone.now() + timedelta(days=2)).date().isoformat()
RULES: dict[str, dict[str, Any]] = {
    "bill_dimension_required": {"required_dimensions": ["PROJECTID"]},
    "bill_period_closed": {"closed_until": TOMORROW},
    "bill_number_not_allowed": {"numbers": "only assigned"},
    "bill_approval_required": {"approval": "draft refused"},
    "bill_amount_refused": {"smallest_amount": 1.0},
}
REFUSED_RECORDS = {
    "bill_vendor_inactive": ("VENDORID", "VENDOR", {"STATUS": "inactive"}),
    "bill_account_inactive": ("ACCOUNTNO", "GLACCOUNT", {"STATUS": "inactive"}),
    "bill_vendor_on_hold": ("VENDORID", "VENDOR", {"STATUS": "active", "ONHOLD": "true"}),
}


@pytest.mark.parametrize("cause", RULES)
def test_rule_of_the_company_refuses_the_bill(bills: Bills, cause: str) -> None:
    bills.company.control("", bill_rules=RULES[cause])
    test = bills.send()

    assert (test.phase, test.cause) == (TestBill.Phase.REFUSED, cause)
    assert bills.in_intacct() == []


@pytest.mark.parametrize("cause", REFUSED_RECORDS)
def test_record_that_changed_since_the_sync_is_refused(bills: Bills, cause: str) -> None:
    name, object_name, wanted = REFUSED_RECORDS[cause]
    bills.company.control("", bill_rules={"vendors_on_hold": "refused"})
    test = bills.send(**{name: bills.first(object_name, name, **wanted)})

    assert (test.phase, test.cause) == (TestBill.Phase.REFUSED, cause)
    assert bills.in_intacct() == []


def test_missing_dimension_is_named(bills: Bills) -> None:
    bills.company.control("", bill_rules=RULES["bill_dimension_required"])

    assert "project" in bills.send().facts["field"].lower()


def test_missing_field_is_refused_or_ignored(bills: Bills) -> None:
    bills.company.control("", custom_fields=[])
    ignored = bills.send()
    bills.company.control("", behavior={"unknown_elements": "refused"})
    refused = bills.send()

    assert (ignored.phase, ignored.cause) == (TestBill.Phase.NOT_STORED, "link_not_stored")
    assert (refused.phase, refused.cause) == (TestBill.Phase.REFUSED, "bill_field_refused")


def test_number_that_intacct_assigns_is_shown(bills: Bills) -> None:
    bills.company.control("", bill_rules={"numbers": "always assigned"})
    test = bills.send()

    assert test.phase == TestBill.Phase.STORED
    [bill] = bills.in_intacct()
    assert test.number == bill["RECORDID"]


def test_entities_may_number_their_bills_the_same(bills: Bills) -> None:
    """Intacct can count the bills of each entity for itself."""
    bills.company.control("", bill_rules={"numbers": "always assigned"})
    first = bills.send()
    number, position = first.number.split("-")
    TestBill.objects.update(number=f"{number}-{int(position) + 1:06}")
    second = bills.send()

    assert (second.phase, second.number) == (TestBill.Phase.STORED, bills.fresh(first).number)


def test_lost_answer_is_settled_even_if_intacct_numbers_the_bill(bills: Bills) -> None:
    bills.company.control("", bill_rules={"numbers": "always assigned"})
    bills.company.control("fault", name="truncated", function="create", calls=1)

    assert bills.send().phase == TestBill.Phase.STORED
    assert len(bills.in_intacct()) == 1


def test_any_other_refusal_is_shown_as_intacct_reported_it(bills: Bills) -> None:
    bills.company.control(
        "fault", name="not-authorized", function="create", layer="result", errorno="BL9", words="The moon is not full"
    )
    test = bills.send()

    assert (test.phase, test.cause) == (TestBill.Phase.REFUSED, "record_refused")
    assert "The moon is not full" in test.facts["said"]
