"""Faults during a verification lead to the right finding, and no check passes by mistake."""

import pytest

from tests.wizard.practice_connection import PracticeConnection, failed, results_of
from wizard.models import Connection, Outcome, Verification
from wizard.services import Refused
from wizard.tasks import sweep, verification_run

SIGN_IN_CHECKS = {"gateway", "company", "sender", "sign_in"}
# Faults of a whole request, with the check that then fails and its cause.
REQUEST_FAULTS = {
    "wrong-sender": ("sender", "wrong_sender_password"),
    "sender-inactive": ("company", "unknown_company_or_sender"),
    "wrong-company": ("company", "unknown_company_or_sender"),
    "unauthorized-sender": ("sender", "sender_not_authorized"),
    "wrong-user": ("sign_in", "sign_in_refused"),
    "wrong-user-401": ("sign_in", "sign_in_refused"),
    "company-expired": ("company", "company_expired"),
    "rate-limit": ("gateway", "too_many_requests"),
    "rate-limit-text": ("gateway", "too_many_requests"),
    "gateway-failure": ("gateway", "intacct_unavailable"),
    "bad-gateway": ("gateway", "intacct_unavailable"),
    "unavailable": ("gateway", "intacct_unavailable"),
    "html": ("gateway", "web_page_reply"),
    "cloudflare": ("gateway", "web_page_reply"),
    "timeout": ("gateway", "no_answer_in_time"),
    "empty": ("gateway", "unreadable_reply"),
    "truncated": ("gateway", "unreadable_reply"),
}
# Faults of one function, with the result for vendors.
FUNCTION_FAULTS = {
    "denied": ("failed", "right_missing"),
    "off-line": ("cannot_tell", "intacct_unavailable"),
    "unknown-object": ("cannot_tell", "object_unknown"),
    "unknown-field": ("cannot_tell", "query_refused"),
    "not-subscribed": ("cannot_tell", "not_subscribed"),
    "audit-denied": ("failed", "right_missing"),
}
REFUSED = ("unauthorized-sender", "wrong-user", "wrong-user-401")
PEOPLE = ("USERINFO", "USERRESTRICTION", "ROLEUSERS")
HARMLESS = ("undefined-order", "late-rows", "changing-rows", "more-errors", "pause", "slow")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_waits_between_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intacct.transport.DELAYS", (0.0, 0.0))


@pytest.mark.parametrize("after", [0, 1, 2], ids=["at the sign-in", "after it", "at the last request"])
@pytest.mark.parametrize("fault", REQUEST_FAULTS)
def test_request_fault_is_one_failure_and_blocks_later_checks(
    practice_connection: PracticeConnection, fault: str, after: int
) -> None:
    if after == 2:
        # The field is missing there, so the verification asks where else it is.
        practice_connection.id = "HARBOUR-MILLS"
    practice_connection.control("fault", name=fault, after=after)
    findings = practice_connection.verify()
    assert failed(findings) == dict([REQUEST_FAULTS[fault]])
    assert {finding.outcome for slug, finding in findings.items() if slug not in SIGN_IN_CHECKS} == {"blocked"}
    signed_in = after > 0 and REQUEST_FAULTS[fault][0] != "sign_in"
    assert (findings["sign_in"].outcome == "passed") is signed_in


@pytest.mark.parametrize("fault", REQUEST_FAULTS)
def test_fault_while_entering_the_entity_affects_only_that_check(
    practice_connection: PracticeConnection, fault: str
) -> None:
    practice_connection.id = "HARBOUR-MILLS"
    practice_connection.verify()
    Connection.objects.update(level="entity", entity_id="100")
    normal = results_of(practice_connection.verify_again())
    assert normal["entity"] == ("passed", "")
    practice_connection.control("fault", name=fault, after=practice_connection.requests_per_verification() - 1)
    findings = results_of(practice_connection.verify_again())
    assert findings["entity"][0] == ("failed" if fault in REFUSED else "cannot_tell")
    assert findings | {"entity": normal["entity"]} == normal


