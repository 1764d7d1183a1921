"""A test bill is created once, read back, and its results count."""

import pytest

from wizard.models import Finding, TestBill

from .conftest import Bills

pytestmark = pytest.mark.django_db


def outcomes(bills: Bills) -> dict[str, str]:
    return {finding.check_slug: finding.outcome for finding in Finding.objects.current(bills.profile.connection)}


def test_bill_is_created_as_a_draft_with_the_link(bills: Bills) -> None:
    test = bills.send()

    assert test.phase == TestBill.Phase.STORED
    [bill] = bills.in_intacct()
    assert bill["RECORDID"] == test.number
    assert bill["STATE"] == "Draft"
    assert bill["BEANWORKS"].endswith(f"/test-bill/{test.token.reveal()}/")
    assert test.bill_state == "Draft"
    assert outcomes(bills)["perm.bills.add"] == "passed"
