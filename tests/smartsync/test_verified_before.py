"""Before a sync reads anything, its connection is verified anew: what a sync would not notice is noticed too."""

import pytest
from django.utils import timezone

from intacct.secret import Secret
from smartsync.models import SyncRun
from wizard.ladder import LATELY
from wizard.models import Incident, SyncProfile, Verification
from wizard.secrets import secret_store
from wizard.services import verification_request

from .company import Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def long_verified(company: Company) -> Company:
    """Verified once, all was well; that is so long ago that a sync has it verified again."""
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
    """All that was verified was so a while ago."""
    Verification.objects.update(created_at=timezone.now() - LATELY * 2)


def test_a_sync_begins_with_a_verification_and_goes_on_in_its_session(long_verified: Company) -> None:
    run = long_verified.sync("partial")
    assert run.result == SyncRun.Result.COMPLETE
    verification = Verification.objects.latest("pk")
    assert (verification.requested_by, verification.is_active) == (None, False)
    assert verification.findings.filter(check_slug="perm.vendors", outcome="passed").exists()
    assert [each["functions"][0] for each in long_verified.requests()] == ["getAPISession", "get_applications", "query"]


def test_what_no_sync_would_notice_is_an_incident(long_verified: Company) -> None:
    long_verified.control("", custom_fields=[])
    assert long_verified.sync("partial").result == SyncRun.Result.COMPLETE
    assert Incident.objects.get().check_slug == "custom_field"


def test_a_changed_password_is_tried_once_and_stops_the_sync(long_verified: Company) -> None:
    secret_store(connection=long_verified.profile.connection, field="password", secret=Secret("another by now"))
    run = long_verified.sync("partial")
    assert (run.result, run.cause) == (SyncRun.Result.FAILED, "sign-in-refused")
    assert [each["functions"] for each in long_verified.requests()] == [["getAPISession"]]
    assert Incident.objects.get().check_slug == "sign_in"


def test_the_next_sync_soon_after_is_not_preceded_by_another(long_verified: Company) -> None:
    for _ in range(2):
        long_verified.sync("partial")
    assert long_verified.count("get_applications") == 1


def test_a_verification_under_way_is_not_waited_for(long_verified: Company) -> None:
    verification_request(connection=long_verified.profile.connection, actor=None)
    assert long_verified.sync("partial").result == SyncRun.Result.COMPLETE
    assert long_verified.count("get_applications") == 0


def test_a_check_of_one_stage_is_no_verification_of_all(long_verified: Company) -> None:
    profile: SyncProfile = long_verified.profile
    Verification.objects.create(connection=profile.connection, checks=["custom_field"], state="done")
    long_verified.sync("partial")
    assert long_verified.count("get_applications") == 1


def test_how_dates_are_written_is_learned_before_they_are_asked_for(long_verified: Company) -> None:
    long_verified.control("", formatting={"dateformat": ".dmY"})
    long_verified.control("edits", object="VENDOR", acts=[["edit", 3]])
    long_verified.sync("partial")
    assert long_verified.differences("vendors") == {}
