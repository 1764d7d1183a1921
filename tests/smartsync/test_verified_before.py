"""Before a sync reads anything, its connection is verified, since a sync would not notice all problems."""

import pytest
from django.utils import timezone

from intacct.secret import Secret
from smartsync.models import SyncRun
from wizard.models import Incident, SyncProfile, Verification
from wizard.services import verification_request
from wizard.services.verifications import RECENT
from wizard.verification.secrets import secret_store

from .company import Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def long_verified(company: Company) -> Company:
    """A connection that passed all checks so long ago that a sync verifies it again."""
    company.control("", sizes={"VENDOR": 40, "COSTTYPE": 40})
    company.profile.connection.modules = []
    company.profile.connection.save()
    age(company)
    company.sync("full")
    assert not Incident.objects.exists()
    age(company)
    company.control("requests")
    return company


def age(company: Company) -> None:
    """Move all verifications into the past."""
    Verification.objects.update(created_at=timezone.now() - RECENT * 2)


def test_sync_starts_with_a_verification_and_uses_its_session(long_verified: Company) -> None:
    run = long_verified.sync("partial")
    assert run.result == SyncRun.Result.COMPLETE
    verification = Verification.objects.latest("pk")
    assert (verification.requested_by, verification.is_active) == (None, False)
    assert verification.findings.filter(check_slug="perm.vendors", outcome="passed").exists()
    assert [request["functions"][0] for request in long_verified.requests()] == [
        "getAPISession",
        "get_applications",
        "query",
    ]


def test_problem_that_no_sync_would_notice_opens_an_incident(long_verified: Company) -> None:
    long_verified.control("", custom_fields=[])
    assert long_verified.sync("partial").result == SyncRun.Result.COMPLETE
    assert Incident.objects.get().check_slug == "custom_field"


def test_changed_password_is_tried_once_and_stops_the_sync(long_verified: Company) -> None:
    secret_store(connection=long_verified.profile.connection, field="password", secret=Secret("another by now"))
    run = long_verified.sync("partial")
    assert (run.result, run.cause) == (SyncRun.Result.FAILED, "sign_in_refused")
    assert [request["functions"] for request in long_verified.requests()] == [["getAPISession"]]
    assert Incident.objects.get().check_slug == "sign_in"


def test_sync_soon_after_another_starts_without_a_verification(long_verified: Company) -> None:
    for _ in range(2):
        long_verified.sync("partial")
    assert long_verified.count("get_applications") == 1


def test_sync_does_not_wait_for_an_active_verification(long_verified: Company) -> None:
    verification_request(connection=long_verified.profile.connection, actor=None)
    assert long_verified.sync("partial").result == SyncRun.Result.COMPLETE
    assert long_verified.count("get_applications") == 0


def test_check_of_one_stage_does_not_count_as_a_verification(long_verified: Company) -> None:
    profile: SyncProfile = long_verified.profile
    Verification.objects.create(connection=profile.connection, checks=["custom_field"], state="done")
    long_verified.sync("partial")
    assert long_verified.count("get_applications") == 1


def test_date_format_is_known_before_the_first_filter_by_date(long_verified: Company) -> None:
    long_verified.control("", formatting={"dateformat": ".dmY"})
    long_verified.control("edits", object="VENDOR", actions=[["edit", 3]])
    long_verified.sync("partial")
    assert long_verified.differences("vendors") == {}
