"""What a test bill showed about a connection, as results of the checks that no reading can answer.

A result counts until its check fails, the role or the field changes, or other credentials are saved.
"""

from collections.abc import Callable, Mapping

from django.utils import timezone

from core.fields import max_length_of
from core.leases import State
from intacct.bills import DRAFT, bill_state
from intacct.reply import Data
from intacct.request import Function
from wizard.diagnoses import TEMPORARY
from wizard.models import Connection, Finding, Outcome, TestBill, Verification
from wizard.models.test_bill import FIELD_TYPE
from wizard.services.events import record
from wizard.services.findings import apply_findings, findings_of
from wizard.verification.check import Answer

MOST_ASKED = 10
"""Bills that one verification asks about. Users delete them sooner."""
LONGEST_STATE = max_length_of(TestBill, "bill_state")


def tested_answers(connection: Connection) -> dict[str, Answer]:
    """Return the answers of earlier tests by the slug of the check. The newest test counts."""
    tests = TestBill.objects.of_current_credentials(connection).exclude(verified_checks=[])
    return {slug: Answer(Outcome.PASSED, facts=_facts(test, slug)) for test in tests for slug in test.verified_checks}


def with_test(answer: Answer, tested: Answer | None) -> Answer:
    """Return the answer of the test, unless Intacct answered the check itself with a failure, or did not answer now."""
    has_answer = answer.outcome in (Outcome.PASSED, Outcome.CANNOT_TELL) and answer.cause not in TEMPORARY
    return tested if tested and has_answer else answer


def save_passed(test: TestBill, *slugs: str) -> None:
    """Save that the test answers these checks, in the caller's transaction."""
    # Since the caller read the test, a link may have been opened or a check may have failed.
    test.refresh_from_db(fields=["verified_checks"])
    test.verified_checks = sorted({*test.verified_checks, *slugs})
    TestBill.objects.filter(pk=test.pk).update(verified_checks=test.verified_checks)
    save_test_results(test, {slug: Answer(Outcome.PASSED, facts=_facts(test, slug)) for slug in slugs})


def save_test_results(test: TestBill, answers: Mapping[str, Answer]) -> None:
    """Save answers as the newest results of their checks, unless other credentials were saved since the test."""
    connection = test.connection
    if not TestBill.objects.of_current_credentials(connection).filter(pk=test.pk).exists():
        return
    now = timezone.now()
    verification = Verification.objects.create(
        connection=connection, checks=[*answers], state=State.DONE, started_at=now, finished_at=now
    )
    findings = findings_of(verification, connection.company, answers)
    Finding.objects.bulk_create(findings)
    apply_findings(connection=connection, verification=verification, findings=findings)


def ask_bill_state(connection: Connection) -> dict[str, Function]:
    """Return by control ID a question for each test bill that Intacct has: whether it is still a draft."""
    tests = TestBill.objects.in_intacct(connection)[:MOST_ASKED]
    return {_state_question(test): bill_state(test.record_no) for test in tests}


def save_bill_state(connection: Connection, answer: Callable[[str], Data | None]) -> None:
    """Save the answers. Without data, Intacct was not asked about a bill or did not answer, and what is known stays.

    answer: returns the data for a control ID.
    """
    for test in TestBill.objects.in_intacct(connection):
        data = answer(_state_question(test))
        if data is not None:
            _save_state(test, data)


def _save_state(test: TestBill, data: Data) -> None:
    now = timezone.now()
    state = data.records[0].get("STATE", "")[:LONGEST_STATE] if data.records else ""
    deleted_at = None if data.records else now
    TestBill.objects.filter(pk=test.pk).update(bill_state=state, bill_checked_at=now, bill_deleted_at=deleted_at)
    if deleted_at:
        record("test_bill.deleted", test.connection, None, number=test.number)
    elif state not in (DRAFT, test.bill_state):
        record("test_bill.state_changed", test.connection, None, number=test.number, state=state)


def _state_question(test: TestBill) -> str:
    """Return a control ID that only this test has: a newer test may be created between question and answer."""
    return f"test_bill_{test.pk}"


def _facts(test: TestBill, slug: str) -> dict[str, str]:
    moment = test.opened_at if slug == FIELD_TYPE else test.sent_at
    browser = test.opened_with if slug == FIELD_TYPE else ""
    return {"test_bill": test.number, "tested_at": moment.isoformat() if moment else "", "browser": browser}
