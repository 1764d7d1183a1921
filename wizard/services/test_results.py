"""What a test bill showed about a connection, as results of the checks that no reading can answer.

A result counts until its check fails, the role or the field changes, or other credentials are saved. Of the changes,
we see only some: a user with other roles, if the user may read roles; and a field that was created again, if the bill
is still in Intacct. A role that lost the right Add is seen if the user may read permissions, or else when a bill is
refused.
"""

from collections.abc import Callable, Mapping

from django.utils import timezone

from core.fields import max_length_of
from core.leases import State
from intacct.bills import DRAFT, LINK, bill_link, bill_state
from intacct.reply import Data
from intacct.request import Function
from wizard.diagnoses import TEMPORARY
from wizard.models import Connection, Finding, Outcome, TestBill, Verification
from wizard.models.test_bill import ADD, FIELD, FIELD_TYPE
from wizard.services.events import record
from wizard.services.findings import apply_findings, findings_of
from wizard.verification.check import Answer

MOST_ASKED = 10
"""Bills that one verification asks about. Users delete them sooner."""
LINK_CHECKS = {FIELD, FIELD_TYPE}
LONGEST_STATE = max_length_of(TestBill, "bill_state")


def with_tests(
    connection: Connection, judged: Mapping[str, Answer], outdated: Mapping[int, set[str]]
) -> dict[str, Answer]:
    """Return the answers by slug, with those of earlier tests in place of what reading cannot tell.

    outdated: what `outdated_checks` returned.
    """
    tested = _tested_answers(connection, outdated)
    return {slug: _with_test(answer, tested.get(slug)) for slug, answer in judged.items()}


def _tested_answers(connection: Connection, outdated: Mapping[int, set[str]]) -> dict[str, Answer]:
    """Return the answers of earlier tests by the slug of the check. The newest test counts."""
    tests = TestBill.objects.of_current_credentials(connection).exclude(verified_checks=[])
    valid = ((test, slug) for test in tests for slug in test.verified_checks if slug not in outdated.get(test.pk, ()))
    return {slug: Answer(Outcome.PASSED, facts=_facts(test, slug)) for test, slug in valid}


def outdated_checks(
    connection: Connection, judged: Mapping[str, Answer], answer: Callable[[str], Data | None]
) -> dict[int, set[str]]:
    """Return by test the checks that it no longer answers, because the role or the field was changed since.

    judged: the answers of this verification. answer: returns the data for a control ID.
    """
    tests = TestBill.objects.filter(connection=connection).exclude(verified_checks=[])
    # A field that was created again after one test was so after every earlier test.
    changed = max((test.position for test in tests if _has_lost_link(test, answer)), default=0)
    of_role = {ADD} if _has_other_roles(connection, judged) else set()
    ended = {test.pk: of_role | (LINK_CHECKS if test.position <= changed else set()) for test in tests}
    return {test.pk: slugs for test in tests if (slugs := ended[test.pk] & {*test.verified_checks})}


def end_results(connection: Connection, outdated: Mapping[int, set[str]]) -> None:
    """Remove what no longer counts, in the transaction that locks the connection."""
    for test in TestBill.objects.filter(connection=connection, pk__in=outdated):
        kept = [slug for slug in test.verified_checks if slug not in outdated[test.pk]]
        TestBill.objects.filter(pk=test.pk).update(verified_checks=kept)
        record("test_bill.outdated", connection, None, number=test.number)


def _has_lost_link(test: TestBill, answer: Callable[[str], Data | None]) -> bool:
    data = answer(_link_question(test))
    return data is not None and bool(data.records) and not data.records[0].get(LINK)


def _has_other_roles(connection: Connection, judged: Mapping[str, Answer]) -> bool:
    before = Finding.objects.current(connection).filter(check_slug="role").first()
    roles = [facts.get("roles") for facts in (before.facts if before else {}, judged["role"].facts)]
    return None not in roles and roles[0] != roles[1]


def _with_test(answer: Answer, tested: Answer | None) -> Answer:
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


def ask_about_bills(connection: Connection) -> dict[str, Function]:
    """Return by control ID the questions for each test bill that Intacct has: is it a draft, and has it its link?"""
    tests = TestBill.objects.in_intacct(connection)[:MOST_ASKED]
    states = {_state_question(test): bill_state(test.record_no) for test in tests}
    linked = [test for test in tests if LINK_CHECKS & {*test.verified_checks}]
    return states | {_link_question(test): bill_link(test.record_no) for test in linked}


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


def _link_question(test: TestBill) -> str:
    return f"test_bill_link_{test.pk}"


def _facts(test: TestBill, slug: str) -> dict[str, str]:
    moment = test.opened_at if slug == FIELD_TYPE else test.sent_at
    browser = test.opened_with if slug == FIELD_TYPE else ""
    return {"test_bill": test.number, "tested_at": moment.isoformat() if moment else "", "browser": browser}
