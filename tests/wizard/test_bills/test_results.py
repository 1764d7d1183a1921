"""What a test bill shows counts as results of checks, until the role, the field or the credentials change."""

import pytest
from django.test import Client

from accounts.models import Customer, User
from audit.models import AuditEvent
from tests.practice.screens import ScreenClient
from wizard.models import Finding, TestBill
from wizard.services import save_opened_link, save_plain_text

from .conftest import Bills

pytestmark = pytest.mark.django_db
Phase = TestBill.Phase


def outcomes(bills: Bills) -> dict[str, tuple[str, str]]:
    bills.profile.connection.refresh_from_db()
    current = Finding.objects.current(bills.profile.connection)
    return {finding.check_slug: (finding.outcome, finding.cause) for finding in current}


def test_results_are_verified_and_stay_when_verification_runs_again(bills: Bills) -> None:
    before = outcomes(bills)
    test = bills.send()
    created = outcomes(bills)
    save_opened_link(test=test, browser="Firefox")
    bills.company.verify_again()

    assert before["perm.bills.add"] == ("cannot_tell", "right_unproved")
    assert created["perm.bills.add"] == ("passed", "")
    assert created["custom_field_type"] == ("cannot_tell", "field_type_untold")
    assert outcomes(bills)["perm.bills.add"] == outcomes(bills)["custom_field_type"] == ("passed", "")
    assert outcomes(bills)["perm.pay-bills"] == ("cannot_tell", "right_unproved")


def test_results_end_when_the_field_or_the_role_fails(bills: Bills) -> None:
    test = bills.send()
    save_opened_link(test=test, browser="Firefox")
    bills.company.control("permissions", revoke=["bills"])
    bills.company.verify_again()

    assert bills.fresh(test).verified_checks == ["custom_field", "custom_field_type"]

    bills.company.control("", custom_fields=[])
    bills.company.verify_again()

    assert bills.fresh(test).verified_checks == []


def test_results_end_when_the_field_was_created_again(bills: Bills) -> None:
    """Its new values look right to `lookup`. But the bill has lost its link."""
    first = bills.send()
    second = bills.send()
    save_opened_link(test=second, browser="Firefox")
    create_field_again_as_text(bills)
    bills.company.verify_again()

    assert outcomes(bills)["custom_field"] == ("passed", "")
    assert outcomes(bills)["custom_field_type"] == ("cannot_tell", "field_type_untold")
    assert bills.fresh(first).verified_checks == bills.fresh(second).verified_checks == ["perm.bills.add"]
    assert AuditEvent.objects.filter(action="test_bill.outdated").count() == 2


def test_test_of_the_new_field_counts(bills: Bills) -> None:
    """Also if an older test bill has lost its link."""
    first = bills.send()
    create_field_again_as_text(bills)
    second = bills.send()
    save_opened_link(test=second, browser="Firefox")
    bills.company.verify_again()

    assert outcomes(bills)["custom_field_type"] == ("passed", "")
    assert bills.fresh(first).verified_checks == ["perm.bills.add"]
    assert len(bills.fresh(second).verified_checks) == 3


def create_field_again_as_text(bills: Bills) -> None:
    screen = ScreenClient(bills.company.practice, bills.company.id).go("fields")
    screen.press("Delete BEANWORKS")
    texts = {"Label": "Beanworks", "Field_ID": "BEANWORKS", "Description": "Link to Beanworks Invoice"}
    screen.create_field(object="APBILL", data_type="Text", **texts)


def test_result_ends_when_the_user_has_another_role(bills: Bills) -> None:
    """Intacct shows it only if the role lets the user read roles."""
    bills.company.control("permissions", grant=["roles:List", "roles:View"])
    bills.company.verify_again()
    test = bills.send()
    save_opened_link(test=test, browser="Firefox")
    bills.company.verify_again()

    assert len(bills.fresh(test).verified_checks) == 3

    state = bills.state()
    roles = state["users"]["Beanworks"]["roles"]
    rights = state["roles"][roles[0]]["rights"] | {"bills": ["List", "View"]}
    bills.company.control("", roles={"Bill readers": {"name": "Bill readers", "rights": rights}})
    bills.company.control("", users={"Beanworks": {"roles": ["Bill readers"]}})
    bills.company.verify_again()

    assert bills.fresh(test).verified_checks == ["custom_field", "custom_field_type"]
    assert outcomes(bills)["perm.bills.add"] == ("cannot_tell", "right_unproved")


def test_results_end_with_the_credentials(bills: Bills) -> None:
    bills.send()
    bills.company.verify(user_id="Beanworks")
    bills.company.work(bills.company.enter())

    assert outcomes(bills)["perm.bills.add"] == ("cannot_tell", "right_unproved")


def test_missing_add_is_a_problem_of_the_role_until_it_is_checked_again(bills: Bills) -> None:
    bills.company.control("permissions", revoke=["bills:Add"])
    test = bills.send()

    assert (test.phase, test.cause) == (Phase.REFUSED, "bill_add_missing")
    assert outcomes(bills)["perm.bills.add"] == ("failed", "bill_add_missing")
    assert bills.in_intacct() == []

    bills.company.control("permissions", grant=["bills"])

    assert bills.send().phase == Phase.STORED
    assert outcomes(bills)["perm.bills.add"] == ("passed", "")


def test_refused_bill_is_on_the_connection_and_on_the_board(bills: Bills, success: User) -> None:
    Customer.objects.update(success_manager=success)
    bills.company.control("permissions", revoke=["bills:Add"])
    bills.send()

    for user, address in ((bills.actor, f"/connection/{bills.profile.connection_id}/"), (success, "/beanworks/board/")):
        browser = Client()
        browser.force_login(user)

        assert "may not add bills" in browser.get(address).content.decode()


def test_plain_text_is_a_problem_of_the_field(bills: Bills) -> None:
    test = bills.send()
    save_plain_text(test=test, actor=None)

    assert outcomes(bills)["custom_field_type"] == ("failed", "field_shown_as_text")


def test_created_bill_that_cannot_be_read_back_shows_that_bills_can_be_added(bills: Bills) -> None:
    bills.company.control("fault", name="bad-gateway", function="read")
    test = bills.send()

    assert (test.phase, bool(test.record_no)) == (Phase.UNSETTLED, True)
    assert test.verified_checks == ["perm.bills.add"]
    assert outcomes(bills)["perm.bills.add"] == ("passed", "")

    bills.company.control("permissions", revoke=["bills"])
    bills.company.remove_fault()
    bills.company.verify_again()

    assert bills.fresh(test).verified_checks == []


def test_opened_link_shows_that_a_bill_with_a_lost_answer_was_added(bills: Bills) -> None:
    bills.company.control("fault", name="bad-gateway", function="create")
    test = bills.send()
    save_opened_link(test=test, browser="Firefox")

    assert test.phase == Phase.UNSETTLED
    assert bills.fresh(test).verified_checks == ["custom_field_type", "perm.bills.add"]
