"""Whole verifications against the practice company, over HTTP."""

from typing import Any

import pytest
from pytest_django.fixtures import Settings

from tests.support.processes import free_port
from tests.wizard.practice_connection import PracticeConnection, failed, outcomes, results_of
from wizard.explanations import explain
from wizard.missing import Kind, missing_list
from wizard.models import Connection, Incident, SyncProfile, Verification
from wizard.services import stage_attest
from wizard.services.sessions import session_for

SIGN_IN_CHECKS = {"gateway", "company", "sender", "sign_in"}
pytestmark = pytest.mark.django_db

# By problem: the change to the company, what is typed, and the check that fails with its cause.
SIGN_INS: dict[str, tuple[dict[str, Any], dict[str, str], str, str]] = {
    "a wrong password": ({}, {"password": "another"}, "sign_in", "sign_in_refused"),
    "a user who is not there": ({}, {"user_id": "Beanwork"}, "sign_in", "sign_in_refused"),
    "a company who is not there": ({}, {"company_id": "NOWHERE"}, "company", "unknown_company_or_sender"),
    "a sender not authorized": ({"authorizations": []}, {}, "sender", "sender_not_authorized"),
    "Web Services off": ({"web_services_on": False}, {}, "sign_in", "web_services_off"),
    "an expired company": ({"expired": True}, {}, "company", "company_expired"),
}


def test_complete_company_has_no_failed_checks(practice_connection: PracticeConnection) -> None:
    findings = practice_connection.verify()
    assert failed(findings) == {}
    assert outcomes(findings) == {"passed", "cannot_tell", "not_applicable"}
    assert results_of(findings)["custom_field_type"] == ("cannot_tell", "field_type_untold")
    assert {slug for slug in SIGN_IN_CHECKS if findings[slug].outcome != "passed"} == set()


def test_verification_takes_two_requests(practice_connection: PracticeConnection) -> None:
    practice_connection.verify()
    practice_connection.forget_requests()
    practice_connection.verify_again()
    assert practice_connection.requests()["count"] == 2


def test_verification_does_not_use_the_shared_session_of_syncs(practice_connection: PracticeConnection) -> None:
    practice_connection.verify()
    practice_connection.connection.refresh_from_db()
    sync_session = session_for(practice_connection.connection, work=None)
    sync_session.login()
    practice_connection.forget_requests()
    assert session_for(practice_connection.connection, work=None).login().key == sync_session.login().key
    assert practice_connection.requests()["count"] == 0
    practice_connection.verify_again()
    assert practice_connection.requests()["count"] == 2


def test_single_check_answers_only_itself_and_the_sign_in(practice_connection: PracticeConnection) -> None:
    practice_connection.verify()
    assert set(practice_connection.verify_again("perm.vendors")) == {"perm.vendors", *SIGN_IN_CHECKS}


def test_exactly_the_mistakes_of_harbour_mills_are_found(practice_connection: PracticeConnection) -> None:
    practice_connection.id = "HARBOUR-MILLS"
    assert failed(practice_connection.verify()) == {
        "perm.vendors": "right_missing",
        "perm.tasks": "right_missing",
        "perm.savings-accounts": "right_missing",
        "custom_field": "field_id_wrong",
    }


def test_fixed_problems_pass_in_the_next_verification(practice_connection: PracticeConnection) -> None:
    practice_connection.id = "HARBOUR-MILLS"
    practice_connection.verify()
    practice_connection.control("set-up")
    findings = practice_connection.verify_again()
    assert failed(findings) == {}
    assert findings["perm.vendors"].outcome == "passed"


@pytest.mark.parametrize("wrong", SIGN_INS)
def test_failed_sign_in_check_blocks_all_other_checks(practice_connection: PracticeConnection, wrong: str) -> None:
    change, typed, check, cause = SIGN_INS[wrong]
    practice_connection.control("", **change)
    findings = practice_connection.verify(**typed)
    assert failed(findings) == {check: cause}
    assert {finding.outcome for slug, finding in findings.items() if slug not in SIGN_IN_CHECKS} == {"blocked"}
    assert Verification.objects.get().blocker == check


def test_every_failed_sign_in_has_its_own_headline(practice_connection: PracticeConnection) -> None:
    headlines = set()
    for change, typed, check, cause in SIGN_INS.values():
        if cause == "sign_in_refused" and "user_id" in typed:
            continue  # Intacct reports it like a wrong password
        practice_connection.practice.control("reset")
        practice_connection.control("", **change)
        headlines.add(explain(practice_connection.verify(**typed)[check]).headline)
    assert len(headlines) == 5


def test_unreachable_gateway_is_not_reported_as_a_refusal(
    practice_connection: PracticeConnection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intacct.transport.DELAYS", (0.0,) * 5)
    settings.INTACCT_ENDPOINT = f"http://127.0.0.1:{free_port()}/ia/xml/xmlgw.phtml"
    findings = practice_connection.verify()
    assert failed(findings) == {"gateway": "no_connection"}
    assert outcomes(findings) == {"failed", "blocked"}


def test_missing_role_is_one_diagnosis(practice_connection: PracticeConnection) -> None:
    practice_connection.control("", users={"Beanworks": {"roles": []}})
    findings = practice_connection.verify()
    assert set(failed(findings)) == {"role"}
    assert {finding.outcome for slug, finding in findings.items() if slug.startswith("perm.")} == {"blocked"}


def test_field_of_another_type_cannot_be_confirmed_as_a_url(practice_connection: PracticeConnection) -> None:
    practice_connection.control("", behavior={"url_data_type": "DATE"})

    results = results_of(practice_connection.verify())

    assert results["custom_field"] == ("failed", "field_type_wrong")
    assert results["custom_field_type"] == ("blocked", "")


def test_failed_check_reopens_a_confirmed_stage(practice_connection: PracticeConnection) -> None:
    practice_connection.id = "HARBOUR-MILLS"
    for stage in ("user_role", "sender_id", "custom_field"):
        stage_attest(connection=practice_connection.connection, stage=stage, actor=practice_connection.actor)
    practice_connection.verify()
    connection = Connection.objects.get()
    reopened = connection.progress.filter(reopened_at__isnull=False, attested_at=None)
    assert set(reopened.values_list("stage", flat=True)) == {"user_role", "custom_field"}
    assert connection.progress.get(stage="sender_id").attested_at


def test_permission_that_only_an_unused_list_needs_is_not_needed(in_use: PracticeConnection) -> None:
    in_use.control("permissions", revoke=["vendors", "bills", "items-inventory"])
    SyncProfile.objects.update(unused_lists=["vendors", "bills", "items"])

    results = results_of(in_use.verify_again())

    assert results["perm.vendors"] == ("not_applicable", "list_unused")
    # Beanworks creates bills, whether or not it syncs their list.
    assert results["perm.bills"] == ("failed", "right_missing")


def test_incident_of_a_permission_ends_with_the_use_of_its_list(in_use: PracticeConnection) -> None:
    in_use.control("permissions", revoke=["vendors"])
    in_use.verify_again()
    assert Incident.objects.open().filter(check_slug="perm.vendors").exists()
    SyncProfile.objects.update(unused_lists=["vendors"])

    in_use.verify_again()

    assert not Incident.objects.open().exists()
    assert [item for item in missing_list(in_use.connection) if item.kind is Kind.FAILED] == []
