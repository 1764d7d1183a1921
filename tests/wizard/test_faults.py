"""Bad weather in the middle of a verification: the right finding, and nothing shown as passed on doubt."""

import pytest

from wizard.models import Connection, Outcome, Verification
from wizard.services import Refused
from wizard.tasks import sweep, verification_run

from .place import Place, failed, gist

RUNGS = {"gateway", "company", "sender", "sign_in"}
# What strikes a whole request, and the check that then fails with its cause.
STRIKES = {
    "wrong-sender": ("sender", "wrong-sender-password"),
    "sender-inactive": ("company", "unknown-company-or-sender"),
    "wrong-company": ("company", "unknown-company-or-sender"),
    "unauthorised-sender": ("sender", "sender-not-authorized"),
    "wrong-user": ("sign_in", "sign-in-refused"),
    "wrong-user-401": ("sign_in", "sign-in-refused"),
    "company-expired": ("company", "company-expired"),
    "rate-limit": ("gateway", "too-many-requests"),
    "rate-limit-text": ("gateway", "too-many-requests"),
    "gateway-failure": ("gateway", "intacct-unavailable"),
    "bad-gateway": ("gateway", "intacct-unavailable"),
    "unavailable": ("gateway", "intacct-unavailable"),
    "html": ("gateway", "web-page-reply"),
    "cloudflare": ("gateway", "web-page-reply"),
    "timeout": ("gateway", "no-answer-in-time"),
    "empty": ("gateway", "unreadable-reply"),
    "truncated": ("gateway", "unreadable-reply"),
}
# What strikes one question, and what is then said of vendors.
OF_ONE = {
    "denied": ("failed", "right_missing"),
    "off-line": ("cannot_tell", "intacct-unavailable"),
    "unknown-object": ("cannot_tell", "object-unknown"),
    "unknown-field": ("cannot_tell", "query-refused"),
    "not-subscribed": ("cannot_tell", "not-subscribed"),
    "audit-denied": ("failed", "right_missing"),
}
REFUSED = ("unauthorised-sender", "wrong-user", "wrong-user-401")
PEOPLE = ("USERINFO", "USERRESTRICTION", "ROLEUSERS")
HARMLESS = ("undefined-order", "late-rows", "moving-rows", "more-errors", "dribble", "slow")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_waits_between_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intacct.transport.DELAYS", (0.0, 0.0))


@pytest.mark.parametrize("after", [0, 1, 2], ids=["at the sign-in", "after it", "at what is asked last"])
@pytest.mark.parametrize("fault", STRIKES)
def test_what_strikes_a_whole_request_is_one_finding_and_nothing_below_passes(
    place: Place, fault: str, after: int
) -> None:
    if after == 2:
        # Where the field is missing, the ladder asks where it is instead.
        place.id = "HARBOUR-MILLS"
    place.control("fault", name=fault, after=after)
    found = place.verify()
    assert failed(found) == dict([STRIKES[fault]])
    assert {each.outcome for slug, each in found.items() if slug not in RUNGS} == {"blocked"}
    signed_in = after > 0 and STRIKES[fault][0] != "sign_in"
    assert (found["sign_in"].outcome == "passed") is signed_in


@pytest.mark.parametrize("fault", STRIKES)
def test_what_strikes_while_the_entity_is_entered_is_said_of_the_entity_alone(place: Place, fault: str) -> None:
    place.id = "HARBOUR-MILLS"
    place.verify()
    Connection.objects.update(level="entity", entity_id="100")
    calm = gist(place.again())
    assert calm["entity"] == ("passed", "")
    place.control("fault", name=fault, after=place.asked_by_one_verification() - 1)
    found = gist(place.again())
    assert found["entity"][0] == ("failed" if fault in REFUSED else "cannot_tell")
    assert found | {"entity": calm["entity"]} == calm


@pytest.mark.parametrize("told", ["sign-in", "text", "forbidden"])
def test_a_company_that_does_not_allow_our_address_passes_nothing_that_needs_a_sign_in(place: Place, told: str) -> None:
    place.control("", ip_filter=True, behaviour={"ip_filtered": told})
    found = place.verify()
    assert len(failed(found)) == 1
    assert {each.outcome for slug, each in found.items() if slug not in RUNGS} == {"blocked"}
    assert found["sign_in"].outcome != "passed"


@pytest.mark.parametrize("fault", OF_ONE)
@pytest.mark.parametrize("question", PEOPLE)
def test_what_strikes_a_question_about_users_is_no_finding_against_anybody(
    place: Place, question: str, fault: str
) -> None:
    place.control("permissions", grant=["users:List", "users:View"])
    calm = gist(place.verify())
    place.control("fault", name=fault, object=question)
    found = gist(place.again())
    changed = {slug: found[slug] for slug in calm if found[slug] != calm[slug]}
    assert {outcome for outcome, _cause in changed.values()} <= {"cannot_tell"}


@pytest.mark.parametrize("fault", OF_ONE)
def test_what_strikes_one_question_leaves_the_others_their_answers(place: Place, fault: str) -> None:
    place.control("fault", name=fault, object="VENDOR")
    found = gist(place.verify())
    calm = found | {"perm.vendors": ("passed", "")}
    assert found["perm.vendors"] == OF_ONE[fault]
    place.calm()
    assert gist(place.again()) == calm


@pytest.mark.parametrize("fault", OF_ONE)
def test_what_strikes_the_question_about_bills_leaves_the_field_untold(place: Place, fault: str) -> None:
    calm = gist(place.verify())
    place.control("fault", name=fault, object="APBILL")
    found = gist(place.again())
    changed = {slug: outcome for slug, (outcome, cause) in found.items() if calm[slug] != (outcome, cause)}
    assert changed["custom_field"] == "cannot_tell"
    assert "passed" not in changed.values()


@pytest.mark.parametrize("fault", HARMLESS)
def test_what_does_no_harm_changes_no_finding(place: Place, fault: str) -> None:
    calm = gist(place.verify())
    place.control("fault", name=fault, calls=2)
    assert gist(place.again()) == calm


def test_sessions_that_end_at_every_request_leave_nothing_passed_that_needs_one(place: Place) -> None:
    place.control("fault", name="expired-session", after=1)
    found = place.verify()
    assert failed(found) == {"gateway": "session-ended"}
    assert {slug for slug, each in found.items() if each.outcome == Outcome.PASSED} == RUNGS - {"gateway"}


def test_one_refusal_too_many_passes_by_itself(place: Place) -> None:
    place.control("fault", name="rate-limit", calls=1)
    assert failed(place.verify()) == {}


def test_a_wrong_password_is_tried_once_and_by_no_machine_again(place: Place) -> None:
    place.forget()
    verification = place.enter(password="another")
    verification_run(verification.pk)
    verification_run(verification.pk)
    sweep()
    assert place.asked()["count"] == 1
    assert not Verification.objects.due().exists()


def test_the_eleventh_wrong_password_in_ten_minutes_is_not_sent_on(place: Place) -> None:
    for number in range(10):
        place.verify(password=f"another {number}")
    with pytest.raises(Refused, match="another could lock the user"):
        place.enter(password="one more")
