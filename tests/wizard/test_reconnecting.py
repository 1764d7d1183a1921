"""New credentials of a connection in use must sign in before they replace the current ones."""

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from audit.models import AuditEvent
from intacct.secret import Secret
from tests.wizard.practice_connection import PASSWORD, PracticeConnection, failed
from wizard.models import Connection, Finding, Incident, StoredSecret, Verification
from wizard.services import Refused, connection_start, credentials_save
from wizard.services.verifications import _run_checks
from wizard.verification.check import Answers
from wizard.verification.secrets import secret_open

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_waits_between_tries")]
NEW = "a-new-password-8b1d"


def stored_password(practice_connection: PracticeConnection) -> str:
    return secret_open(practice_connection.connection, "password").reveal()


def reset_in_intacct(practice_connection: PracticeConnection) -> None:
    practice_connection.control("set-up", password=NEW)


def current_findings() -> set[int]:
    return set(Finding.objects.current(Connection.objects.get()).values_list("pk", flat=True))


def credential_events() -> list[str]:
    return list(
        AuditEvent.objects.filter(action__startswith="credentials").order_by("pk").values_list("action", flat=True)
    )


def test_new_password_replaces_the_current_one_after_it_signed_in(in_use: PracticeConnection) -> None:
    reset_in_intacct(in_use)
    in_use.verify_again()
    assert Incident.objects.open().exists()
    verification = in_use.enter(password=NEW)
    assert stored_password(in_use) == PASSWORD
    in_use.work(verification)
    assert stored_password(in_use) == NEW
    assert not StoredSecret.objects.filter(field="new_password").exists()
    assert not Incident.objects.open().exists()
    assert credential_events() == ["credentials.saved", "credentials.entered", "credentials.replaced"]


def test_wrong_new_password_changes_nothing(in_use: PracticeConnection) -> None:
    before = Connection.objects.values().get()
    findings = current_findings()
    in_use.verify(password="wrong")
    assert stored_password(in_use) == PASSWORD
    assert Connection.objects.values().get() == before
    assert current_findings() == findings
    assert not Incident.objects.exists()
    assert credential_events()[-1] == "credentials.replacement_refused"


def test_page_reports_that_the_current_credentials_stay(in_use: PracticeConnection, client: Client) -> None:
    in_use.verify(password="wrong")
    client.force_login(in_use.actor)
    page = client.get(reverse("wizard:stage", args=[in_use.connection.pk, "credentials"])).content.decode()
    assert "Your new credentials were not saved" in page
    assert "The current credentials were not changed" in page
    assert "wrong" not in page.split("Your new credentials were not saved")[1][:50]


def test_page_explains_once_why_both_passwords_are_refused(
    in_use: PracticeConnection, client: Client, no_waits_between_tries: None
) -> None:
    in_use.control("", users={"Beanworks": {"password": "changed"}})
    in_use.verify_again()
    in_use.verify(password="wrong")
    client.force_login(in_use.actor)
    page = client.get(reverse("wizard:stage", args=[in_use.connection.pk, "credentials"])).content.decode()
    assert "Your new credentials were not saved" in page
    assert page.count("<li>Check the company ID, user ID and password") == 1


def test_current_password_stays_if_intacct_is_unreachable(in_use: PracticeConnection) -> None:
    in_use.control("fault", name="html")
    in_use.verify(password=NEW)
    assert stored_password(in_use) == PASSWORD
    assert not StoredSecret.objects.filter(field="new_password").exists()


# Refused new credentials are tried once


def test_saving_refused_new_credentials_again_does_not_retry_them(in_use: PracticeConnection) -> None:
    in_use.verify(password="wrong")
    in_use.forget_requests()

    with pytest.raises(Refused, match="could lock the user Beanworks"):
        in_use.enter(password="wrong")

    assert not Verification.objects.active().exists()
    assert in_use.requests()["count"] == 0


def test_refused_new_user_with_the_current_password_is_not_retried(in_use: PracticeConnection) -> None:
    def enter() -> Verification:
        return credentials_save(
            connection=in_use.connection, actor=in_use.actor, company_id=in_use.id, user_id="Another", password=None
        )

    in_use.work(enter())

    with pytest.raises(Refused, match="could lock the user Another"):
        enter()


