"""Disconnecting deletes the password and ends everything that would ask Intacct. A password that works restores it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import LegalEntity, OrgUnit, User
from audit.models import AuditEvent
from core.leases import LeaseLost
from intacct.functions import get_api_session
from intacct.request import Login
from intacct.secret import Secret
from intacct.session import Session
from mail.models import Email
from tests.support.processes import wait_until
from tests.wizard.practice_connection import PASSWORD, PracticeConnection
from tests.wizard.profiles.test_races import run_at_once
from wizard.missing import missing_list
from wizard.models import (
    Connection,
    Finding,
    Handover,
    Incident,
    StageProgress,
    StoredSecret,
    SyncProfile,
    TestBill,
    Verification,
)
from wizard.services import (
    Refused,
    connection_disconnect,
    credentials_save,
    monitoring_dispatch,
    profile_claim,
    profile_request,
    verification_request,
)
from wizard.services.sessions import session_for
from wizard.services.verifications import verification_work
from wizard.verification.secrets import secret_open, secret_store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_waits_between_tries")]


@pytest.fixture
def other_entity(root: OrgUnit) -> LegalEntity:
    return LegalEntity.objects.create(customer=root.customer, org_unit=root, name="Hillside West")


@pytest.fixture
def in_use(in_use: PracticeConnection) -> PracticeConnection:
    in_use.connection.refresh_from_db()
    return in_use


def disconnect(practice_connection: PracticeConnection) -> Connection:
    connection_disconnect(connection=practice_connection.connection, actor=practice_connection.actor)
    practice_connection.connection.refresh_from_db()
    return practice_connection.connection


def requests_sent(practice_connection: PracticeConnection) -> int:
    return int(practice_connection.requests()["count"])


def test_disconnect_deletes_what_is_secret_or_unfinished(
    in_use: PracticeConnection, other_entity: LegalEntity, administrator: User
) -> None:
    connection = in_use.connection
    StageProgress.objects.update_or_create(connection=connection, stage="user_role", defaults={"draft": {"a": "typed"}})
    handover = Handover.objects.create(
        connection=connection,
        name="Ida",
        email="ida@example.com",
        created_by=administrator,
        token_hash="1",
        expires_at=timezone.now() + timedelta(days=1),
    )
    Incident.objects.create(connection=connection, check_slug="company", cause="unknown")
    request = SyncProfile.objects.create(
        connection=connection, legal_entity=other_entity, entity_id="100", requested_by=administrator
    )

    disconnect(in_use)

    handover.refresh_from_db()
    request.refresh_from_db()
    assert not StoredSecret.objects.exists()
    assert not StageProgress.objects.exclude(draft={}).exists()
    assert handover.revoked_at
    assert request.state == "withdrawn"
    assert not Incident.objects.open().exists()
    assert (connection.must_act, connection.next_check_at, missing_list(connection)) == ("no_one", None, [])
    assert connection.profiles.approved().count() == 1


def test_administrators_and_manager_are_notified_once(
    in_use: PracticeConnection, administrator: User, success: User
) -> None:
    in_use.connection.customer.success_manager = success
    in_use.connection.customer.save()

    disconnect(in_use)

    emails = Email.objects.filter(kind="connection_disconnected")
    assert {email.address for email in emails} == {administrator.email, success.email}
    assert all("30 days" in email.text and "Ada Root disconnected" in email.text for email in emails)
    assert AuditEvent.objects.get(action="connection.disconnected").actor_id == administrator.pk


def test_database_refuses_a_password_of_a_disconnected_connection(in_use: PracticeConnection) -> None:
    with pytest.raises(IntegrityError, match="has no password"), transaction.atomic():
        Connection.objects.update(disconnected_at=timezone.now())

    connection = disconnect(in_use)

    with pytest.raises(IntegrityError, match="has no password"), transaction.atomic():
        secret_store(connection=connection, field="password", secret=Secret("again"))


def test_work_in_progress_sends_nothing_after_a_disconnect(in_use: PracticeConnection) -> None:
    verification = Verification.objects.claim(verification_request(connection=in_use.connection, actor=in_use.actor).pk)
    assert verification
    session = session_for(in_use.connection, work=verification)
    session.login()
    in_use.forget_requests()

    disconnect(in_use)

    for another in (session, session_for_a_stale_read(in_use, verification)):
        with pytest.raises(LeaseLost):
            another.call(get_api_session())
    assert requests_sent(in_use) == 0
    assert not Verification.objects.active().exists()


@pytest.mark.django_db(transaction=True)
def test_disconnect_while_a_worker_waits_for_an_answer_ends_its_verification(in_use: PracticeConnection) -> None:
    claimed = Verification.objects.claim(verification_request(connection=in_use.connection, actor=in_use.actor).pk)
    assert claimed
    in_use.forget_requests()
    in_use.control("fault", name="stalled")

    with ThreadPoolExecutor(1) as thread:
        work = thread.submit(run_at_once, lambda: verification_work(claimed))
        wait_until(lambda: in_use.requests()["held_up"], "a request waits for its answer")
        disconnect(in_use)
        in_use.remove_fault()
        with pytest.raises(LeaseLost):
            work.result()

    assert requests_sent(in_use) == 1
    assert not Verification.objects.active().exists()
    assert not claimed.findings.exists()
    assert not Incident.objects.exists()


def session_for_a_stale_read(practice_connection: PracticeConnection, verification: Verification) -> Session:
    """A session whose worker read the password just before it was deleted."""
    login = Login(practice_connection.id, "Beanworks", Secret(PASSWORD))
    return session_for(practice_connection.connection, work=verification, login=login, shared=False)


def test_findings_stay_when_a_disconnect_ends_a_verification(in_use: PracticeConnection) -> None:
    before = set(Finding.objects.current(in_use.connection).values_list("pk", flat=True))
    verification_request(connection=in_use.connection, actor=in_use.actor)

    connection = disconnect(in_use)

    assert set(Finding.objects.current(connection).values_list("pk", flat=True)) == before


def test_verification_that_comes_too_late_ends_without_a_request(in_use: PracticeConnection) -> None:
    connection = disconnect(in_use)
    in_use.forget_requests()
    late = Verification.objects.create(connection=connection)

    verification_work(Verification.objects.claim(late.pk))  # type: ignore[arg-type]

    assert requests_sent(in_use) == 0
    assert not Verification.objects.active().exists()
    assert not Incident.objects.exists()


def test_test_bill_that_waits_ends(in_use: PracticeConnection, administrator: User) -> None:
    profile = SyncProfile.objects.get()
    test = TestBill.objects.create(
        connection=in_use.connection,
        profile=profile,
        position=1,
        number="BEANWORKS-TEST-20261129-1",
        control_id="test-bill-1",
        token_hash="1",
        expires_at=timezone.now() + timedelta(days=7),
        company_id=in_use.id,
        user_id="Beanworks",
    )

    disconnect(in_use)

    test.refresh_from_db()
    assert (test.state, test.phase, test.cause) == ("done", "refused", "disconnected")


def test_nothing_can_be_started_while_disconnected(in_use: PracticeConnection, other_entity: LegalEntity) -> None:
    connection = disconnect(in_use)
    actor = in_use.actor

    for act in (
        lambda: verification_request(connection=connection, actor=actor),
        lambda: profile_request(connection=connection, legal_entity=other_entity, actor=actor, entity_id="100"),
        lambda: connection_disconnect(connection=connection, actor=actor),
        lambda: credentials_save(
            connection=connection, actor=actor, company_id=in_use.id, user_id="Beanworks", password=None
        ),
    ):
        with pytest.raises(Refused):
            act()
    monitoring_dispatch()
    assert not Verification.objects.active().exists()


def test_connection_without_credentials_has_nothing_to_disconnect(connection: Connection, administrator: User) -> None:
    with pytest.raises(Refused, match="nothing to disconnect"):
        connection_disconnect(connection=connection, actor=administrator)


def test_password_that_works_restores_everything(in_use: PracticeConnection) -> None:
    Connection.objects.update(stage="smart_sync", level="top")
    in_use.connection.refresh_from_db()
    before = list(SyncProfile.objects.values())
    disconnect(in_use)

    in_use.verify()

    in_use.connection.refresh_from_db()
    assert in_use.connection.disconnected_at is None
    assert secret_open(in_use.connection, "password").reveal() == PASSWORD
    assert list(SyncProfile.objects.values()) == before
    assert AuditEvent.objects.filter(action="connection.reconnected").count() == 1
    monitoring_dispatch()
    in_use.connection.refresh_from_db()
    assert in_use.connection.next_check_at


def test_wrong_password_leaves_it_disconnected_and_is_tried_once(in_use: PracticeConnection, client: Client) -> None:
    disconnect(in_use)
    in_use.verify(password="wrong")
    in_use.forget_requests()

    with pytest.raises(Refused, match="could lock the user"):
        in_use.enter(password="wrong")

    in_use.connection.refresh_from_db()
    assert in_use.connection.disconnected_at
    assert requests_sent(in_use) == 0
    assert not StoredSecret.objects.filter(field="password").exists()
    client.force_login(in_use.actor)
    page = client.get(reverse("wizard:stage", args=[in_use.connection.pk, "credentials"])).content.decode()
    assert "The connection stays disconnected" in page
    assert "Disconnected" in page


def test_connection_in_set_up_can_be_disconnected_and_reconnected(practice_connection: PracticeConnection) -> None:
    practice_connection.verify()
    disconnect(practice_connection)
    assert practice_connection.connection.disconnected_at

    practice_connection.verify()

    practice_connection.connection.refresh_from_db()
    assert practice_connection.connection.disconnected_at is None


def test_other_company_needs_another_connection(in_use: PracticeConnection) -> None:
    disconnect(in_use)
    with pytest.raises(Refused, match="Start another connection"):
        in_use.enter(company_id="OTHER")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(3))
def test_of_two_disconnects_at_once_one_counts(
    verified: Connection, administrator: User, support: User, _round: int
) -> None:
    refused = run_at_once(
        lambda: connection_disconnect(connection=verified, actor=administrator),
        lambda: connection_disconnect(connection=verified, actor=support),
    )
    assert refused.count("") == 1
    assert AuditEvent.objects.filter(action="connection.disconnected").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(3))
def test_disconnect_and_what_users_do_at_the_same_time_leave_no_work(
    verified: Connection, legal_entity: LegalEntity, administrator: User, support: User, _round: int
) -> None:
    secret_store(connection=verified, field="password", secret=Secret("old"))
    waiting = profile_request(connection=verified, legal_entity=legal_entity, actor=administrator)

    run_at_once(
        lambda: connection_disconnect(connection=verified, actor=administrator),
        lambda: profile_claim(profile=waiting, actor=support),
        lambda: verification_request(connection=verified, actor=administrator),
        lambda: credentials_save(
            connection=verified,
            actor=administrator,
            company_id=verified.company_id,
            user_id="Beanworks",
            password=Secret("new"),
        ),
    )

    waiting.refresh_from_db()
    verified.refresh_from_db()
    assert verified.disconnected_at
    assert waiting.state == "withdrawn"
    assert not StoredSecret.objects.filter(field="password").exists()
    # Only the attempt to connect it again may be left.
    assert not Verification.objects.active().filter(new_user_id="").exists()


@pytest.fixture
def verified(connection: Connection, root: OrgUnit) -> Connection:
    connection.company_id, connection.level, connection.credentials_saved_at = "hillside", "top", timezone.now()
    connection.save()
    verification = Verification.objects.create(connection=connection, state="done")
    for position, slug in enumerate(("gateway", "company", "sign_in")):
        Finding.objects.create(
            verification=verification, check_slug=slug, stage="credentials", position=position, outcome="passed"
        )
    return connection
