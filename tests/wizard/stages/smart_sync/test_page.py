from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from smartsync.models import SyncRun
from tests.wizard.pages.reading import main, words
from tests.wizard.stages.credentials.conftest import primary_actions
from wizard.models import Connection, SyncProfile, TestBill


@pytest.fixture
def approved(waiting: SyncProfile, support: User) -> SyncProfile:
    waiting.state, waiting.decided_by, waiting.decided_at = "approved", support, timezone.now()
    waiting.save()
    return waiting


def stage(profile: SyncProfile) -> str:
    return reverse("wizard:stage", args=[profile.connection_id, "smart_sync"])


def test_page_has_one_button_for_the_first_full_sync(browser_of_ada: Client, approved: SyncProfile) -> None:
    page = browser_of_ada.get(stage(approved))
    [form] = main(page).xpath(".//form")
    assert form.get("action") == reverse("smartsync:start", args=[approved.pk])
    assert "every record of every list" in words(page)


def test_running_sync_is_shown_live_and_linked(browser_of_ada: Client, approved: SyncProfile) -> None:
    run = SyncRun.objects.create(profile=approved, kind="full")
    page = browser_of_ada.get(stage(approved))
    assert main(page).xpath(f'.//*[@hx-get="{reverse("smartsync:run_progress", args=[run.pk])}"]')
    assert main(page).xpath(f'.//a[@href="{reverse("smartsync:run", args=[run.pk])}"]')
    assert main(page).xpath(".//form") == []


def test_page_shows_next_steps_after_the_first_sync(browser_of_ada: Client, approved: SyncProfile) -> None:
    SyncProfile.objects.update(first_synced_at=timezone.now())
    page = words(browser_of_ada.get(stage(approved)))
    assert page.count("You’re connected") == 1
    assert "The first full sync was complete on" in page
    assert "No sync is scheduled." in page
    assert "Partial sync now" in page
    assert "Set a schedule" in page
    assert "The first full sync copies every list" not in page
    assert "A schedule" in page


def test_test_bill_is_offered_once_after_the_first_sync(browser_of_ada: Client, approved: SyncProfile) -> None:
    SyncProfile.objects.update(first_synced_at=timezone.now())

    def primary() -> list[str]:
        return primary_actions(browser_of_ada.get(stage(approved)))

    assert primary() == ["Send a test bill"]
    SyncRun.objects.create(profile=approved, kind="partial", since=timezone.now(), state="done", result="complete")
    assert primary() == ["Partial sync now"]
    SyncRun.objects.all().delete()
    TestBill.objects.create(
        connection=approved.connection, profile=approved, position=1, number="BW-1", expires_at=timezone.now()
    )
    assert primary() == ["Partial sync now"]


def test_synced_company_is_not_called_connected_while_a_check_fails(
    browser_of_ada: Client, approved: SyncProfile, make_verification: Callable[..., object]
) -> None:
    SyncProfile.objects.update(first_synced_at=timezone.now())
    Connection.objects.update(first_synced_at=timezone.now())
    make_verification({"sign_in": "sign_in_refused"}, ())
    page = words(browser_of_ada.get(stage(approved)))
    assert "To fix in another step" in page
    assert "You’re connected" not in page


def test_next_steps_are_linked(browser_of_ada: Client, approved: SyncProfile) -> None:
    page = browser_of_ada.get(stage(approved))

    links = {str(link.text): link.get("href") for link in main(page).xpath('.//*[@id="aside"]//a')}
    assert links["Partial syncs"] == reverse("smartsync:profile", args=[approved.pk])
    assert links["A schedule"] == reverse("smartsync:schedules", args=[approved.pk])
    assert links["Access for your users"] == reverse("accounts:users")
    assert all(browser_of_ada.get(link).status_code == 200 for link in links.values())


def test_sync_cannot_start_before_the_approval(browser_of_ada: Client, waiting: SyncProfile) -> None:
    assert "Complete step 6, API Sync Profile, first." in words(browser_of_ada.get(stage(waiting)))
