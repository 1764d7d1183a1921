"""Earlier results still count while Intacct refuses the sign-in."""

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from intacct import errors as e
from tests.wizard.practice_connection import PracticeConnection
from wizard.models import Connection
from wizard.progress import stage_statuses
from wizard.services.verifications import record_refused_sync

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_waits_between_tries")]


def states(connection: Connection) -> dict[str, str]:
    return {status.stage.slug: status.state for status in stage_statuses(connection)}


def test_verified_steps_stay_verified_after_a_refused_sign_in(refused: PracticeConnection) -> None:
    connection = Connection.objects.get()

    assert not connection.progress.filter(attested_at__isnull=False).exists()
    verified = ("pre_checks", "user_role", "sender_id", "custom_field", "sync_profile")
    assert states(connection) == dict.fromkeys(verified, "verified") | {
        "credentials": "attention",
        "smart_sync": "todo",
    }
    assert connection.stage == "credentials"
    assert connection.last_cause == "sign_in_refused"


def test_the_page_says_when_a_step_was_last_verified(refused: PracticeConnection) -> None:
    browser = Client()
    browser.force_login(refused.actor)
    page = browser.get(reverse("wizard:stage", args=[refused.connection.pk, "custom_field"])).content.decode()

    assert "the latest verification could not check it again." in page
    assert page.count("was verified on") == 1
    assert page.count("Last verified ") == 1


def test_refused_sync_keeps_steps_verified(in_use: PracticeConnection) -> None:
    connection = Connection.objects.get()
    error = e.SignInRefused("Sign-in information is incorrect", layer="authentication")
    with transaction.atomic():
        record_refused_sync(connection=connection, error=error)

    assert states(connection)["sender_id"] == "verified"
    assert Connection.objects.get().stage == "credentials"


def test_earlier_failures_are_hidden_while_the_sign_in_is_refused(in_use: PracticeConnection) -> None:
    in_use.control("permissions", revoke=["vendors"])
    in_use.verify_again()
    in_use.control("", users={"Beanworks": {"password": "changed"}})
    in_use.verify_again()

    findings = [finding for status in stage_statuses(in_use.connection) for finding in status.findings]

    assert [finding.check_slug for finding in findings if finding.outcome == "failed"] == ["sign_in"]
    connection = Connection.objects.get()
    assert (connection.stage, connection.last_cause) == ("credentials", "sign_in_refused")


def test_step_that_failed_earlier_says_so_while_the_sign_in_is_refused(practice_connection: PracticeConnection) -> None:
    company = practice_connection
    company.control("permissions", revoke=["vendors"])
    company.verify()
    company.control("", users={"Beanworks": {"password": "changed"}})
    company.verify_again()
    browser = Client()
    browser.force_login(company.actor)
    address = reverse("wizard:stage", args=[company.connection.pk, "user_role"])

    assert states(company.connection)["user_role"] == "attention"
    assert "Checks of this step failed on" in browser.get(address).content.decode()

    browser.post(reverse("wizard:attest", args=[company.connection.pk, "user_role"]))

    assert states(company.connection)["user_role"] == "attested"
