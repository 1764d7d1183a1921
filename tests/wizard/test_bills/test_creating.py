"""A test bill is created once and read back, and a verification looks at what became of it."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from audit.models import AuditEvent
from intacct.reply import Data
from intacct.xml import element
from tests.practice.screens import ScreenClient
from tests.wizard.practice_connection import PracticeConnection
from wizard.models import TestBill
from wizard.models.test_bill import DraftState
from wizard.services import Refused, look_for_test_bill, send_test_bill
from wizard.services.test_results import ask_about_bills, save_bill_state

from .conftest import Bills

pytestmark = pytest.mark.django_db
Phase = TestBill.Phase


def test_bill_is_created_as_a_draft_with_the_link(bills: Bills) -> None:
    test = bills.send()

    assert test.phase == Phase.STORED
    [bill] = bills.in_intacct()
    assert bill["RECORDID"] == test.number
    assert bill["STATE"] == test.bill_state == "Draft"
    assert bill["BEANWORKS"].endswith(f"/test-bill/{test.token.reveal()}/")


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
