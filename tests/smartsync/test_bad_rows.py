"""A row that cannot be processed affects its own customer only."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import Customer, OrgUnit, User
from core.timestamps import EARLIEST
from smartsync.models import ListRun, Schedule, SyncRun
from smartsync.services import (
    default_since,
    run_finish,
    schedule_change,
    schedule_resume,
    schedules_dispatch,
)
from tests.support.retention import prune_now
from tests.support.users import signed_in_client
from wizard.models import Connection, Incident, SyncProfile, Verification
from wizard.services import Refused, monitoring_dispatch

from .conftest import create_profile
from .test_services import create_claimed_run, create_ended_run

EVERY_DAY = list(range(7))


def update(table: str, **columns: datetime | str) -> None:
    """Update with SQL, without any of our checks."""
    assignments = ", ".join(f"{name} = %s" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE smartsync_{table} SET {assignments}", list(columns.values()))


def refuse(act: str, table: str, rows: str) -> None:
    """Let the database refuse the act on these rows, as it may do for an unforeseen reason."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE FUNCTION refuse() RETURNS trigger AS 'BEGIN RAISE ''no''; END' LANGUAGE plpgsql")
        cursor.execute(
            f"CREATE TRIGGER refuse BEFORE {act} ON {table} FOR EACH ROW WHEN ({rows}) EXECUTE FUNCTION refuse()"
        )


def due_schedule(profile: SyncProfile, zone: str = "America/Vancouver") -> Schedule:
    create_ended_run(profile)
    create_ended_run(profile, "partial")
    return Schedule.objects.create(profile=profile, days=EVERY_DAY, at=time(6), time_zone=zone, next_at=timezone.now())


@pytest.fixture
def bad(profile: SyncProfile) -> Schedule:
    return due_schedule(profile, "US/Pacific-New")


@pytest.fixture
def good(other_profile: SyncProfile) -> Schedule:
    return due_schedule(other_profile)


def test_schedule_with_unknown_zone_is_paused_and_others_start(bad: Schedule, good: Schedule) -> None:
    assert schedules_dispatch() == 2

    assert list(SyncRun.objects.active().values_list("schedule", flat=True)) == [good.pk]
    assert list(Schedule.objects.filter(next_at=None)) == [bad]
    incident = Incident.objects.get()
    assert (incident.cause, incident.facts["zone"]) == ("schedule_zone_unknown", "US/Pacific-New")
    assert schedules_dispatch() == 0


def test_schedule_that_fails_for_an_unforeseen_reason_is_paused_and_others_start(
    profile: SyncProfile, good: Schedule
) -> None:
    bad = due_schedule(profile)
    refuse("INSERT", "smartsync_syncrun", f"NEW.profile_id = {profile.pk}")

    schedules_dispatch()

    assert list(SyncRun.objects.active().values_list("schedule", flat=True)) == [good.pk]
    assert list(Schedule.objects.filter(next_at=None)) == [bad]
    assert Incident.objects.get().cause == "schedule_failed"


@pytest.mark.parametrize("columns", [{"at": "24:00"}, {"days": "{{1,2},{3,4}}"}, {"days": "{{1}}"}, {"days": "{}"}])
def test_database_refuses_a_schedule_that_no_page_can_show(good: Schedule, columns: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        update("schedule", **columns)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        *(("syncrun", "facts", value) for value in ("null", "[]", "1")),
        *(("listrun", "facts", value) for value in ("null", "[]", '"x"')),
        *(("listrun", "fields", value) for value in ("null", "{}", "[1]", "[null]", "[[]]")),
        *(("listrun", "warnings", value) for value in ("null", "{}", "[1]", "[[]]")),
    ],
)
def test_database_refuses_json_of_another_shape(profile: SyncProfile, table: str, column: str, value: str) -> None:
    create_claimed_run(profile, ["complete"])
    with pytest.raises(IntegrityError), transaction.atomic():
        update(table, **{column: value})


def test_schedule_that_cannot_even_be_paused_is_tried_once_and_others_start(bad: Schedule, good: Schedule) -> None:
    refuse("UPDATE", "smartsync_schedule", f"OLD.id = {bad.pk}")

    assert schedules_dispatch() == 1

    assert list(SyncRun.objects.active().values_list("schedule", flat=True)) == [good.pk]


def test_schedule_planned_by_a_clock_that_was_ahead_is_planned_again(good: Schedule) -> None:
    Schedule.objects.update(next_at=timezone.now() + timedelta(days=365))

    schedules_dispatch()

    good.refresh_from_db()
    assert good.next_at
    assert good.next_at < timezone.now() + timedelta(days=2)
    assert not SyncRun.objects.active().exists()


