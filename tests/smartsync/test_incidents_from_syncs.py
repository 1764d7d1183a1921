"""Errors of a sync also count for the monitoring of its connection, with as few requests to Intacct as possible."""

import pytest
from django.utils import timezone

from intacct.secret import Secret
from smartsync.models import ListRun, MissedRun, Schedule, SyncRun
from smartsync.services import list_retry, run_start, schedules_dispatch
from tests.smartsync.company import Company
from tests.smartsync.conftest import PASSWORD
from tests.smartsync.test_schedules import create_schedule, fall_due
from wizard.models import Connection, Incident, StoredSecret, Verification
from wizard.services import Refused, verification_request
from wizard.services.verifications import verification_work
from wizard.verification.secrets import secret_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def verified(company: Company) -> Company:
    """A connection that passed all checks in its last verification."""
    connection = company.profile.connection
    connection.modules = []
    connection.save()
    verify(verification_request(connection=connection, actor=None))
    assert not Incident.objects.exists()
    return company


def verify(verification: Verification) -> None:
    held = Verification.objects.claim(verification.pk)
    assert held
    verification_work(held)


def with_a_wrong_password(company: Company) -> None:
    secret_store(connection=company.profile.connection, field="password", secret=Secret("another by now"))


def test_refused_sign_in_is_an_incident_without_a_second_try(verified: Company) -> None:
    with_a_wrong_password(verified)
    verified.control("requests")
    run = verified.sync("full")
    assert run.result == SyncRun.Result.FAILED
    assert len(verified.requests()) == 1
    incident = Incident.objects.get()
    assert (incident.check_slug, incident.stage) == ("sign_in", "credentials")


def test_no_schedule_tries_a_password_that_was_refused(verified: Company) -> None:
    for kind in ("full", "partial"):
        verified.sync(kind)
    schedule = create_schedule(verified.profile, verified.actor)
    with_a_wrong_password(verified)
    verified.sync("partial")
    Schedule.objects.filter(pk=schedule.pk).update(next_at=timezone.now())
    fall_due(schedule)
    schedules_dispatch()
    assert MissedRun.objects.get().reason == "refused"
    assert not SyncRun.objects.active().exists()


def test_no_sync_is_started_with_a_password_that_was_refused(verified: Company) -> None:
    with_a_wrong_password(verified)
    run = verified.sync("full")
    vendors = ListRun.objects.create(
        run=run, position=0, slug="vendors", object="VENDOR", title="Vendors", state="failed", cause="sign_in_refused"
    )
    verified.control("requests")

    with pytest.raises(Refused, match="could lock the user"):
        run_start(profile=verified.profile, kind="full", actor=None)
    with pytest.raises(Refused, match="could lock the user"):
        list_retry(list_run=vendors, actor=None)

    assert verified.requests() == []


def test_active_sync_does_not_try_a_refused_password(verified: Company) -> None:
    run = run_start(profile=verified.profile, kind="full", actor=None)
    Connection.objects.update(sign_in_block="refused")
    verified.control("requests")

    verified.work(run)

    run.refresh_from_db()
    assert (run.result, run.cause) == (SyncRun.Result.FAILED, "sign_in_refused")
    assert verified.requests() == []


def test_sync_with_an_unreadable_password_ends_and_asks_for_it(verified: Company) -> None:
    StoredSecret.objects.update(envelope=b"lost\n")
    verified.control("requests")

    run = verified.sync("full")

    assert (run.result, run.cause) == (SyncRun.Result.FAILED, "password_unreadable")
    assert Incident.objects.open().get().check_slug == "password"
    with pytest.raises(Refused, match="Enter it again"):
        run_start(profile=verified.profile, kind="full", actor=None)
    assert verified.requests() == []


@pytest.mark.parametrize("layer", ["control", "sign-in", "result"])
def test_schedules_continue_after_an_unknown_refusal(verified: Company, layer: str) -> None:
    for kind in ("full", "partial"):
        verified.sync(kind)
    schedule = create_schedule(verified.profile, verified.actor)
    verified.control("fault", name="unknown-error", layer=layer, function="getAPISession")
    verify(verification_request(connection=verified.profile.connection, actor=None))
    fall_due(schedule)

    schedules_dispatch()

    assert SyncRun.objects.active().get().schedule == schedule
    assert not MissedRun.objects.exists()


def test_list_that_does_not_apply_stays_so_after_a_verification_with_a_503(company: Company) -> None:
    """A 503 has no result for the check, so the result of the verification before it still counts."""
    company.control(
        "", subscriptions=["accounts-receivable", "cash-management"], behavior={"missing_module": "permission"}
    )
    connection = company.profile.connection
    connection.modules = []
    connection.save()
    verify(verification_request(connection=connection, actor=None))
    company.control("fault", name="unavailable")
    verify(verification_request(connection=connection, actor=None))
    assert Verification.objects.latest("pk").blocker == "gateway"
    company.calm()

    run = company.sync("full")

    assert run.result == SyncRun.Result.COMPLETE
    assert run.lists.get(slug="warehouses").state == ListRun.State.NOT_APPLICABLE


def test_refused_list_starts_a_verification(verified: Company) -> None:
    verified.control("permissions", revoke=["vendors"])
    assert verified.sync("full").result == SyncRun.Result.INCOMPLETE
    verify(Verification.objects.active().get())
    assert Incident.objects.get().check_slug == "perm.vendors"


def test_profile_shows_whether_its_newest_sync_is_incomplete(verified: Company) -> None:
    for revoked, gaps in ((["vendors"], True), ([], False)):
        verified.control("set-up", password=PASSWORD)
        verified.control("permissions", revoke=revoked)
        verified.sync("full")
        verified.profile.refresh_from_db()
        assert (verified.profile.has_gaps, verified.profile.connection.has_gaps) == (gaps, gaps)
