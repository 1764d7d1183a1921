"""A worker creates a test bill and reads it back.

Whether anything was sent is saved before it is sent. If that is saved, the worker first looks for the bill, because an
answer may have been lost. If Intacct does not have it, the worker sends the same control ID, which Intacct accepts only
once.
"""

from collections.abc import Sequence
from datetime import date

from django.conf import settings
from django.db import transaction
from django.shortcuts import resolve_url
from django.utils import timezone

from core.fields import max_length_of
from core.leases import renew_periodically
from core.links import absolute_url
from intacct import errors as e
from intacct.bill_refusals import ADD_MISSING, diagnose_bill
from intacct.bills import DraftBill, create_bill, find_bill, read_bill
from intacct.catalogue import CUSTOM_FIELD
from intacct.diagnoses import facts
from intacct.records import Record
from intacct.request import Function
from intacct.session import Session
from wizard.diagnoses import OwnError, cause_of, storable_facts
from wizard.models import Connection, Outcome, TestBill
from wizard.models.test_bill import ADD, FIELD
from wizard.services.events import record
from wizard.services.sessions import session_for
from wizard.services.test_results import save_passed, save_test_results
from wizard.verification.check import Answer
from wizard.verification.company_facts import base_currency

Phase = TestBill.Phase
HEADER = ("VENDORID", "ACCOUNTNO", "WHENCREATED", "CURRENCY")
"""What was chosen for the bill itself. All else is coding of its line."""
INTERRUPTED = "interrupted"
UNSPECIFIC = {"record_refused", "bill_number_used"}
FAILED: dict[str, TestBill.Phase] = {
    Phase.QUEUED: Phase.REFUSED,
    Phase.SENDING: Phase.UNSETTLED,
    Phase.CREATED: Phase.UNSETTLED,
    Phase.UNSETTLED: Phase.UNSETTLED,
}
"""How a test ends that failed in a phase: as long as nothing was sent, we know that there is no bill."""
ENDED: dict[str, str] = {
    Phase.STORED: "test_bill.stored",
    Phase.NOT_STORED: "test_bill.not_stored",
    Phase.REFUSED: "test_bill.refused",
    Phase.UNSETTLED: "test_bill.unsettled",
}
LONGEST_STATE, LONGEST_NUMBER = max_length_of(TestBill, "bill_state"), max_length_of(TestBill, "number")


class NotFound(OwnError):
    """Intacct does not show the bill, or not yet."""

    cause = "bill_not_found"


def work_on_test_bill(test: TestBill) -> None:
    """Do all of a claimed test. Raises an error if it must be repeated, and LeaseLost if another worker has it."""
    with renew_periodically(test):
        try:
            _work(test)
        except e.IntacctError as error:
            _explain(test, error, cause_of(error))
            if test.phase != Phase.UNSETTLED and (test.phase != Phase.QUEUED or error.retryable):
                raise
            _end(test, FAILED[test.phase])


def give_up_test_bill(test: TestBill) -> None:
    """End a test that failed repeatedly, in the caller's transaction. The last refusal or failure of Intacct stays."""
    test.cause = test.cause or INTERRUPTED
    _finish(test, FAILED[test.phase])


def cut_off_test_bill(test: TestBill, cause: str) -> None:
    """End a test, whether a worker has it or not, in the caller's transaction. The caller holds the connection."""
    test.cause = cause
    _finish(test, FAILED[test.phase])
    record_end(test)


def record_end(test: TestBill) -> None:
    record(ENDED[test.phase], test.connection, None, number=test.number)


def link_of(test: TestBill) -> str:
    return absolute_url(resolve_url("test_bill:link", test.token.reveal()))


def _work(test: TestBill) -> None:
    session = session_for(test.connection, work=test, priority="check")
    if test.profile.entity_id:
        session = session.entity(test.profile.entity_id)
    session.login()
    if test.phase == Phase.QUEUED:
        _save(test, Phase.SENDING, sent_at=timezone.now())
        _create(test, session)
    elif not test.record_no:
        _find_or_create(test, session)
    elif test.phase == Phase.UNSETTLED:
        _save(test, Phase.CREATED)
    if test.phase == Phase.CREATED:
        _read_back(test, session)


def _find_or_create(test: TestBill, session: Session) -> None:
    rows = _call(session, find_bill(test.number, test.description))
    record_no = next((row["RECORDNO"] for row in rows if row.get("DESCRIPTION") == test.description), "")
    if record_no:
        _save_created(test, record_no)
    elif test.phase == Phase.UNSETTLED:
        # A user asked us to look, not to send.
        raise NotFound("Intacct has no bill with this number")
    else:
        _create(test, session, is_first=False)


