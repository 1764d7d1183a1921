"""A profile that is revoked or replaced is no longer synced. Its schedules move to the profile that replaces it."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from smartsync.models import MissedRun, Schedule, SyncRun
from smartsync.services import ended_lists_remove, run_finish, run_start, schedules_dispatch
from tests.support.users import signed_in_client
from wizard.models import Incident, SyncProfile
from wizard.services import Refused, profile_revoke

from .test_disconnecting import LONG_AGO, add_records
from .test_services import create_claimed_run

REASON = "The contract has ended."


@pytest.fixture
def replacing(profile: SyncProfile, administrator: User) -> SyncProfile:
    """The approved profile of another level, which was never synced. The replaced one has two schedules."""
    for hour in (6, 7):
        Schedule.objects.create(profile=profile, days=[*range(7)], at=time(hour), time_zone="UTC")
    Schedule.objects.update(next_at=timezone.now())
    now = timezone.now()
    SyncProfile.objects.filter(pk=profile.pk).update(state="replaced", ended_at=now, first_synced_at=now)
    return SyncProfile.objects.create(
        connection=profile.connection,
        legal_entity=profile.legal_entity,
        entity_id="100",
        state="approved",
        decided_at=now,
        replaces=profile,
    )


def test_sync_and_incidents_of_a_revoked_profile_end(profile: SyncProfile, administrator: User, support: User) -> None:
    run = run_start(profile=profile, kind="full", actor=administrator)
    for slug in (f"sync.{profile.pk}", f"records.{profile.pk}", "company"):
        Incident.objects.create(connection=profile.connection, check_slug=slug, cause="interrupted")

    profile_revoke(profile=profile, actor=support, reason=REASON)

    run.refresh_from_db()
    assert (run.state, run.result) == ("done", "canceled")
    assert list(Incident.objects.open().values_list("check_slug", flat=True)) == ["company"]
    with pytest.raises(Refused):
        run_start(profile=profile, kind="full", actor=administrator)


def test_schedule_of_an_ended_profile_neither_runs_nor_misses(replacing: SyncProfile) -> None:
    schedules_dispatch()
    assert not SyncRun.objects.exists()
    assert not MissedRun.objects.exists()


def test_schedules_move_once_the_new_level_is_synced(replacing: SyncProfile) -> None:
    own = Schedule.objects.create(profile=replacing, days=[*range(7)], at=time(7), time_zone="UTC")
    run_finish(run=create_claimed_run(replacing, ["complete", "failed"]))
    assert list(replacing.schedules.all()) == [own]

    run_finish(run=create_claimed_run(replacing, ["complete"]))

    assert sorted(schedule.at.hour for schedule in replacing.schedules.all()) == [6, 7]


def test_lists_of_a_replaced_profile_stay_until_the_new_level_was_synced(
    replacing: SyncProfile, profile: SyncProfile
) -> None:
    add_records(profile, 3)
    SyncProfile.objects.filter(pk=profile.pk).update(ended_at=timezone.now() - LONG_AGO)
    ended_lists_remove()
    assert profile.items.count() == 3
    SyncProfile.objects.filter(pk=replacing.pk).update(first_synced_at=timezone.now() - timedelta(days=29))
    ended_lists_remove()
    assert profile.items.count() == 3

    SyncProfile.objects.filter(pk=replacing.pk).update(first_synced_at=timezone.now() - LONG_AGO)
    ended_lists_remove()

    profile.refresh_from_db()
    assert profile.lists_removed_at
    assert profile.items.count() == 0


def test_pages_of_an_ended_profile_say_so_and_lead_to_the_new_one(
    replacing: SyncProfile, profile: SyncProfile, administrator: User
) -> None:
    client = signed_in_client(administrator)
    page = client.get(f"/smartsync/{profile.pk}/").content.decode()
    assert "This API Sync Profile was replaced" in page
    assert f'href="/smartsync/{replacing.pk}/"' in page
    assert "No longer synced" in client.get("/smartsync/").content.decode()
