"""The whole ladder against the practice company, over HTTP."""

from typing import Any

import pytest
from pytest_django.fixtures import Settings

from tests.support.processes import free_port
from wizard.causes import explain
from wizard.gateway import session_for
from wizard.models import Connection, Verification
from wizard.services import stage_attest

from .place import Place, failed, gist, outcomes

RUNGS = {"gateway", "company", "sender", "sign_in"}
pytestmark = pytest.mark.django_db

# What is wrong: how the company is changed, what is typed, and the check that fails with its cause.
SIGN_INS: dict[str, tuple[dict[str, Any], dict[str, str], str, str]] = {
    "a wrong password": ({}, {"password": "another"}, "sign_in", "sign-in-refused"),
    "a user who is not there": ({}, {"user_id": "Beanwork"}, "sign_in", "sign-in-refused"),
    "a company who is not there": ({}, {"company_id": "NOWHERE"}, "company", "unknown-company-or-sender"),
    "a sender not authorised": ({"authorizations": []}, {}, "sender", "sender-not-authorized"),
    "Web Services off": ({"web_services_on": False}, {}, "sign_in", "web-services-off"),
    "an expired company": ({"expired": True}, {}, "company", "company-expired"),
}


def test_when_all_is_set_up_nothing_fails_and_what_cannot_be_told_is_amber(place: Place) -> None:
    found = place.verify()
    assert failed(found) == {}
    assert outcomes(found) == {"passed", "cannot_tell", "not_applicable"}
    assert gist(found)["custom_field_type"] == ("cannot_tell", "field_type_untold")
    assert {slug for slug in RUNGS if found[slug].outcome != "passed"} == set()


def test_the_whole_ladder_is_two_round_trips(place: Place) -> None:
    place.verify()
    place.forget()
    place.again()
    assert place.asked()["count"] == 2


def test_a_check_signs_in_itself_though_the_session_of_a_sync_lies_in_the_store(place: Place) -> None:
    place.verify()
    place.connection.refresh_from_db()
    left = session_for(place.connection)
    left.login()
    place.forget()
    assert session_for(place.connection).login().key == left.login().key
    assert place.asked()["count"] == 0
    place.again()
    assert place.asked()["count"] == 2


def test_a_check_of_one_row_answers_that_row_and_the_sign_in(place: Place) -> None:
    place.verify()
    assert set(place.again("perm.vendors")) == {"perm.vendors", *RUNGS}


def test_the_slips_of_harbour_mills_are_found_and_nothing_else(place: Place) -> None:
    place.id = "HARBOUR-MILLS"
    assert failed(place.verify()) == {
        "perm.vendors": "right_missing",
        "perm.tasks": "right_missing",
        "perm.savings-accounts": "right_missing",
        "custom_field": "field_id_wrong",
    }


def test_what_is_mended_turns_green_on_the_next_check(place: Place) -> None:
    place.id = "HARBOUR-MILLS"
    place.verify()
    place.control("set-up")
    found = place.again()
    assert failed(found) == {}
    assert found["perm.vendors"].outcome == "passed"


@pytest.mark.parametrize("wrong", SIGN_INS)
def test_the_first_blocker_is_the_one_thing_said(place: Place, wrong: str) -> None:
    change, typed, check, cause = SIGN_INS[wrong]
    place.control("", **change)
    found = place.verify(**typed)
    assert failed(found) == {check: cause}
    assert {each.outcome for slug, each in found.items() if slug not in RUNGS} == {"blocked"}
    assert Verification.objects.get().blocker == check


def test_every_blocker_has_words_of_its_own(place: Place) -> None:
    headlines = set()
    for change, typed, check, cause in SIGN_INS.values():
        if cause == "sign-in-refused" and "user_id" in typed:
            continue  # Intacct does not tell it from a wrong password
        place.practice.control("reset")
        place.control("", **change)
        headlines.add(explain(place.verify(**typed)[check]).headline)
    assert len(headlines) == 5


def test_a_gateway_that_cannot_be_reached_is_told_from_a_refusal(
    place: Place, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intacct.transport.DELAYS", (0.0,) * 5)
    settings.INTACCT_ENDPOINT = f"http://127.0.0.1:{free_port()}/ia/xml/xmlgw.phtml"
    found = place.verify()
    assert failed(found) == {"gateway": "no-connection"}
    assert outcomes(found) == {"failed", "blocked"}


def test_when_every_list_is_refused_there_is_one_diagnosis(place: Place) -> None:
    place.control("", users={"Beanworks": {"roles": []}})
    found = place.verify()
    assert set(failed(found)) == {"role"}
    assert {each.outcome for slug, each in found.items() if slug.startswith("perm.")} == {"blocked"}


def test_a_finding_that_contradicts_a_person_reopens_the_stage(place: Place) -> None:
    place.id = "HARBOUR-MILLS"
    for stage in ("user_role", "sender_id", "custom_field"):
        stage_attest(connection=place.connection, stage=stage, actor=place.actor)
    place.verify()
    connection = Connection.objects.get()
    reopened = connection.progress.filter(reopened_at__isnull=False, attested_at=None)
    assert set(reopened.values_list("stage", flat=True)) == {"user_role", "custom_field"}
    assert connection.progress.get(stage="sender_id").attested_at
