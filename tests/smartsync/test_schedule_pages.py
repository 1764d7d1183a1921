"""The pages of schedules."""

from datetime import time, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import OrgUnit, Role, User
from smartsync.models import MissedRun, Schedule, SyncRun
from smartsync.services import schedules_dispatch
from tests.support.users import create_user, signed_in_client
from tests.wizard.pages.reading import edit
from wizard.models import Connection, SyncProfile

from .test_schedules import create_schedule, fall_due
from .test_services import create_ended_run

TYPED = {"days": ["0", "2"], "every_hours": "24", "at": "05:30", "time_zone": "America/Toronto"}


@pytest.fixture
def ready(profile: SyncProfile) -> SyncProfile:
    create_ended_run(profile)
    create_ended_run(profile, "partial")
    return profile


@pytest.fixture
def schedule(ready: SyncProfile, administrator: User) -> Schedule:
    return create_schedule(ready, administrator)


def page_of(profile: SyncProfile) -> str:
    return f"/smartsync/{profile.pk}/schedules/"


def acts(schedule: Schedule) -> list[str]:
    own = f"/smartsync/schedules/{schedule.pk}/"
    return [own, f"{own}pause/", f"{own}resume/", f"{own}remove/", page_of(schedule.profile)]


def test_schedule_has_the_time_zone_of_its_legal_entity_by_default(client: Client, ready: SyncProfile) -> None:
    assert client.get(page_of(ready)).context["form"]["time_zone"].value() == "America/Vancouver"
    assert client.post(page_of(ready), TYPED).headers["Location"] == page_of(ready)
    created = Schedule.objects.get()
    assert (created.days, created.at, created.time_zone) == ([0, 2], time(5, 30), "America/Toronto")


def test_zones_are_offered_by_city_and_the_stored_one_in_any_case(client: Client, schedule: Schedule) -> None:
    page = f"/smartsync/schedules/{schedule.pk}/"
    Schedule.objects.update(time_zone="Etc/GMT+8")

    groups = client.get(page).context["form"].fields["time_zone"].choices
    offered = {name: label for _group, choices in groups for name, label in choices}

    assert offered["America/New_York"] == "America/New York"
    assert "Etc/GMT+8" in offered
    assert "Etc/GMT+9" not in offered


@pytest.mark.parametrize("wrong", [{"days": []}, {"days": ["8"]}, {"at": "25:00"}, {"time_zone": "Mars/Olympus"}])
def test_invalid_values_stay_with_an_error_beside_their_field(
    client: Client, ready: SyncProfile, wrong: dict[str, object]
) -> None:
    page = client.post(page_of(ready), TYPED | wrong)
    assert list(page.context["form"].errors) == list(wrong)
    assert not Schedule.objects.exists()


@pytest.mark.parametrize("spelling", [{}, {"days": ["2", "0"]}, {"days": ["0", "2", "0"]}, {"at": "05:30:59"}])
def test_second_equal_schedule_is_refused_with_the_reason(
    client: Client, ready: SyncProfile, spelling: dict[str, object]
) -> None:
    client.post(page_of(ready), TYPED)
    assert "already" in client.post(page_of(ready), TYPED | spelling).content.decode()


def test_next_run_is_shown_in_the_time_zones_of_schedule_and_user(client: Client, ready: SyncProfile) -> None:
    client.post(page_of(ready), TYPED)
    Schedule.objects.update(next_at="2026-11-30T10:30:00Z")
    page = " ".join(client.get(page_of(ready)).content.decode().split())
    assert "Nov. 30, 2026, 5:30 a.m. (Monday)" in page
    assert "In your time zone, Pacific Time (Vancouver, Los Angeles): Nov. 30, 2026, 2:30 a.m." in page
    assert "Monday and Wednesday, 5:30 a.m." in page


def test_partial_sync_is_offered_after_a_full_sync(client: Client, profile: SyncProfile) -> None:
    create_ended_run(profile)
    page = client.get(page_of(profile)).content.decode()
    assert "Run a partial sync now" in page
    assert "Create schedule" not in page
    response = client.post(f"/smartsync/{profile.pk}/start/", {"kind": "partial"})
    assert response.headers["Location"] == f"/smartsync/runs/{SyncRun.objects.latest('pk').pk}/"


