"""At the end of a sync, every page that stayed open equals the same page loaded again."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from beanworks_connect.heartbeat import broker
from core.queue_states import QUEUES
from smartsync.models import SyncRun
from smartsync.services import run_finish
from tests.support.live_pages import expect_fresh, look_again
from wizard.models import SyncProfile

from .test_services import create_claimed_run


@pytest.fixture(autouse=True)
def _no_workers() -> None:
    """Beanworks' people read that no workers run. Those of an earlier test must not fall silent during this one."""
    broker().delete(*(f"heartbeat:{name}" for name in (*QUEUES, "beat")))


def end(run: SyncRun, state: str, cause: str = "") -> None:
    run.lists.update(finished_at=timezone.now())
    run.lists.filter(state="reading").update(state=state, cause=cause, counted_before=0, counted_after=0)
    run_finish(run=run)


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(("state", "cause"), [("complete", ""), ("failed", "no_connection")])
def test_pages_keep_up_with_the_end_of_a_sync(
    profile: SyncProfile,
    administrator: User,
    new_page: Callable[..., Page],
    is_first: bool,
    state: str,
    cause: str,
) -> None:
    profile.first_synced_at = None if is_first else timezone.now()
    profile.save()
    type(profile.connection).objects.update(first_synced_at=profile.first_synced_at)
    run = create_claimed_run(profile, ["complete", "reading"])
    client = Client()
    client.force_login(administrator)
    context = new_page(client).context
    connection = f"/connection/{profile.connection_id}/"
    addresses = [f"/smartsync/runs/{run.pk}/", f"{connection}smart_sync/" if is_first else connection]
    tabs = [context.new_page() for _address in addresses]
    for tab, address in zip(tabs, addresses, strict=True):
        tab.goto(address)

    end(run, state, cause)

    for tab in tabs:
        expect(tab.locator("[hx-trigger^=every]")).to_have_count(0)
        expect_fresh(tab)


def test_quiet_pages_learn_of_a_run_that_someone_else_started(
    profile: SyncProfile, administrator: User, support: User, new_page: Callable[..., Page]
) -> None:
    profile.first_synced_at = timezone.now()
    profile.save()
    type(profile.connection).objects.update(first_synced_at=profile.first_synced_at)
    ended = create_claimed_run(profile, ["reading"])
    end(ended, "failed", "no_connection")
    while_running = {
        "/smartsync/": "running",
        f"/smartsync/{profile.pk}/": "A sync is running",
        f"/smartsync/runs/{ended.pk}/": "",
        f"/connection/{profile.connection_id}/": "Running",
        f"/beanworks/connections/{profile.connection_id}/": "Running",
        "/beanworks/board/": "",
    }
    tabs = {address: open_tab(new_page, administrator, support, address) for address in while_running}

    run = create_claimed_run(profile, ["complete", "reading"])

    for address, tab in tabs.items():
        look_again(tab)
        expect(tab.locator("main")).to_contain_text(while_running[address])

    end(run, "complete")

    for tab in tabs.values():
        look_again(tab)
        expect_fresh(tab)


def test_focus_and_open_lists_stay_while_a_sync_runs_and_move_on_when_it_ends(
    profile: SyncProfile, administrator: User, support: User, new_page: Callable[..., Page]
) -> None:
    run = create_claimed_run(profile, ["not_applicable", "reading"])
    run.lists.filter(state="not_applicable").update(cause="not_subscribed")
    page = open_tab(new_page, administrator, support, f"/smartsync/runs/{run.pk}/")
    fold = page.locator("summary", has_text="1 list that your company does not use")
    fold.press("Enter")
    with page.expect_response("**/progress/"):
        pass
    expect(page.locator(".htmx-request, .htmx-settling")).to_have_count(0)
    expect(fold).to_be_focused()
    expect(page.locator("details[open]", has=fold)).to_have_count(1)

    page.get_by_role("button", name="Cancel sync").focus()
    end(run, "complete")
    expect(page.locator("[hx-trigger^=every]")).to_have_count(0)
    expect(page.locator("#progress")).to_be_focused()


def test_half_typed_date_stays_when_someone_else_starts_a_sync(
    profile: SyncProfile, administrator: User, support: User, new_page: Callable[..., Page]
) -> None:
    profile.first_synced_at = timezone.now()
    profile.save()
    end(create_claimed_run(profile, ["reading"]), "complete")
    page = open_tab(new_page, administrator, support, f"/smartsync/{profile.pk}/")
    page.get_by_text("Full sync or other date…").click()
    date = page.locator("#sync-now [name=since]")
    date.press_sequentially("12")

    create_claimed_run(profile, ["complete", "reading"])
    with page.expect_response(lambda response: response.request.headers.get("x-poll") == "1"):
        look_again(page)

    expect(date).to_be_focused()
    date.fill("")
    look_again(page)
    expect(page.locator("#sync-now")).to_contain_text("A sync is running")


def open_tab(new_page: Callable[..., Page], administrator: User, support: User, address: str) -> Page:
    client = Client()
    client.force_login(support if address.startswith("/beanworks/") else administrator)
    page = new_page(client)
    page.goto(address)
    return page
