"""The pages in a real browser, with a real server, worker and practice company."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.support.inspection import inspect
from tests.support.stack import Practice, Worker
from tests.wizard.pages.conftest import PASSED_SIGN_IN
from wizard import services
from wizard.models import Connection, StageProgress, SyncProfile
from wizard.stages import STAGES

# A company that is set up as the guide describes, except for three permissions and the field's ID.
COMPANY, PASSWORD = "HARBOUR-MILLS", "practice-password"
LEFT_OUT = ["Savings Accounts", "Vendors", "Tasks"]


@pytest.fixture
def open_page(new_page: Callable[..., Page], administrator: User, answered: Connection) -> Callable[..., Page]:
    """`open_page(slug, **options)` opens a stage in a new browser, signed in."""
    signed_in = Client()
    signed_in.force_login(administrator)

    def open_stage(slug: str, **options: object) -> Page:
        page = new_page(signed_in, **options)
        page.goto(f"/connection/{answered.pk}/{slug}/")
        return page

    return open_stage


def enter(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("Company ID").fill(COMPANY)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Save and check").click()


def test_results_appear_and_update_without_a_reload(
    open_page: Callable[..., Page], worker: Worker, practice: Practice
) -> None:
    page = open_page("credentials")
    enter(page)
    results = page.locator("#results")
    expect(results.get_by_role("heading", name="2 problems to fix")).to_be_visible()
    expect(results.locator(".finding", has_text="3 permissions are missing")).to_contain_text("Savings Accounts")
    expect(results.locator(".finding", has_text="must be BEANWORKS")).to_have_count(1)
    expect(page.locator(".wizard__rail")).to_contain_text("Sender ID Verified", use_inner_text=True)

    page.evaluate("window.loaded = 'once'")
    practice.control(f"companies/{COMPANY}/set-up")
    page.get_by_role("button", name="Check again", exact=True).click()
    expect(results.get_by_role("heading", name="to confirm by eye")).to_be_visible()
    expect(results).not_to_contain_text("missing")
    expect(page.get_by_label("Top level")).to_be_visible()
    assert page.evaluate("window.loaded") == "once"


def test_wrong_password_is_reported_and_other_fields_are_saved(
    open_page: Callable[..., Page], worker: Worker, practice: Practice
) -> None:
    page = open_page("credentials")
    enter(page, password="not-it")
    expect(page.locator("#results .finding", has_text="can sign in")).to_contain_text("did not accept the sign-in")
    expect(page.get_by_role("link", name="Edit credentials")).to_be_visible()
    expect(page.get_by_label("Company ID")).to_have_value(COMPANY)
    expect(page.get_by_label("Password")).to_have_value("")


def test_results_appear_without_javascript(open_page: Callable[..., Page], worker: Worker, practice: Practice) -> None:
    page = open_page("credentials", java_script_enabled=False)
    enter(page)
    # The page reloads itself every five seconds.
    expect(page.get_by_role("heading", name="2 problems to fix")).to_be_visible()


def test_ticks_and_drafts_are_restored(open_page: Callable[..., Page], answered: Connection) -> None:
    page = open_page("sender_id")
    page.get_by_label("Save the dialog").check()
    expect(page.locator("#foot .saved")).to_contain_text("Saved at")
    page.goto(f"/connection/{answered.pk}/credentials/")
    page.get_by_label("Company ID").press_sequentially("HARB")
    page.get_by_label("Password").fill("never to be kept")
    page.get_by_role("button", name="Show password").click()
    expect(page.get_by_label("Password")).to_have_attribute("type", "text")
    expect(page.locator("form .saved")).to_contain_text("Saved at")
    assert "never to be kept" not in str(StageProgress.objects.get(stage="credentials").draft)

    other = open_page("credentials")
    expect(other.get_by_label("Company ID")).to_have_value("HARB")
    expect(other.get_by_label("Password")).to_have_value("")
    other.goto(f"/connection/{answered.pk}/sender_id/")
    expect(other.get_by_label("Save the dialog")).to_be_checked()


def test_expired_session_while_typing_returns_to_this_step(
    open_page: Callable[..., Page], answered: Connection
) -> None:
    page = open_page("credentials")
    page.context.clear_cookies(name="sessionid")
    page.get_by_label("Company ID").press_sequentially("HARB")
    page.wait_for_url(f"**/accounts/login/?next=%2Fconnection%2F{answered.pk}%2Fcredentials%2F")


def test_approval_moves_the_waiting_page_to_the_next_step(
    open_page: Callable[..., Page], waiting: SyncProfile, support: User
) -> None:
    page = open_page("sync_profile")
    expect(page.locator("#results")).to_contain_text("support team’s queue")
    services.profile_claim(profile=waiting, actor=support)
    expect(page.locator("#results")).to_contain_text("Sue Support of Beanworks support has been reviewing it")
    services.profile_approve(profile=waiting, actor=support)
    page.wait_for_url("**/smart_sync/")
    expect(page.get_by_role("button", name="Start the first sync")).to_be_visible()


def test_every_stage_is_accessible_on_every_device(
    open_page: Callable[..., Page], make_verification: Callable[..., object], answered: Connection
) -> None:
    make_verification(failed={"perm.vendors": "right_missing"}, passed=(*PASSED_SIGN_IN, "perm.departments"))
    page = open_page("pre_checks")
    for stage in STAGES.values():
        page.goto(f"/connection/{answered.pk}/{stage.slug}/")
        assert inspect(page) == [], stage.slug