@pytest.mark.parametrize("reply", ["sign-in", "text", "forbidden"])
def test_refused_address_blocks_all_checks_that_need_a_sign_in(
    practice_connection: PracticeConnection, reply: str
) -> None:
    practice_connection.control("", ip_filter=True, behavior={"ip_filtered": reply})
    findings = practice_connection.verify()
    assert len(failed(findings)) == 1
    assert {finding.outcome for slug, finding in findings.items() if slug not in SIGN_IN_CHECKS} == {"blocked"}
    assert findings["sign_in"].outcome != "passed"


@pytest.mark.parametrize("fault", FUNCTION_FAULTS)
@pytest.mark.parametrize("question", PEOPLE)
def test_fault_of_a_user_function_makes_no_check_fail(
    practice_connection: PracticeConnection, question: str, fault: str
) -> None:
    practice_connection.control("permissions", grant=["users:List", "users:View"])
    normal = results_of(practice_connection.verify())
    practice_connection.control("fault", name=fault, object=question)
    findings = results_of(practice_connection.verify_again())
    changed = {slug: findings[slug] for slug in normal if findings[slug] != normal[slug]}
    assert {outcome for outcome, _cause in changed.values()} <= {"cannot_tell"}


@pytest.mark.parametrize("fault", FUNCTION_FAULTS)
def test_fault_of_one_function_affects_only_its_check(practice_connection: PracticeConnection, fault: str) -> None:
    practice_connection.control("fault", name=fault, object="VENDOR")
    findings = results_of(practice_connection.verify())
    normal = findings | {"perm.vendors": ("passed", "")}
    assert findings["perm.vendors"] == FUNCTION_FAULTS[fault]
    practice_connection.remove_fault()
    assert results_of(practice_connection.verify_again()) == normal


@pytest.mark.parametrize("fault", FUNCTION_FAULTS)
def test_fault_of_the_bills_function_affects_only_dependent_checks(
    practice_connection: PracticeConnection, fault: str
) -> None:
    normal = results_of(practice_connection.verify())
    practice_connection.control("fault", name=fault, object="APBILL")
    findings = results_of(practice_connection.verify_again())
    changed = {slug: outcome for slug, (outcome, cause) in findings.items() if normal[slug] != (outcome, cause)}
    assert changed["custom_field"] == "cannot_tell"
    assert "passed" not in changed.values()


@pytest.mark.parametrize("fault", HARMLESS)
def test_harmless_faults_change_no_finding(practice_connection: PracticeConnection, fault: str) -> None:
    normal = results_of(practice_connection.verify())
    practice_connection.control("fault", name=fault, calls=2)
    assert results_of(practice_connection.verify_again()) == normal


def test_expiring_sessions_block_all_checks_after_the_sign_in(practice_connection: PracticeConnection) -> None:
    practice_connection.control("fault", name="expired-session", after=1)
    findings = practice_connection.verify()
    assert failed(findings) == {"gateway": "session_ended"}
    assert {slug for slug, finding in findings.items() if finding.outcome == Outcome.PASSED} == SIGN_IN_CHECKS - {
        "gateway"
    }


def test_single_rate_limit_is_retried(practice_connection: PracticeConnection) -> None:
    practice_connection.control("fault", name="rate-limit", calls=1)
    assert failed(practice_connection.verify()) == {}


def test_wrong_password_is_tried_only_once(practice_connection: PracticeConnection) -> None:
    practice_connection.forget_requests()
    verification = practice_connection.enter(password="another")
    verification_run(verification.pk)
    verification_run(verification.pk)
    sweep()
    assert practice_connection.requests()["count"] == 1
    assert not Verification.objects.due().exists()


def test_eleventh_wrong_password_in_ten_minutes_is_not_sent(practice_connection: PracticeConnection) -> None:
    for number in range(10):
        practice_connection.verify(password=f"another {number}")
    with pytest.raises(Refused, match="another one could lock the user"):
        practice_connection.enter(password="one more")