def test_first_sync_is_offered_before_any_success(client: Client, profile: SyncProfile) -> None:
    assert "Go to the first sync" in client.get(page_of(profile)).content.decode()


def test_schedule_is_changed_paused_resumed_and_removed(client: Client, schedule: Schedule) -> None:
    own = f"/smartsync/schedules/{schedule.pk}/"
    assert client.get(own).context["form"]["days"].value() == list(range(7))
    edit(client, own, TYPED)
    client.post(f"{own}pause/")
    schedule.refresh_from_db()
    assert (schedule.days, schedule.next_at) == ([0, 2], None)
    assert "Paused" in client.get(page_of(schedule.profile)).content.decode()
    client.post(f"{own}resume/")
    schedule.refresh_from_db()
    assert schedule.next_at
    assert "Remove the schedule" in client.get(f"{own}remove/").content.decode()
    client.post(f"{own}remove/")
    assert not Schedule.objects.exists()


def test_home_shows_when_the_next_sync_starts(client: Client, schedule: Schedule) -> None:
    Schedule.objects.update(next_at="2026-11-30T10:30:00Z")
    page = client.get("/smartsync/").content.decode()
    assert "Next sync: " in page
    assert "Nov. 30, 2026, 2:30\xa0a.m." in page


def test_no_time_is_announced_while_intacct_refuses_the_sign_in(client: Client, schedule: Schedule) -> None:
    Schedule.objects.update(next_at="2026-11-30T10:30:00Z")
    Connection.objects.update(sign_in_block="refused", sign_in_refused_at=timezone.now())

    for address in ("/smartsync/", f"/smartsync/{schedule.profile_id}/"):
        assert "Next sync: paused until the sign-in works" in client.get(address).content.decode()
    own = client.get(f"/smartsync/{schedule.profile_id}/schedules/").content.decode()
    assert "Paused until the sign-in works" in own
    assert "Nov. 30" not in own
    assert "We can sign in to Intacct" in own


def test_missed_time_is_shown_until_the_next_sync(client: Client, schedule: Schedule) -> None:
    fall_due(schedule, ago=timedelta(hours=3))
    SyncRun.objects.update(created_at=timezone.now() - timedelta(days=1))
    schedules_dispatch()
    assert MissedRun.objects.get().reason == "late"
    words = "Beanworks Connect was not running at that time."
    home = f"/smartsync/{schedule.profile_id}/"
    assert words in client.get(home).content.decode()
    create_ended_run(schedule.profile, "partial")
    assert words not in client.get(home).content.decode()
    assert words in client.get(page_of(schedule.profile)).content.decode()


@pytest.mark.parametrize("role", Role.values)
def test_each_of_the_five_roles_creates_schedules(role: str, ready: SyncProfile) -> None:
    unit = ready.legal_entity.org_unit
    signed_in_client(create_user("Kim", role, home=unit)).post(page_of(ready), TYPED)
    assert Schedule.objects.count() == 1


def test_other_org_units_and_other_customers_do_not_find_it(
    schedule: Schedule, other_profile: SyncProfile, stranger: User
) -> None:
    elsewhere = other_profile.legal_entity.org_unit
    colleague = create_user("Paul", Role.PO_ADMINISTRATOR, home=elsewhere)
    for client in map(signed_in_client, (colleague, stranger)):
        assert {client.post(address, TYPED).status_code for address in acts(schedule)} == {404}
        assert client.get(page_of(schedule.profile)).status_code == 404
    assert Schedule.objects.get().next_at


def test_beanworks_users_see_schedules_and_change_nothing(schedule: Schedule, support: User) -> None:
    client = signed_in_client(support)
    assert {client.post(address, TYPED).status_code for address in acts(schedule)} == {403}
    page = client.get(page_of(schedule.profile))
    assert (page.status_code, b"Make the schedule" in page.content, b"Pause" in page.content) == (200, False, False)


def test_users_without_a_role_and_signed_out_users_get_no_access(schedule: Schedule, root: OrgUnit) -> None:
    assert signed_in_client(create_user("Noel", home=root)).get(page_of(schedule.profile)).status_code == 403
    assert Client().get(page_of(schedule.profile)).status_code == 302
