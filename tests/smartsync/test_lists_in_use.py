"""Lists that a profile does not use: what runs read, and what happens when a list is turned off or on."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from audit.models import AuditEvent
from core.errors import Refused
from intacct.catalogue import LIST
from smartsync.engine.plan import run_plan
from smartsync.models import ListItem, ListRun, SyncRun
from smartsync.services import list_retry, lists_choose, run_start
from smartsync.services.work import run_advance
from wizard.models import Connection, SyncProfile, Verification
from wizard.services.sessions import session_for

from .company import Company

pytestmark = pytest.mark.django_db(transaction=True)
COMPLETE = SyncRun.Result.COMPLETE


def choose(company: Company, *unused: str) -> None:
    lists_choose(profile=company.profile, unused=unused, actor=company.actor)
    # The verification that this requests has tests of its own.
    Verification.objects.active().delete()


def report_dimension(profile: SyncProfile) -> None:
    profile.connection.company["dimensions"] = [{"object": "vehicle", "label": "Vehicle"}]
    profile.connection.save()


def read(run: SyncRun) -> set[str]:
    return set(run.lists.values_list("slug", flat=True))


def since(run: SyncRun, slug: str) -> object:
    return run.lists.get(slug=slug).since


def test_unused_list_is_not_read_and_the_run_is_complete(company: Company) -> None:
    report_dimension(company.profile)
    choose(company, "vendors", "items", "dimension-vehicle")

    run = company.sync("full")

    assert run.result == COMPLETE
    assert read(run) == {*LIST, "dimension-grant_program"} - {"vendors", "items"}
    assert run.unused_lists == ["dimension-vehicle", "items", "vendors"]
    assert not set(ListItem.objects.values_list("list", flat=True)) & set(run.unused_lists)


def test_records_of_a_list_stay_when_it_is_turned_off(company: Company) -> None:
    company.sync("full")
    before = set(ListItem.objects.filter(list="vendors").values_list("pk", "revision", "deleted_at"))
    choose(company, "vendors")
    company.control("week")

    company.sync("partial")
    company.sync("full")

    assert set(ListItem.objects.filter(list="vendors").values_list("pk", "revision", "deleted_at")) == before


def test_list_is_read_in_full_by_the_next_partial_sync_once_it_is_used_again(company: Company) -> None:
    company.sync("full")
    choose(company, "vendors")
    company.sync("partial")
    company.control("week")
    choose(company)

    again = company.sync("partial")

    assert again.result == COMPLETE
    assert since(again, "vendors") is None
    assert since(again, "customers") is not None
    left = company.differences("vendors").get("vendors", set())
    assert all(company.is_deleted("vendors", key) for key in left)
    assert since(company.sync("partial"), "vendors") is not None


def test_list_that_failed_since_it_is_used_again_is_still_read_in_full(company: Company) -> None:
    company.sync("full")
    choose(company, "vendors")
    company.sync("partial")
    choose(company)
    company.control("permissions", revoke=["vendors"])
    company.sync("partial")
    company.control("permissions", grant=["vendors"])

    again = company.sync("partial")

    assert (again.result, since(again, "vendors")) == (COMPLETE, None)


def test_list_turned_off_and_on_between_two_syncs_missed_nothing(company: Company) -> None:
    company.sync("full")
    choose(company, "vendors")
    choose(company)
    company.control("week")

    assert since(company.sync("partial"), "vendors") is not None


def test_dimension_that_the_last_full_sync_left_out_is_read_by_the_next_partial_sync(company: Company) -> None:
    report_dimension(company.profile)
    choose(company, "dimension-vehicle")
    company.sync("full")
    choose(company)

    again = company.sync("partial")

    assert since(again, "dimension-vehicle") is None
    assert company.differences("dimension-vehicle") == {}


def test_choice_during_a_run_is_for_the_next_run(company: Company) -> None:
    run = run_start(profile=company.profile, kind="full", actor=company.actor)
    claimed = SyncRun.objects.claim(run.pk)
    assert claimed
    run_plan(claimed, session_for(company.profile.connection, work=None))
    choose(company, "vendors")

    run_advance(claimed)
    finished = company.work(run)
    following = company.sync("partial")

    assert (finished.result, finished.unused_lists) == (COMPLETE, [])
    assert company.differences("vendors") == {}
    assert "vendors" not in read(following)


def test_choice_before_a_queued_run_plans_its_lists_counts(company: Company) -> None:
    run = run_start(profile=company.profile, kind="full", actor=company.actor)
    choose(company, "vendors")

    assert "vendors" not in read(company.work(run))


def test_failed_list_cannot_be_retried_once_it_is_off(company: Company) -> None:
    company.control("permissions", revoke=["vendors"])
    run = company.sync("full")
    choose(company, "vendors")

    with pytest.raises(Refused, match="no longer in use"):
        list_retry(list_run=run.lists.get(slug="vendors"), actor=company.actor)


def test_refused_list_is_a_problem_if_its_permission_was_not_needed_before(company: Company) -> None:
    """The last verification says that no list needs the permission. That was before the list was turned on."""
    company.control("permissions", revoke=["vendors"])
    verification = Verification.objects.get()
    verification.findings.create(
        check_slug="perm.vendors", stage="user_role", position=1, outcome="not_applicable", cause="list_unused"
    )

    run = company.sync("full")

    assert run.lists.get(slug="vendors").state == ListRun.State.REFUSED


@pytest.fixture
def with_dimension(profile: SyncProfile) -> SyncProfile:
    """A profile whose company has reported a user-defined dimension."""
    report_dimension(profile)
    return profile


def test_choice_is_saved_and_recorded(with_dimension: SyncProfile, administrator: User) -> None:
    lists_choose(profile=with_dimension, unused=["vendors", "items"], actor=administrator)
    lists_choose(profile=with_dimension, unused=["vendors", "dimension-vehicle"], actor=administrator)

    with_dimension.refresh_from_db()
    assert with_dimension.unused_lists == ["dimension-vehicle", "vendors"]
    event = AuditEvent.objects.filter(action="profile.lists_chosen").latest("pk")
    assert (event.metadata["on"], event.metadata["off"]) == (["items"], ["dimension-vehicle"])


def test_same_choice_changes_nothing(profile: SyncProfile, administrator: User) -> None:
    lists_choose(profile=profile, unused=["vendors"], actor=administrator)
    lists_choose(profile=profile, unused=["vendors"], actor=administrator)

    assert AuditEvent.objects.filter(action="profile.lists_chosen").count() == 1


def test_choice_requests_a_verification(profile: SyncProfile, administrator: User) -> None:
    lists_choose(profile=profile, unused=["vendors"], actor=administrator)

    assert Verification.objects.active().filter(connection=profile.connection).exists()


def test_choice_is_saved_while_sign_ins_are_blocked(profile: SyncProfile, administrator: User) -> None:
    Connection.objects.update(sign_in_block="refused")

    assert lists_choose(profile=profile, unused=["vendors"], actor=administrator).unused_lists == ["vendors"]


@pytest.mark.parametrize("unused", [["people"], ["dimension-unknown"], [""], list(LIST)])
def test_unknown_list_and_no_list_are_refused(profile: SyncProfile, administrator: User, unused: list[str]) -> None:
    with pytest.raises(Refused):
        lists_choose(profile=profile, unused=unused, actor=administrator)


def test_dimension_that_is_no_longer_reported_stays_off(with_dimension: SyncProfile, administrator: User) -> None:
    lists_choose(profile=with_dimension, unused=["dimension-vehicle"], actor=administrator)
    Connection.objects.update(company={})

    lists_choose(profile=with_dimension, unused=["dimension-vehicle", "vendors"], actor=administrator)

    with_dimension.refresh_from_db()
    assert with_dimension.unused_lists == ["dimension-vehicle", "vendors"]


def test_declined_profile_has_no_choice(profile: SyncProfile, administrator: User) -> None:
    SyncProfile.objects.update(state="declined")

    with pytest.raises(Refused):
        lists_choose(profile=profile, unused=["vendors"], actor=administrator)


@pytest.mark.parametrize("value", [{}, "vendors", None, [1], [["vendors"]], ["people"], ['vendors"'], [*LIST]])
def test_database_accepts_only_known_lists_and_at_least_one(profile: SyncProfile, value: object) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        SyncProfile.objects.filter(pk=profile.pk).update(unused_lists=value)


def test_list_is_unused_only_if_no_open_profile_uses_it(profile: SyncProfile, other_profile: SyncProfile) -> None:
    connection = profile.connection
    SyncProfile.objects.filter(pk=profile.pk).update(unused_lists=["vendors", "items"])
    SyncProfile.objects.filter(pk=other_profile.pk).update(unused_lists=["vendors"])
    assert SyncProfile.objects.unused_lists(connection) == {"vendors"}

    SyncProfile.objects.filter(pk=other_profile.pk).update(state="declined")
    assert SyncProfile.objects.unused_lists(connection) == {"vendors", "items"}

    SyncProfile.objects.all().update(state="withdrawn")
    assert SyncProfile.objects.unused_lists(connection) == set()
