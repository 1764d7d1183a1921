"""Users confirm by eye what a check cannot find out."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEvent
from core.errors import Refused
from tests.wizard.pages.reading import words
from tests.wizard.practice_connection import PracticeConnection
from wizard.models import Confirmation, Connection, Guest, Handover, Verification
from wizard.progress import StageStatus, stage_statuses
from wizard.services import confirm_check, withdraw_confirmation

TYPE = "custom_field_type"
pytestmark = pytest.mark.django_db


def field_status(connection: Connection) -> StageStatus:
    return next(status for status in stage_statuses(connection) if status.stage.slug == "custom_field")


def confirm(company: PracticeConnection, check: str = TYPE) -> None:
    confirm_check(connection=company.connection, actor=company.actor, check=check)


@pytest.fixture
def verified(practice_connection: PracticeConnection) -> PracticeConnection:
    practice_connection.verify()
    practice_connection.connection.refresh_from_db()
    return practice_connection


@pytest.fixture
def confirmed(verified: PracticeConnection) -> PracticeConnection:
    confirm(verified)
    return verified


def test_step_says_how_many_checks_wait_for_a_look(verified: PracticeConnection) -> None:
    assert field_status(verified.connection).state == "verified"
    assert field_status(verified.connection).words == "Verified · 1 to confirm"


def test_nothing_waits_for_a_look_while_the_sign_in_fails(verified: PracticeConnection) -> None:
    """The pages show only the sign-in then, so a count of what to confirm would lead nowhere."""
    verified.connection.sign_in_block, verified.connection.sign_in_refused_at = "refused", timezone.now()

    assert field_status(verified.connection).words == "Verified"


def test_confirmed_step_is_verified(confirmed: PracticeConnection) -> None:
    assert field_status(confirmed.connection).words == "Verified"
    assert Confirmation.objects.get().confirmed_by == "Ada Root"
    assert AuditEvent.objects.get(action="check.confirmed").sentence == (
        "Looked in Intacct and confirmed: The field is a URL"
    )


def test_confirmation_stays_after_later_verifications(confirmed: PracticeConnection) -> None:
    confirmed.verify_again()
    assert field_status(confirmed.connection).to_confirm == []


def test_first_confirmation_counts(confirmed: PracticeConnection) -> None:
    confirm(confirmed)
    assert AuditEvent.objects.filter(action="check.confirmed").count() == 1


def test_withdrawn_confirmation_is_asked_for_again(confirmed: PracticeConnection) -> None:
    for _click in range(2):
        withdraw_confirmation(connection=confirmed.connection, actor=confirmed.actor, check=TYPE)

    assert len(field_status(confirmed.connection).to_confirm) == 1
    assert AuditEvent.objects.filter(action="check.withdrawn").count() == 1


def test_another_field_must_be_confirmed_again(confirmed: PracticeConnection) -> None:
    confirmed.control("", custom_fields=[])
    confirmed.verify_again()
    assert not Confirmation.objects.exists()
    assert AuditEvent.objects.filter(action="check.contradicted").count() == 1

    confirmed.control("set-up")
    confirmed.verify_again()
    assert len(field_status(confirmed.connection).to_confirm) == 1


def test_failure_wins_over_a_confirmation(verified: PracticeConnection) -> None:
    confirm(verified, "perm.bills.add")
    confirm(verified, TYPE)
    verified.control("permissions", grant=["users:Permissions"], revoke=["bills:Add"])
    verified.verify_again()
    assert list(Confirmation.objects.values_list("check_slug", flat=True)) == [TYPE]


@pytest.mark.parametrize("change", [{"user_id": "Someone"}, {"company_id": "MAPLE"}])
def test_another_user_or_company_must_be_confirmed_again(confirmed: PracticeConnection, change: dict[str, str]) -> None:
    Connection.objects.filter(pk=confirmed.connection.pk).update(**change)
    assert len(field_status(Connection.objects.get()).to_confirm) == 1


@pytest.mark.parametrize("check", ["custom_field", "perm.vendors", "nothing"])
def test_answered_check_cannot_be_confirmed(verified: PracticeConnection, check: str) -> None:
    with pytest.raises(Refused):
        confirm(verified, check)
    assert not Confirmation.objects.exists()


def test_check_without_an_answer_today_cannot_be_confirmed(verified: PracticeConnection) -> None:
    Verification.objects.get().findings.filter(check_slug=TYPE).update(cause="check_failed")
    with pytest.raises(Refused):
        confirm(verified)


def test_advice_cannot_be_confirmed(verified: PracticeConnection) -> None:
    Verification.objects.get().findings.filter(check_slug="user_kind").update(cause="user_kind_regular")
    with pytest.raises(Refused):
        confirm(verified, "user_kind")


def page_of(company: PracticeConnection) -> str:
    return reverse("wizard:stage", args=[company.connection.pk, "custom_field"])


def test_page_confirms_and_withdraws(verified: PracticeConnection) -> None:
    browser, address = Client(), reverse("wizard:confirm", args=[verified.connection.pk])
    browser.force_login(verified.actor)
    assert "I checked this in Intacct" in words(browser.get(page_of(verified)))

    page = words(browser.post(address, {"stage": "custom_field", "check": TYPE}, follow=True))
    assert "Confirmed by Ada Root on" in page
    assert "Verified · 1 to confirm" not in page

    page = words(browser.post(address, {"stage": "custom_field", "check": TYPE, "withdraw": "yes"}, follow=True))
    assert "Verified · 1 to confirm" in page


@pytest.mark.parametrize(("stages", "count"), [(["user_role", "custom_field"], 1), (["user_role"], 0)])
def test_guest_confirms_only_checks_of_their_steps(verified: PracticeConnection, stages: list[str], count: int) -> None:
    handover = Handover.objects.create(
        connection=verified.connection,
        name="Ida Intacct",
        email="ida@example.com",
        stages=stages,
        created_by=verified.actor,
        token_hash="0" * 64,
        opened_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=1),
    )
    guest = Client()
    session = guest.session
    session["handover_opened"] = handover.token_hash
    session.save()
    guest.cookies["sessionid"] = str(session.session_key)

    guest.post(reverse("wizard:confirm", args=[verified.connection.pk]), {"stage": "user_role", "check": TYPE})

    assert Confirmation.objects.filter(confirmed_by=Guest(handover).name).count() == count