def test_schedule_with_unknown_zone_resumes_once_it_has_a_known_one(bad: Schedule, administrator: User) -> None:
    schedules_dispatch()
    with pytest.raises(Refused, match="US/Pacific-New is unknown"):
        schedule_resume(schedule=bad, actor=administrator)

    schedule_change(schedule=bad, days=EVERY_DAY, at=time(6), time_zone="America/Vancouver", actor=administrator)

    bad.refresh_from_db()
    assert bad.next_at
    assert bad.next_at > timezone.now()
    assert not Incident.objects.open().exists()


def test_pages_of_a_schedule_with_unknown_zone_open(bad: Schedule, administrator: User) -> None:
    client = signed_in_client(administrator)
    for address in (f"/smartsync/{bad.profile_id}/schedules/", f"/smartsync/schedules/{bad.pk}/"):
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("moment", ["0001-01-01 BC", "0024-11-01", "infinity"])
def test_unreadable_moments_stop_no_schedule(good: Schedule, profile: SyncProfile, moment: str) -> None:
    """Such values may have been stored before the constraints existed."""
    poisoned = due_schedule(profile)
    update("schedule", created_at=moment)
    update("syncrun", started_at=moment, finished_at=moment, scheduled_for=moment)
    Schedule.objects.filter(pk=poisoned.pk).update(next_at=EARLIEST)

    assert schedules_dispatch() == 2


@pytest.mark.parametrize("moment", ["0001-01-01 BC", "0024-11-01", "294276-01-01", "-infinity"])
def test_pages_of_a_run_with_unreadable_moments_open(profile: SyncProfile, administrator: User, moment: str) -> None:
    run = create_claimed_run(profile, ["complete"])
    run_finish(run=run)
    update("syncrun", created_at=moment, started_at=moment, finished_at=moment)
    update("listrun", began_at=moment, finished_at=moment)
    client = signed_in_client(administrator)

    for address in ("/", "/smartsync/", f"/smartsync/{profile.pk}/", f"/smartsync/runs/{run.pk}/"):
        assert client.get(address, follow=True).status_code == 200
    for address in ("/smartsync/history/", "/smartsync/history/csv/"):
        assert b"".join(client.get(address)).strip()


@pytest.mark.parametrize("since", ["0001-01-01 BC", "0024-11-01", "1989-12-31", "2300-01-01"])
@pytest.mark.parametrize("table", ["syncrun", "listrun"])
def test_database_refuses_a_moment_before_or_after_our_time(profile: SyncProfile, table: str, since: str) -> None:
    run = create_ended_run(profile, "partial")
    ListRun.objects.create(run=run, position=0, slug="vendors", object="VENDOR")

    with pytest.raises(IntegrityError, match="since_a_moment_of_our_time"):
        update(table, since=since)


@pytest.mark.parametrize("moment", [datetime(1950, 1, 1, tzinfo=UTC), timezone.now() + timedelta(days=1)])
def test_success_with_an_impossible_start_is_ignored(profile: SyncProfile, moment: datetime) -> None:
    earlier = create_ended_run(profile)
    SyncRun.objects.filter(pk=create_ended_run(profile).pk).update(started_at=moment)
    assert default_since(profile) == earlier.started_at


def test_run_that_cannot_be_removed_does_not_keep_others(profile: SyncProfile) -> None:
    bad, good, _newest = [create_ended_run(profile, "partial") for _ in range(3)]
    SyncRun.objects.filter(pk__in=[bad.pk, good.pk]).update(created_at=timezone.now() - timedelta(days=500))
    refuse("DELETE", "smartsync_syncrun", f"OLD.id = {bad.pk}")

    assert prune_now("runs").removed == {"runs": 1}
    assert not SyncRun.objects.filter(pk=good.pk).exists()


def test_connection_whose_check_cannot_start_waits_a_day_and_others_are_checked(profile: SyncProfile) -> None:
    southwind = Customer.objects.create(name="Southwind")
    root = OrgUnit.objects.create(customer=southwind, name="Southwind")
    good = Connection.objects.create(customer=southwind, company_id="SOUTHWIND", credentials_saved_at=timezone.now())
    create_profile(good, root, "Southwind US")
    bad = profile.connection
    Connection.objects.update(next_check_at=timezone.now())
    refuse("INSERT", "wizard_verification", f"NEW.connection_id = {bad.pk}")

    monitoring_dispatch()

    assert Verification.objects.active().get().connection == good
    assert not Connection.objects.filter(next_check_at__lte=timezone.now()).exists()
    assert Incident.objects.get().cause == "monitoring_failed"
