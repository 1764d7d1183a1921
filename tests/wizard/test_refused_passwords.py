"""A password that Intacct refused is tried once."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEvent
from intacct import errors as e
from intacct.secret import Secret
from tests.wizard.pages.reading import words
from tests.wizard.practice_connection import PASSWORD, PracticeConnection, failed
from wizard.models import Connection, Incident, Verification
from wizard.services import (
    Refused,
    credentials_save,
    handover_make,
    level_choose,
    monitoring_dispatch,
    sign_in_retry,
    verification_request,
)
from wizard.services.sessions import session_for
from wizard.services.sign_ins import NotTriedAgain, block_sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_waits_between_tries")]


def requests_sent(practice_connection: PracticeConnection) -> int:
    return int(practice_connection.requests()["count"])


def retry(practice_connection: PracticeConnection) -> Verification:
    """Confirm on a current page that the Intacct user was unlocked."""
    refusal = Connection.objects.get().refusal
    return sign_in_retry(connection=practice_connection.connection, actor=practice_connection.actor, refusal=refusal)


def shown_refusal(browser: Client, page: str) -> str:
    """Return the hidden value of the button on the page."""
    shown = browser.get(page).content.decode()
    return shown.partition('name="refusal_shown" value="')[2].partition('"')[0]


def test_no_check_signs_in_after_a_refused_password(refused: PracticeConnection) -> None:
    with pytest.raises(Refused, match="could lock the user Beanworks"):
        verification_request(connection=refused.connection, actor=refused.actor)
    with pytest.raises(Refused, match="could lock"):
        verification_request(connection=refused.connection, actor=refused.actor, checks=["perm.vendors"])
    refused.connection.company = {
        "multi_entity": True,
        "entities": [{"id": "100", "name": "A"}, {"id": "200", "name": "B"}],
    }
    with pytest.raises(Refused, match="could lock"):
        level_choose(connection=refused.connection, actor=refused.actor, level="entity", entity_id="100")
    Connection.objects.update(next_check_at=timezone.now())
    monitoring_dispatch()

    assert not Verification.objects.active().exists()
    assert requests_sent(refused) == 0


def test_no_session_signs_in_after_a_refused_password(refused: PracticeConnection) -> None:
    for session in (
        session_for(refused.connection, work=None),
        session_for(refused.connection, work=None).entity("100"),
    ):
        with pytest.raises(NotTriedAgain):
            session.login()

    assert requests_sent(refused) == 0


def test_active_verification_does_not_retry_a_refused_password(in_use: PracticeConnection) -> None:
    in_use.connection.refresh_from_db()
    waiting = verification_request(connection=in_use.connection, actor=None)
    in_use.control("", users={"Beanworks": {"password": "changed"}})
    with pytest.raises(e.SignInRefused):
        session_for(in_use.connection, work=None, shared=False).login()
    in_use.forget_requests()

    findings = in_use.work(waiting)

    assert failed(findings) == {"sign_in": "sign_in_refused"}
    assert requests_sent(in_use) == 0


def test_refusal_is_saved_before_the_verification_ends(in_use: PracticeConnection) -> None:
    in_use.connection.refresh_from_db()
    in_use.control("", users={"Beanworks": {"password": "changed"}})
    with pytest.raises(e.SignInRefused):
        session_for(in_use.connection, work=None, shared=False).login()

    assert Connection.objects.get().sign_in_block == "refused"
    assert Connection.objects.get().signing_in_until is None


def test_saving_the_same_credentials_does_not_retry_them(refused: PracticeConnection) -> None:
    for password in (None, Secret(PASSWORD)):
        with pytest.raises(Refused, match="could lock"):
            credentials_save(
                connection=refused.connection,
                actor=refused.actor,
                company_id=refused.id,
                user_id="Beanworks",
                password=password,
            )

    assert requests_sent(refused) == 0


def test_new_credentials_remove_the_block(refused: PracticeConnection) -> None:
    assert failed(refused.verify(password="changed")) == {}

    assert not Connection.objects.get().sign_in_block
    assert not Incident.objects.open().exists()
    assert failed(refused.verify_again()) == {}


def test_refusal_of_the_old_password_does_not_block_the_new_one(in_use: PracticeConnection) -> None:
    old = Connection.objects.get()
    Connection.objects.update(credentials_saved_at=timezone.now())

    block_sign_in(old)

    assert not Connection.objects.get().sign_in_block


@pytest.mark.parametrize(
    ("change", "fault"),
    [({"web_services_on": False}, ""), ({"authorizations": []}, ""), ({"ip_filter": True}, "text")],
    ids=["Web Services off", "sender not authorized", "address filtered"],
)
def test_refusals_for_other_reasons_can_be_checked_again(
    in_use: PracticeConnection, change: dict[str, object], fault: str
) -> None:
    in_use.control("", **change, behavior={"ip_filtered": fault} if fault else {})
    assert failed(in_use.verify_again())

    assert not Connection.objects.get().sign_in_block
    in_use.verify_again()


def test_password_is_retried_after_the_user_was_unlocked(refused: PracticeConnection) -> None:
    refused.control("", users={"Beanworks": {"password": PASSWORD}})

    findings = refused.work(retry(refused))

    assert failed(findings) == {}
    assert AuditEvent.objects.filter(action="credentials.unlocked").count() == 1


def test_second_refusal_blocks_again(refused: PracticeConnection) -> None:
    refused.work(retry(refused))

    assert requests_sent(refused) == 1
    with pytest.raises(Refused):
        verification_request(connection=refused.connection, actor=refused.actor)


def test_page_offers_to_confirm_the_unlock_instead_of_a_check(refused: PracticeConnection) -> None:
    browser = Client()
    browser.force_login(refused.actor)
    page = reverse("wizard:stage", args=[refused.connection.pk, "credentials"])
    check, unlocked = (reverse(f"wizard:{name}", args=[refused.connection.pk]) for name in ("check", "unlocked"))

    shown = browser.get(page).content.decode()
    assert unlocked in shown
    assert check not in shown
    assert check not in browser.get(page.replace("credentials", "user_role")).content.decode()

    browser.post(check, {"stage": "credentials"})
    assert not Verification.objects.active().exists()
    browser.post(unlocked, {"stage": "credentials", "refusal_shown": shown_refusal(browser, page)})
    assert Verification.objects.active().exists()


def test_page_with_an_earlier_refusal_does_not_sign_in(refused: PracticeConnection) -> None:
    browser = Client()
    browser.force_login(refused.actor)
    page = reverse("wizard:stage", args=[refused.connection.pk, "credentials"])
    unlocked = reverse("wizard:unlocked", args=[refused.connection.pk])
    sent_by_both_tabs = {"stage": "credentials", "refusal_shown": shown_refusal(browser, page)}
    browser.post(unlocked, sent_by_both_tabs)
    refused.work(Verification.objects.active().get())
    refused.forget_requests()

    answer = browser.post(unlocked, sent_by_both_tabs, follow=True)

    assert "Your page showed an earlier refusal" in answer.content.decode()
    assert not Verification.objects.active().exists()
    assert Connection.objects.get().sign_in_block == "refused"
    assert requests_sent(refused) == 0


@pytest.mark.parametrize("refusal", ["", "2026-01-01T00:00:00+00:00", "verification 1"])
def test_only_the_current_refusal_can_be_lifted(refused: PracticeConnection, refusal: str) -> None:
    with pytest.raises(Refused, match="earlier refusal"):
        sign_in_retry(connection=refused.connection, actor=refused.actor, refusal=refusal)

    assert Connection.objects.get().sign_in_block == "refused"


def test_old_page_does_not_sign_in_after_the_password_was_replaced(refused: PracticeConnection) -> None:
    refusal = Connection.objects.get().refusal
    refused.verify(password="changed")
    refused.forget_requests()

    with pytest.raises(Refused, match="earlier refusal"):
        sign_in_retry(connection=refused.connection, actor=refused.actor, refusal=refusal)

    assert requests_sent(refused) == 0


def test_refusal_that_is_reported_twice_counts_once(refused: PracticeConnection) -> None:
    before = Connection.objects.get()

    block_sign_in(before)

    assert Connection.objects.get().refusal == before.refusal != ""


def test_saving_credentials_twice_tries_them_once(practice_connection: PracticeConnection) -> None:
    first = practice_connection.enter(password="wrong")
    second = practice_connection.enter(password="wrong")

    assert second == first
    practice_connection.forget_requests()
    practice_connection.work(first)
    assert requests_sent(practice_connection) == 1
    assert Connection.objects.get().sign_in_block == "refused"


def test_ten_refused_sign_ins_report_when_the_next_is_allowed(in_use: PracticeConnection) -> None:
    for minutes in range(10):
        refusal = Verification.objects.create(connection=in_use.connection, state="done", blocker="sign_in")
        Verification.objects.filter(pk=refusal.pk).update(created_at=timezone.now() - timedelta(minutes=minutes / 2))

    with pytest.raises(Refused, match=r"refused 10 sign-ins .* try again in 6\sminutes"):
        verification_request(connection=in_use.connection, actor=in_use.actor)


def test_tenth_refused_sign_in_is_in_the_audit_log(in_use: PracticeConnection) -> None:
    in_use.control("", ip_filter=True, behavior={"ip_filtered": "text"})
    for _refusal in range(9):
        Verification.objects.create(connection=in_use.connection, state="done", blocker="sign_in")
    assert not AuditEvent.objects.filter(action="credentials.refused").exists()

    in_use.verify_again()
    with pytest.raises(Refused, match="refused 10 sign-ins"):
        in_use.verify_again()

    event = AuditEvent.objects.get(action="credentials.refused")
    assert event.outcome == AuditEvent.Outcome.REFUSED
    assert "refused 10 sign-ins" in event.sentence


def test_guest_can_confirm_that_the_user_was_unlocked(refused: PracticeConnection) -> None:
    handover, token = handover_make(
        connection=refused.connection, actor=refused.actor, stages=["user_role"], name="Ida", email="i@x.ca", note=""
    )
    browser = Client()
    browser.get(reverse("handover:link", args=[token.reveal()]))
    browser.post(reverse("handover:begin"))

    shown = shown_refusal(browser, reverse("wizard:stage", args=[refused.connection.pk, "user_role"]))
    browser.post(
        reverse("wizard:unlocked", args=[refused.connection.pk]), {"stage": "user_role", "refusal_shown": shown}
    )

    assert Verification.objects.active().exists()
    assert AuditEvent.objects.get(action="credentials.unlocked").metadata["handover"] == handover.pk


def test_beanworks_users_see_the_block_but_cannot_remove_it(refused: PracticeConnection, support: User) -> None:
    browser = Client()
    browser.force_login(support)
    shown = browser.get(reverse("wizard:stage", args=[refused.connection.pk, "credentials"]))

    assert "could lock the user Beanworks" in words(shown)
    assert reverse("wizard:unlocked", args=[refused.connection.pk]) not in shown.content.decode()


def test_user_who_needs_a_second_step_is_not_retried(in_use: PracticeConnection) -> None:
    """Intacct counts each try as a failed sign-in, and locks the user in the end."""
    in_use.control("fault", name="two-step", function="getAPISession")
    assert failed(in_use.verify_again()) == {"sign_in": "not_a_web_services_user"}
    in_use.forget_requests()

    with pytest.raises(Refused, match="could lock"):
        verification_request(connection=in_use.connection, actor=in_use.actor)
    assert requests_sent(in_use) == 0
