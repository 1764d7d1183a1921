"""Several legal entities at once, and the page before a full sync."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import OrgUnit, Role, User
from smartsync.models import ListRun, SyncRun
from smartsync.pages.estimates import FullPlan, candidates
from smartsync.services import run_start
from tests.smartsync.conftest import create_profile
from tests.smartsync.test_services import create_ended_run
from tests.smartsync.test_store import read as read_list
from tests.smartsync.test_store import record
from tests.support.users import create_user, signed_in_client
from tests.wizard.pages.reading import words
from wizard.models import Connection, SyncProfile

SEVERAL, FULL = "/smartsync/several/", "/smartsync/full/"


@pytest.fixture
def measured(profile: SyncProfile) -> SyncProfile:
    """A full sync that read three records in six seconds, with two lists at the same time."""
    list_run = read_list(profile, [record(1), record(2), record(3)])
    began = timezone.now() - timedelta(days=1)
    list_run.began_at, list_run.finished_at = began, began + timedelta(seconds=6)
    list_run.save()
    ListRun.objects.create(
        run=list_run.run,
        position=1,
        slug="bills",
        object="X",
        title="bills",
        began_at=began + timedelta(seconds=2),
        finished_at=began + timedelta(seconds=4),
    )
    SyncRun.objects.filter(pk=list_run.run_id).update(started_at=began)
    return profile


def both(*profiles: SyncProfile) -> dict[str, list[int]]:
    return {"profile": [profile.pk for profile in profiles]}


def test_page_shows_whether_each_legal_entity_can_be_synced(
    profile: SyncProfile, other_profile: SyncProfile, administrator: User
) -> None:
    success = create_ended_run(profile)
    assert [(row.profile, row.since, row.obstacle) for row in candidates(administrator)] == [
        (other_profile, None, ""),
        (profile, success.started_at, ""),
    ]
    run_start(profile=profile, kind="partial", actor=administrator)
    SyncProfile.objects.filter(pk=other_profile.pk).update(state="requested")
    obstacles = [candidate.obstacle for candidate in candidates(administrator)]
    assert obstacles == ["Waiting on Beanworks: the API Sync Profile is not approved yet.", "A sync is running."]


def test_refused_sign_in_leaves_nothing_to_sync(client: Client, profile: SyncProfile) -> None:
    """Every further sign-in with the same password could lock the user in Intacct."""
    create_ended_run(profile)
    Connection.objects.update(sign_in_block="refused")
    page = client.get(SEVERAL)
    assert "Intacct refused this sign-in" in words(page)
    assert "What to sync" not in words(page)


def test_partial_syncs_of_all_possible_legal_entities_start_at_once(
    client: Client, profile: SyncProfile, other_profile: SyncProfile
) -> None:
    create_ended_run(profile)
    page = words(client.post(SEVERAL, both(profile, other_profile) | {"kind": "partial"}, follow=True))
    assert "1 sync has started." in page
    assert "Northwind Canada: The first sync must be a full sync" in page
    assert SyncRun.objects.active().get().profile == profile


def test_full_sync_of_several_is_shown_first_and_then_confirmed(
    client: Client, profile: SyncProfile, other_profile: SyncProfile
) -> None:
    asked = client.post(SEVERAL, both(profile, other_profile) | {"kind": "full"})
    assert not SyncRun.objects.exists()
    address = asked.headers["Location"]
    assert "Start the full sync" in client.get(address).content.decode()
    assert "2 syncs have started." in client.post(address, follow=True).content.decode()
    assert set(SyncRun.objects.values_list("profile", "kind")) == {(profile.pk, "full"), (other_profile.pk, "full")}


def test_full_sync_after_the_first_one_is_explained_with_counts_and_an_estimate(
    client: Client, measured: SyncProfile
) -> None:
    address = client.post(f"/smartsync/{measured.pk}/start/", {"kind": "full"}).headers["Location"]
    assert address == f"{FULL}?profile={measured.pk}"
    page = " ".join(client.get(address).content.decode().split())
    assert "3 records. At the speed of the last full sync, this takes about 6 seconds." in page
    assert "<dd>3</dd>" in page
    confirmed = client.post(address)
    assert confirmed.headers["Location"] == f"/smartsync/runs/{SyncRun.objects.active().get().pk}/"


def test_estimate_grows_with_the_records_and_ignores_the_wait_before_a_retry(
    measured: SyncProfile,
) -> None:
    again = ListRun.objects.get(slug="bills")
    now = timezone.now()
    again.began_at, again.finished_at = now, now + timedelta(seconds=3)
    again.save()
    read_list(measured, [record(key) for key in range(1, 7)], kind="partial")
    assert FullPlan(measured).estimate == timedelta(seconds=18)


def test_before_the_first_full_sync_there_is_no_estimate(profile: SyncProfile) -> None:
    assert FullPlan(profile).estimate is None


def test_any_number_of_legal_entities_takes_the_same_few_queries(
    client: Client, connection: Connection, root: OrgUnit, django_assert_max_num_queries: object
) -> None:
    for number in range(12):
        create_ended_run(create_profile(connection, root, f"Entity {number}", f"E{number}"))
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        client.get(SEVERAL)


def test_confirming_a_full_sync_shows_profiles_that_cannot_be_synced_now(client: Client, profile: SyncProfile) -> None:
    """The approval may have been withdrawn while the page was open."""
    SyncProfile.objects.filter(pk=profile.pk).update(state="declined", reason="No")

    page = words(client.post(f"{FULL}?profile={profile.pk}", follow=True))

    assert "Northwind US: SmartSync can start once Beanworks has approved the API Sync Profile." in page
    assert not SyncRun.objects.exists()


def test_confirming_a_full_sync_of_no_profile_shows_an_error(client: Client) -> None:
    assert "No sync has started" in client.post(f"{FULL}?profile=0", follow=True).content.decode()


def test_choosing_no_legal_entity_shows_an_error(client: Client, profile: SyncProfile) -> None:
    assert "No legal entity chosen" in client.get(f"{FULL}?profile=nonsense").content.decode()
    assert client.post(FULL).headers["Location"] == "/smartsync/"
    assert not SyncRun.objects.exists()


def test_legal_entities_without_access_are_neither_shown_nor_synced(
    profile: SyncProfile, other_profile: SyncProfile, stranger: User
) -> None:
    unit = other_profile.legal_entity.org_unit
    exporter = create_user("Eli", Role.INVOICE_EXPORTER, home=unit)
    assert [candidate.profile for candidate in candidates(exporter)] == [other_profile]
    assert candidates(stranger) == []
    for client in map(signed_in_client, (exporter, stranger)):
        assert b"Northwind US" not in client.get(f"{FULL}?profile={profile.pk}").content
        client.post(f"{FULL}?profile={profile.pk}")
        client.post(SEVERAL, both(profile) | {"kind": "partial"})
    assert not SyncRun.objects.exists()


def test_only_the_customers_users_with_a_role_have_access(profile: SyncProfile, root: OrgUnit, support: User) -> None:
    for client in (signed_in_client(support), signed_in_client(create_user("Noel", home=root))):
        assert {client.get(SEVERAL).status_code, client.get(FULL).status_code} == {403}
    assert Client().get(SEVERAL).status_code == 302


def test_page_of_a_declined_profile_names_what_it_needs(client: Client, profile: SyncProfile) -> None:
    SyncProfile.objects.filter(pk=profile.pk).update(state="declined", reason="No")

    page = words(client.get(f"/smartsync/{profile.pk}/"))

    assert "SmartSync can start once Beanworks has approved the API Sync Profile." in page
