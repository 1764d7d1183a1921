"""A test bill is created once, read back, and its results count."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import Customer, User
from audit.models import AuditEvent
from intacct.reply import Data
from intacct.xml import element
from tests.practice.screens import ScreenClient
from tests.wizard.practice_connection import PracticeConnection
from wizard.models import Finding, TestBill
from wizard.models.test_bill import DraftState
from wizard.services import Refused, look_for_test_bill, save_opened_link, save_plain_text, send_test_bill
from wizard.services.test_results import ask_about_bills, save_bill_state

from .conftest import Bills

pytestmark = pytest.mark.django_db
Phase = TestBill.Phase


def outcomes(bills: Bills) -> dict[str, tuple[str, str]]:
    bills.profile.connection.refresh_from_db()
    current = Finding.objects.current(bills.profile.connection)
    return {finding.check_slug: (finding.outcome, finding.cause) for finding in current}


def test_bill_is_created_as_a_draft_with_the_link(bills: Bills) -> None:
    test = bills.send()

    assert test.phase == Phase.STORED
    [bill] = bills.in_intacct()
    assert bill["RECORDID"] == test.number
    assert bill["STATE"] == test.bill_state == "Draft"
    assert bill["BEANWORKS"].endswith(f"/test-bill/{test.token.reveal()}/")


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
    given = {"Object": "APBILL", "Data_Type": "Text", "Label": "Beanworks", "Field_ID": "BEANWORKS"}
    screen.go("fields/add").fill(**given, Description="Link to Beanworks Invoice").press("Done")


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


def test_nothing_is_sent_without_confirmation(bills: Bills) -> None:
    with pytest.raises(Refused, match="Confirm"):
        send_test_bill(profile=bills.profile, actor=bills.actor, chosen=bills.chosen(), after=0, confirm=False)

    assert not TestBill.objects.exists()


def test_second_tab_creates_no_second_bill(bills: Bills) -> None:
    bills.send()

    with pytest.raises(Refused, match="Nothing else was sent"):
        send_test_bill(profile=bills.profile, actor=bills.actor, chosen=bills.chosen(), after=0, confirm=True)

    assert len(bills.in_intacct()) == 1


def test_database_accepts_one_open_test_per_connection(bills: Bills) -> None:
    test = bills.request()
    test.pk, test.position, test.number, test.control_id, test.token_hash = None, 2, "2", "2", "2"

    with pytest.raises(IntegrityError, match="one_open_test_bill"), transaction.atomic():
        test.save(force_insert=True)


def test_test_never_goes_back(bills: Bills) -> None:
    test = bills.send()

    with pytest.raises(ValueError, match="cannot become"):
        test.move(Phase.SENDING)


def test_lost_answer_is_settled_by_looking_for_the_bill(bills: Bills) -> None:
    bills.company.control("fault", name="truncated", function="create", calls=1)
    test = bills.send()

    assert test.phase == Phase.STORED
    assert len(bills.in_intacct()) == 1
    assert test.attempts == 2


def test_request_that_was_never_sent_is_sent_after_looking(bills: Bills) -> None:
    test = bills.request()
    TestBill.objects.filter(pk=test.pk).update(phase=Phase.SENDING, sent_at=test.created_at)

    assert bills.work(test).phase == Phase.STORED
    assert len(bills.in_intacct()) == 1


def test_bill_that_cannot_be_found_stays_unknown_and_nothing_more_is_sent(bills: Bills, administrator: User) -> None:
    bills.company.control("fault", name="bad-gateway", function="create")
    test = bills.send()

    assert (test.phase, bills.in_intacct()) == (Phase.UNSETTLED, [])

    bills.company.remove_fault()
    look_for_test_bill(test=test, actor=administrator)
    test = bills.work(test)

    assert (test.phase, test.cause, bills.in_intacct()) == (Phase.UNSETTLED, "bill_not_found", [])
    assert bills.send().phase == Phase.STORED


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


@pytest.mark.parametrize(
    ("function", "ended"), [("getAPISession", "test_bill.refused"), ("create", "test_bill.unsettled")]
)
def test_audit_log_says_whether_a_test_that_was_given_up_was_sent(bills: Bills, function: str, ended: str) -> None:
    bills.forget_sessions()
    bills.company.control("fault", name="bad-gateway", function=function)
    bills.send()

    assert AuditEvent.objects.latest("pk").action == ended


def test_nightly_check_sees_that_the_draft_is_gone(bills: Bills) -> None:
    test = bills.send()
    bills.company.verify_again()

    assert bills.fresh(test).bill_state == "Draft"

    screen = ScreenClient(bills.company.practice, bills.company.id).go(f"bills/{test.record_no}")
    screen.press("Delete")
    bills.company.verify_again()

    assert not bills.fresh(test).exists
    assert bills.fresh(test).verified_checks == ["custom_field", "perm.bills.add"]


def test_nightly_check_looks_for_earlier_bills_too(bills: Bills) -> None:
    first = bills.send()
    second = bills.send()
    ScreenClient(bills.company.practice, bills.company.id).go(f"bills/{first.record_no}").press("Delete")
    bills.company.verify_again()

    assert not bills.fresh(first).exists
    assert bills.fresh(second).exists


def test_nightly_check_sees_that_the_draft_was_posted(bills: Bills) -> None:
    test = bills.send()
    ScreenClient(bills.company.practice, bills.company.id).go(f"bills/{test.record_no}").press("Post")
    bills.company.verify_again()

    assert bills.fresh(test).bill_state == "Posted"


def test_bill_that_intacct_submits_at_once_is_known_as_such(bills: Bills) -> None:
    bills.company.control("", bill_rules={"approval": "draft submitted"})
    test = bills.send()
    bills.company.verify_again()

    assert bills.fresh(test).draft_state is DraftState.NOT_KEPT
    assert not AuditEvent.objects.filter(action="test_bill.state_changed").exists()


def test_state_in_another_language_is_compared_with_the_first_one(bills: Bills) -> None:
    bills.company.control("", behavior={"state_names": {"Draft": "Brouillon", "Posted": "Comptabilisé"}})
    test = bills.send()
    bills.company.verify_again()

    assert bills.fresh(test).draft_state is DraftState.UNCHANGED

    ScreenClient(bills.company.practice, bills.company.id).go(f"bills/{test.record_no}").press("Post")
    bills.company.verify_again()

    assert bills.fresh(test).draft_state is DraftState.CHANGED


def test_answer_about_an_older_bill_says_nothing_about_a_newer_one(bills: Bills) -> None:
    """A user checks whether the draft was deleted, and sends another test bill before Intacct answers."""
    bills.send()
    connection = bills.profile.connection
    deleted = {name: Data(element("data")) for name in ask_about_bills(connection)}
    second = bills.send()
    save_bill_state(connection, deleted.get)

    assert deleted
    assert bills.fresh(second).exists


def test_refused_sign_in_sends_nothing(bills: Bills, refused: PracticeConnection) -> None:
    with pytest.raises(Refused):
        bills.request()