def test_other_credentials_are_tried_after_refused_ones(in_use: PracticeConnection) -> None:
    reset_in_intacct(in_use)
    in_use.verify(password="wrong")
    in_use.verify(password="wrong too")

    in_use.verify(password=NEW)

    assert stored_password(in_use) == NEW
    assert not StoredSecret.objects.filter(field="new_password").exists()


def test_saving_new_credentials_twice_tries_them_once(in_use: PracticeConnection) -> None:
    first = in_use.enter(password="wrong")

    assert in_use.enter(password="wrong") == first


def test_killed_worker_does_not_retry_refused_new_credentials(in_use: PracticeConnection) -> None:
    verification = in_use.enter(password="wrong")
    claimed = Verification.objects.claim(verification.pk)
    assert claimed
    _run_checks(claimed, Answers(claimed.connection, claimed.new_user_id), None)
    claimed.release()
    in_use.forget_requests()

    findings = in_use.work(verification)

    assert failed(findings) == {"sign_in": "sign_in_refused"}
    assert in_use.requests()["count"] == 0
    with pytest.raises(Refused, match="could lock"):
        in_use.enter(password="wrong")


def test_refused_new_credentials_are_retried_after_the_user_was_unlocked(
    in_use: PracticeConnection, client: Client
) -> None:
    in_use.verify(password=NEW)
    reset_in_intacct(in_use)
    in_use.verify_again()  # verifies the current ones, and is now the newest verification
    client.force_login(in_use.actor)
    page = client.get(reverse("wizard:stage", args=[in_use.connection.pk, "credentials"])).content.decode()
    refusal = Verification.objects.get(new_user_id="Beanworks").refusal
    assert f'name="refusal_shown" value="{refusal}"' in page

    unlocked = reverse("wizard:unlocked", args=[in_use.connection.pk])
    client.post(unlocked, {"stage": "credentials", "refusal_shown": refusal})
    in_use.work(Verification.objects.active().get())

    assert stored_password(in_use) == NEW
    assert credential_events()[-2:] == ["credentials.unlocked", "credentials.replaced"]
    client.post(unlocked, {"stage": "credentials", "refusal_shown": refusal})
    assert not Verification.objects.active().exists()


def test_connection_in_use_cannot_change_its_company(in_use: PracticeConnection) -> None:
    with pytest.raises(Refused, match="JUNIPER-CO"):
        in_use.enter(company_id="MAPLE-RIDGE")
    assert stored_password(in_use) == PASSWORD
    assert Connection.objects.get().company_id == "JUNIPER-CO"


def test_new_user_is_verified_with_the_current_password(in_use: PracticeConnection) -> None:
    verification = credentials_save(
        connection=in_use.connection, actor=in_use.actor, company_id=in_use.id, user_id="Another", password=None
    )
    in_use.work(verification)
    assert Connection.objects.get().user_id == "Beanworks"


def test_newest_of_two_replacements_counts(in_use: PracticeConnection) -> None:
    reset_in_intacct(in_use)
    earlier = in_use.enter(password="wrong")
    later = in_use.enter(password=NEW)
    assert Verification.objects.claim(earlier.pk) is None
    in_use.work(later)
    assert stored_password(in_use) == NEW


def test_only_verifications_of_new_credentials_may_not_stand(in_use: PracticeConnection) -> None:
    with pytest.raises(IntegrityError):
        Verification.objects.create(connection=in_use.connection, is_current=False)


def test_company_id_in_other_case_is_the_same_company(in_use: PracticeConnection) -> None:
    other = connection_start(customer=in_use.connection.customer, actor=in_use.actor)
    Connection.objects.filter(pk=other.pk).update(permission_model="role")

    with pytest.raises(Refused, match="You already have a connection"):
        credentials_save(
            connection=other,
            actor=in_use.actor,
            company_id=in_use.id.lower(),
            user_id="Beanworks",
            password=Secret(PASSWORD),
        )