def _create(test: TestBill, session: Session, *, is_first: bool = True) -> None:
    formatting = test.connection.company.get("formatting") or {}
    function = create_bill(_bill(test), test.control_id, formatting.get("date_format", ""))
    try:
        [created] = _call(session, function, repeat=False)
    except e.IntacctError as error:
        cause, named = diagnose_bill(error)
        # Intacct refuses a control ID that it has seen, in words that no document quotes. Then we look again.
        is_settled = is_first or cause not in UNSPECIFIC
        if error.layer == "transport" or error.retryable or not is_settled:
            raise
        _explain(test, error, cause, **named)
        _end(test, Phase.REFUSED)
    else:
        _save_created(test, created["RECORDNO"])


def _bill(test: TestBill) -> DraftBill:
    chosen, connection = test.chosen, test.connection
    currency = chosen.get("CURRENCY", "")
    return DraftBill(
        number=test.number,
        description=test.description,
        vendor_id=chosen["VENDORID"],
        account_no=chosen["ACCOUNTNO"],
        day=date.fromisoformat(chosen["WHENCREATED"]),
        link=link_of(test),
        currency=currency,
        base_currency=base_currency(connection.company, test.profile.entity_id) if currency else "",
        coding={name: code for name, code in chosen.items() if name not in HEADER},
    )


def _read_back(test: TestBill, session: Session) -> None:
    rows = _call(session, read_bill(test.record_no))
    if not rows:
        raise NotFound("Intacct does not show the bill yet")
    stored = rows[0].get(CUSTOM_FIELD.id, "")
    test.bill_state, test.bill_checked_at = rows[0].get("STATE", "")[:LONGEST_STATE], timezone.now()
    test.created_state = test.created_state or test.bill_state
    # The company may number bills itself.
    test.number = rows[0].get("RECORDID", "")[:LONGEST_NUMBER] or test.number
    if stored == link_of(test):
        test.cause, test.facts = "", {}
        _end(test, Phase.STORED)
    else:
        test.cause = "link_not_stored"
        test.facts = storable_facts({"wanted": CUSTOM_FIELD.id, "found": stored or "–"})
        _end(test, Phase.NOT_STORED)


def _call(session: Session, function: Function, *, repeat: bool = True) -> Sequence[Record]:
    function = function if function.control_id else function.with_id("f1")
    return session.call(function, repeat=repeat)[function.control_id].or_raise().records


def _explain(test: TestBill, error: e.IntacctError, cause: str, **named: str) -> None:
    """Keep what Intacct reported, also if the test goes on: the last report stays if the test is given up."""
    known = {"company_id": test.company_id, "user_id": test.user_id, "entity_id": test.profile.entity_id}
    test.cause = cause
    test.facts = storable_facts(facts(error, sender_id=settings.INTACCT_SENDER_ID, **known) | named)


@transaction.atomic
def _save(test: TestBill, phase: TestBill.Phase, **fields: object) -> None:
    test.advance()
    test.move(phase, **fields)
    test.save(update_fields=["phase", *fields])


@transaction.atomic
def _save_created(test: TestBill, record_no: str) -> None:
    """Save that Intacct has the bill, and so that the user may add bills, also if it cannot be read back."""
    _lock_connection(test)
    _save(test, Phase.CREATED, record_no=record_no)
    save_passed(test, ADD)


def _lock_connection(test: TestBill) -> None:
    """Lock the connection before the test, as everywhere. The lock is needed to save results."""
    test.connection = Connection.objects.select_for_update().get(pk=test.connection_id)


@transaction.atomic
def _end(test: TestBill, phase: TestBill.Phase) -> None:
    _lock_connection(test)
    test.hold()
    _finish(test, phase)
    _save_results(test)
    record_end(test)


def _finish(test: TestBill, phase: TestBill.Phase) -> None:
    # Someone may have opened the link since the test was claimed, and `finish` saves every field.
    test.refresh_from_db(fields=["opened_at", "opened_with", "shown_as_text_at", "verified_checks"])
    if test.phase != phase:
        test.move(phase)
    test.finish()


def _save_results(test: TestBill) -> None:
    if test.phase == Phase.STORED:
        save_passed(test, FIELD)
    elif test.phase == Phase.NOT_STORED:
        save_test_results(test, {FIELD: Answer(Outcome.FAILED, test.cause, test.facts)})
    elif test.cause == ADD_MISSING.cause:
        save_test_results(test, {ADD: Answer(Outcome.FAILED, test.cause, test.facts)})
