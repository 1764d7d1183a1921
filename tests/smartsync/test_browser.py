"""SmartSync's pages in a browser."""

from collections.abc import Callable
from datetime import time
from functools import partial

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from smartsync.models import ListItem, ListRun, MissedRun, Schedule, SyncRun
from tests.smartsync.test_store import read as read_list
from tests.smartsync.test_store import record
from tests.support.inspection import inspect
from tests.support.stack import Live, Worker
from wizard.models import SyncProfile

from .company import Company
from .test_pages import create_stopped_run
from .test_services import create_ended_run

DESK = {"width": 1440, "height": 900}


@pytest.fixture
def open_page(new_page: Callable[..., Page], administrator: User) -> Callable[..., Page]:
    """Open a page in a new browser that is signed in."""
    signed_in = Client()
    signed_in.force_login(administrator)

    return partial(new_page, signed_in)


@pytest.fixture
def addresses(profile: SyncProfile, administrator: User, live: Live) -> list[str]:
    """The addresses of every page, with content on it."""
    for name in ("Ada", "Grace"):
        list_run = read_list(profile, [record(1, name), record(2), record(3, status="inactive")])
    ListRun.objects.filter(pk=list_run.pk).update(state="refused", cause="permission_missing", title="Vendors")
    create_ended_run(profile, "partial", "failed")
    schedule = Schedule(profile=profile, days=[0, 4], at=time(5), every_hours=1, time_zone="America/Toronto")
    schedule.plan()
    schedule.save()
    MissedRun.objects.create(schedule=schedule, due_at=timezone.now(), reason="late")
    SyncProfile.objects.update(unused_lists=["items", "projects"])
    own, item = f"/smartsync/{profile.pk}/", ListItem.objects.get(key=1)
    plan = f"/smartsync/schedules/{schedule.pk}/"
    lists = [f"{own}lists/vendors/", f"{own}lists/vendors/?q=nothing+like+it", f"/smartsync/items/{item.pk}/"]
    several = ["/smartsync/several/", f"/smartsync/full/?profile={profile.pk}", "/smartsync/full/"]
    runs = ["/smartsync/history/", f"/smartsync/runs/{list_run.run_id}/"]
    return ["/smartsync/", own, f"{own}lists/", *lists, *several, *runs, f"{own}schedules/", plan, f"{plan}remove/"]


def test_every_page_is_accessible_on_every_device(open_page: Callable[..., Page], addresses: list[str]) -> None:
    page = open_page()
    for address in addresses:
        answer = page.goto(address)
        assert answer
        assert (address, answer.status) == (address, 200)
        assert inspect(page) == [], address


def test_full_sync_is_confirmed_and_shown_until_it_ends_without_a_reload(
    worker: Worker, company: Company, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    page.goto("/smartsync/several/")
    page.get_by_label("Northwind US").check()
    page.get_by_role("radio", name="Full sync").check()
    page.get_by_role("button", name="Sync", exact=True).click()
    expect(page.get_by_text("This is the first sync of this legal entity")).to_be_visible()
    company.control("fault", name="stalled")
    page.get_by_role("button", name="Start the full sync").click()
    cancel = page.get_by_role("button", name="Cancel sync")
    expect(cancel).to_be_visible()
    page.evaluate("window.here = true")
    company.calm()
    expect(page.get_by_text("records read")).to_be_visible(timeout=60_000)
    expect(cancel).to_be_hidden()
    assert page.evaluate("window.here")
    assert SyncRun.objects.get().result == "complete"


@pytest.mark.parametrize("javascript", [True, False])
def test_failed_run_says_its_cause_once_and_leads_to_the_credentials(
    open_page: Callable[..., Page], profile: SyncProfile, javascript: bool
) -> None:
    run = create_stopped_run(profile)
    page = open_page(viewport=DESK, java_script_enabled=javascript)
    page.goto(f"/smartsync/runs/{run.pk}/")
    expect(page.get_by_text("did not accept the sign-in")).to_have_count(1)
    expect(page.get_by_role("link", name="Reconnect")).to_be_in_viewport()
    page.get_by_text("2 lists not read").click()
    expect(page.get_by_role("listitem").filter(has_text="Vendors")).to_be_visible()


def test_schedule_is_made_and_removed_without_javascript(open_page: Callable[..., Page], profile: SyncProfile) -> None:
    create_ended_run(profile)
    page = open_page(java_script_enabled=False)
    page.goto(f"/smartsync/{profile.pk}/schedules/")
    expect(page.get_by_role("button", name="Create schedule")).to_have_count(0)
    create_ended_run(profile, "partial")
    page.reload()
    page.get_by_label("Saturday").check()
    page.get_by_label("Time", exact=True).fill("04:15")
    page.get_by_role("button", name="Create schedule").click()
    expect(page.get_by_role("heading", name="Monday to Saturday, 4:15 a.m.")).to_be_visible()
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove schedule").click()
    expect(page.get_by_text("No schedule yet")).to_be_visible()
