"""What Intacct does with a test bill that is not simply accepted. `test_refusals_browser` has the table of refusals."""

import pytest

from wizard.models import TestBill

from .conftest import Bills

pytestmark = pytest.mark.django_db


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
