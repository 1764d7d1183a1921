"""A page that stayed open equals the same page loaded again: after every act, and after every end of a verification."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from accounts.interrupted_posts import TYPED
from accounts.models import LegalEntity, User
from accounts.session_store import SessionStore
from tests.support.live_pages import expect_fresh, look_again
from tests.support.stack import Practice
from tests.wizard.practice_connection import PracticeConnection
from wizard import services
from wizard.models import Connection, SyncProfile, Verification
from wizard.stages import STAGES

COMPANY = "HARBOUR-MILLS"


@pytest.fixture
def company(practice: Practice, answered: Connection, administrator: User) -> PracticeConnection:
    """A company that is set up, except for three permissions and the ID of the field."""
    company = PracticeConnection(practice, answered, administrator)
    company.id = COMPANY
    company.free_slots()
    return company


@pytest.fixture
def open_step(new_page: Callable[..., Page], administrator: User, answered: Connection) -> Callable[[str], Page]:
    """`open_step(slug)` opens a step in a new tab of one browser, signed in."""
    client = Client()
    client.force_login(administrator)
    first = new_page(client)

    def open_tab(slug: str) -> Page:
        page = first.context.new_page()
        page.goto(f"/connection/{answered.pk}/{slug}/")
        return page

    return open_tab


Change = Callable[[PracticeConnection], Any]
CHANGES: dict[str, Change] = {
    "three permissions and the field are wrong": lambda company: None,
    "the role is not assigned": lambda company: company.control("", users={"Beanworks": {"roles": []}}),
    "all is set up": lambda company: company.control("set-up"),
    "the gateway does not answer": lambda company: company.control("fault", name="unavailable", after=0),
    "it answers again": lambda company: company.remove_fault(),
    "the password was changed": lambda company: company.control("", users={"Beanworks": {"password": "changed"}}),
}


def test_every_step_keeps_up_with_every_verification(
    company: PracticeConnection, open_step: Callable[[str], Page], no_waits_between_tries: None
) -> None:
    """The tabs are open before someone else starts it."""
    start: Callable[[], Verification] = company.enter

    for change in CHANGES.values():
        change(company)
        tabs = [open_step(slug) for slug in STAGES]
        verification = start()
        for tab in tabs:
            look_again(tab)
            expect(tab.locator("#poll")).to_contain_text("Checking with Intacct")

        company.work(verification)

        for tab in tabs:
            expect_fresh(tab)
            tab.close()
        start = partial(Verification.objects.create, connection=company.connection)


def focused(page: Page) -> str:
    """Return the id of the focused element."""
    return str(page.evaluate("document.activeElement.id"))


def interrupt(page: Page) -> None:
    """Load the page as after a form that was sent when the session had ended."""
    store = SessionStore(Session.objects.get().session_key)
    path = urlsplit(page.url).path
    store[TYPED] = {"page": path, "action": path, "typed": {}, "words": "pressed", "until": time.time() + 60}
    store.save()
    page.reload()


def test_every_act_leaves_the_page_as_if_it_was_loaded(
    company: PracticeConnection, open_step: Callable[[str], Page]
) -> None:
    company.control("set-up")
    company.work(company.enter())
    page = open_step("user_role")
    interrupt(page)

    expect(page.get_by_text("Your last action was not carried out")).to_have_count(1)
    page.get_by_role("button", name="I checked this in Intacct").first.click()
    expect(page.get_by_text("Confirmed by Ada Root")).to_have_count(1)
    expect(page.get_by_text("Your last action was not carried out")).to_have_count(0)
    expect_fresh(page)

    page.get_by_text("1 confirmed by eye").click()
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("Confirmed by Ada Root")).to_have_count(0)
    expect_fresh(page)

    page.get_by_role("button", name="Check again").click()
    expect(page.locator("#poll")).to_contain_text("Checking with Intacct")
    company.work(Verification.objects.latest("pk"))
    expect_fresh(page)
    assert focused(page) != ""

    Connection.objects.update(first_synced_at=timezone.now())
    page.goto(f"/connection/{company.connection.pk}/")
    page.locator("summary").get_by_text("to confirm by eye").click()
    buttons = page.get_by_role("button", name="I checked this in Intacct")
    total = buttons.count()
    buttons.first.press("Enter")
    expect(buttons).to_have_count(total - 1)
    expect_fresh(page)
    expect(page.locator("#missing").get_by_role("heading").first).to_be_focused()


def test_results_get_the_focus_of_the_button_that_is_gone(
    company: PracticeConnection, open_step: Callable[[str], Page]
) -> None:
    company.work(company.enter())
    page = open_step("user_role")

    page.get_by_role("button", name="Check again").press("Enter")
    expect(page.locator("#poll")).to_contain_text("Checking with Intacct")
    expect(page.locator("#results-title")).to_be_focused()

    company.work(Verification.objects.latest("pk"))
    expect(page.get_by_role("button", name="Check again")).to_be_visible()
    expect(page.get_by_role("heading", name="1 problem to fix")).to_be_focused()
    page.set_viewport_size({"width": 1440, "height": 600})
    assert page.evaluate("document.documentElement.scrollHeight") <= 900

    company.control("set-up")
    page = open_step("credentials")
    page.get_by_role("button", name="Check again").press("Enter")
    expect(page.locator("#results-title")).to_be_focused()
    company.work(Verification.objects.latest("pk"))
    expect(page.get_by_role("heading", name="Next: choose the level")).to_be_focused()


BUTTONS = "main :is(form[method=post] button, button[form]):not([type=button]) >> visible=true"


def press(page: Page, company: PracticeConnection, name: str) -> str:
    """Press a button with the keyboard. Return the element that has the focus when all is done; "" for none."""
    page.evaluate("for (const form of document.forms) form.noValidate = window.isOld = true")
    with page.expect_response(lambda response: response.request.method == "POST") as sent:
        page.locator(BUTTONS).get_by_text(name).first.press("Enter")
    if sent.value.request.is_navigation_request():
        page.wait_for_function("!window.isOld")
        page.wait_for_load_state()
    for verification in Verification.objects.active():
        company.work(verification)
    expect(page.locator("#poll")).not_to_contain_text("Checking with Intacct")
    expect(page.locator(".htmx-request, .htmx-settling")).to_have_count(0)
    return str(page.evaluate("document.activeElement.matches('main *') ? document.activeElement.outerHTML : ''"))


NOT_ENTERED, WRONG, RIGHT = "nothing is entered", "three permissions and the field are wrong", "all is set up"


@pytest.mark.parametrize("state", [NOT_ENTERED, WRONG, RIGHT])
def test_focus_is_on_what_came_of_an_act(
    company: PracticeConnection, open_step: Callable[[str], Page], legal_entity: LegalEntity, state: str
) -> None:
    """The pressed button often disappears. With the focus on <body>, the next Tab would start at the top."""
    if state != NOT_ENTERED:
        CHANGES[state](company)
        company.work(company.enter())
    page = open_step("pre_checks")
    pressed = {"Newer", "Older"}

    for slug in STAGES:
        page.goto(f"/connection/{company.connection.pk}/{slug}/")
        names = {name.strip().partition("\n")[0] for name in page.locator(BUTTONS).all_inner_texts()} - pressed
        for name in sorted(names):
            if page.locator(BUTTONS).get_by_text(name).count():
                assert press(page, company, name), f"{slug}: {name}"
                pressed.add(name)
            page.goto(f"/connection/{company.connection.pk}/{slug}/")
        if slug == "credentials" and state == RIGHT:
            Connection.objects.update(level="top")
    assert len(pressed) > 3


def test_checked_boxes_leave_the_page_as_if_it_was_loaded(open_step: Callable[[str], Page]) -> None:
    for slug in ("sender_id", "user_role"):
        page = open_step(slug)
        for box in page.locator(".task > .task__box").all()[:2]:
            with page.expect_response("**/tick/"):
                box.check()
        expect(page.locator("#head")).to_contain_text("In progress")
        expect_fresh(page)


def test_boxes_that_others_check_appear_without_disturbing_the_page(
    answered: Connection, administrator: User, open_step: Callable[[str], Page]
) -> None:
    page = open_step("user_role")
    page.locator("#title-permissions").click()
    vendors, departments = (page.get_by_label(name, exact=True) for name in ("Vendors", "Departments"))
    with page.expect_response("**/tick/"):
        vendors.check()
    expect(page.locator("#foot")).to_contain_text("1 of 30 boxes selected")
    with page.expect_response(lambda response: response.request.headers.get("x-poll") == "1"):
        look_again(page)
    expect(page.locator(".htmx-request")).to_have_count(0)
    expect(page.locator("#foot")).to_contain_text("Saved at")

    ticks = {"user": True, "perm.departments": True, "perm.bills": True}
    services.tasks_tick(connection=answered, stage="user_role", ticks=ticks, actor=administrator)
    look_again(page)

    expect(departments).to_be_checked()
    expect(page.get_by_role("checkbox", name="Create a Web Services user")).to_be_checked()
    expect(page.locator("#by-user")).to_contain_text("Marked as done by Ada Root")
    expect(page.locator("#count-accounts-payable")).to_have_text("2 of 6 done")
    expect(page.locator("#foot")).to_contain_text("4 of 30 boxes selected")
    expect(page.locator("#foot .saved")).to_be_empty()
    expect(vendors).to_be_focused()
    expect(page.locator("#task-permissions .task__body")).to_be_visible()

    services.tasks_tick(connection=answered, stage="user_role", ticks=dict.fromkeys(ticks, False), actor=administrator)
    look_again(page)
    expect(departments).not_to_be_checked()
    expect(vendors).to_be_checked()
    expect_fresh(page)


def test_box_that_was_changed_after_a_poll_was_sent_stays(
    answered: Connection, administrator: User, open_step: Callable[[str], Page]
) -> None:
    """Its own request comes next."""
    Verification.objects.create(connection=answered)
    page = open_step("sender_id")
    box, others = page.get_by_label("Save the dialog"), page.get_by_label("Save the page as well")
    polls: list[Route] = []
    ticks: list[Route] = []
    page.route("**/sender_id/", lambda route: polls.append(route))
    page.route("**/tick/", lambda route: ticks.append(route))
    with page.expect_request("**/sender_id/"):
        pass
    with page.expect_request("**/tick/"):
        box.check()
    services.tasks_tick(connection=answered, stage="sender_id", ticks={"save-page": True}, actor=administrator)

    polls[0].continue_()
    expect(others).to_be_checked()
    expect(box).to_be_checked()

    page.unroute("**/sender_id/")
    ticks[0].continue_()
    expect(page.locator("#was [value=save-entry]")).to_have_count(1)
    expect(box).to_be_checked()


def test_every_post_leaves_the_page_as_if_it_was_loaded(
    company: PracticeConnection, open_step: Callable[[str], Page], legal_entity: LegalEntity
) -> None:
    page = open_step("sender_id")
    page.get_by_role("button", name="Select all boxes and mark as done").click()
    expect(page.locator("#head")).to_contain_text("Done")
    expect_fresh(page)

    company.control("set-up")
    company.work(company.enter())
    page = open_step("credentials")
    page.get_by_role("radio", name="Top level").check()
    page.get_by_role("button", name="Choose this level").click()
    expect(page.locator("#head")).to_contain_text("Verified")
    expect_fresh(page)

    page = open_step("sync_profile")
    page.get_by_role("button", name="Send request").click()
    withdraw = page.get_by_role("button", name="Withdraw request")
    expect(withdraw).to_be_visible()
    withdraw.click()
    expect(withdraw).to_be_hidden()
    expect_fresh(page)


def test_what_is_typed_stays_when_a_verification_ends(
    company: PracticeConnection, open_step: Callable[[str], Page]
) -> None:
    company.control("set-up")
    company.work(company.enter())
    Connection.objects.update(level="top")
    verification = Verification.objects.create(connection=company.connection)
    page = open_step("sync_profile")
    field = page.get_by_label("Note")
    field.fill("For Canada")

    company.work(verification)

    expect(page.locator("#poll[hx-trigger^=every]")).to_have_count(0)
    expect(page.locator("#poll")).to_be_empty()
    expect(field).to_have_value("For Canada")
    assert focused(page) == field.get_attribute("id")


def test_quiet_page_of_a_signed_out_user_keeps_what_is_typed(
    open_step: Callable[[str], Page], waiting: SyncProfile
) -> None:
    SyncProfile.objects.update(state="declined", reason="Another entity", decided_at=timezone.now())
    page = open_step("sync_profile")
    field = page.get_by_label("Note")
    field.fill("For Canada")
    page.context.clear_cookies()

    with page.expect_response("**/sync_profile/"):
        look_again(page)

    expect(page.locator(".htmx-request")).to_have_count(0)
    expect(field).to_have_value("For Canada")


def test_half_typed_password_stays_when_someone_else_checks(
    company: PracticeConnection, open_step: Callable[[str], Page]
) -> None:
    company.work(company.enter())
    page = open_step("credentials")
    page.locator("summary", has_text="Update the credentials").click()
    password = page.get_by_label("Password", exact=True)
    password.fill("half")

    Verification.objects.create(connection=company.connection)
    with page.expect_response(lambda response: response.request.headers.get("x-poll") == "1"):
        look_again(page)
    password.press_sequentially(" typed")

    expect(password).to_have_value("half typed")
    password.fill("")
    look_again(page)
    expect(page.locator("#poll")).to_contain_text("Checking with Intacct")


def test_chosen_level_stays_when_someone_else_checks(
    company: PracticeConnection, open_step: Callable[[str], Page]
) -> None:
    company.control("set-up")
    company.work(company.enter())
    page = open_step("credentials")
    top_level = page.get_by_role("radio", name="Top level")
    top_level.check()

    Verification.objects.create(connection=company.connection)
    with page.expect_response(lambda response: response.request.headers.get("x-poll") == "1"):
        look_again(page)

    expect(page.locator(".htmx-request")).to_have_count(0)
    expect(top_level).to_be_checked()
