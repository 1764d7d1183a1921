"""The forms that start a sync."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from smartsync.models import SyncRun
from smartsync.services import run_start
from wizard.models import SyncProfile

from .test_services import create_ended_run


def test_first_sync_starts_with_one_button_and_shows_its_progress(client: Client, profile: SyncProfile) -> None:
    assert "Start the first sync" in client.get(f"/smartsync/{profile.pk}/").content.decode()
    response = client.post(f"/smartsync/{profile.pk}/start/", {"kind": "full"})
    run = SyncRun.objects.get()
    assert response.headers["Location"] == f"/smartsync/runs/{run.pk}/"
    assert (run.kind, run.since) == ("full", None)


def test_partial_sync_starts_from_the_time_chosen_in_the_users_time_zone(client: Client, profile: SyncProfile) -> None:
    SyncRun.objects.create(profile=profile, kind="full", state="done", result="complete", started_at=timezone.now())
    client.post(f"/smartsync/{profile.pk}/start/", {"kind": "partial", "since": "2026-01-02T03:04"})
    since = SyncRun.objects.get(kind="partial").since
    assert since
    assert since.isoformat() == "2026-01-02T11:04:00+00:00"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("2099-01-02T03:04", "This date is in the future"),
        ("0001-01-01T00:00", "Choose a date in 1990 or later."),
        ("0024-11-01T00:00", "Choose a date in 1990 or later."),
        ("1989-12-31T00:00", "Choose a date in 1990 or later."),
        ("24-11-01T00:00", "Enter a valid date/time."),
        ("11/01/24 00:00", "Enter a valid date/time."),
        ("9999-12-31T23:59", "This date is in the future"),
        ("2026-01-02T03:04\0", "Enter a valid date/time."),
        ("9" * 5000, "Enter a valid date/time."),
    ],
)
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Vancouver"])
def test_impossible_time_is_refused_beside_its_field(
    client: Client, administrator: User, profile: SyncProfile, zone: str, typed: str, words: str
) -> None:
    User.objects.filter(pk=administrator.pk).update(time_zone=zone)
    create_ended_run(profile)

    response = client.post(f"/smartsync/{profile.pk}/start/", {"kind": "partial", "since": typed})

    assert words in response.content.decode()
    assert not SyncRun.objects.active().exists()


def test_time_that_occurs_twice_means_its_first_occurrence(client: Client, profile: SyncProfile) -> None:
    """On November 1, 2026, the clocks in Vancouver show 01:30 at 08:30 and at 09:30 UTC."""
    create_ended_run(profile)
    client.post(f"/smartsync/{profile.pk}/start/", {"kind": "partial", "since": "2026-11-01T01:30"})
    assert SyncRun.objects.active().get().since == datetime(2026, 11, 1, 8, 30, tzinfo=UTC)


def test_empty_time_means_since_the_last_success(client: Client, profile: SyncProfile) -> None:
    success = create_ended_run(profile)
    assert 'value="20' not in client.get(f"/smartsync/{profile.pk}/").content.decode()

    client.post(f"/smartsync/{profile.pk}/start/", {"kind": "partial", "since": ""})

    assert SyncRun.objects.active().get().since == success.started_at


def test_second_start_is_refused_with_the_reason(client: Client, profile: SyncProfile, administrator: User) -> None:
    run_start(profile=profile, kind="full", actor=administrator)
    response = client.post(f"/smartsync/{profile.pk}/start/", {"kind": "full"}, follow=True)
    assert "A sync of this legal entity is already running." in response.content.decode()
