"""The main task from beginning to end: an administrator connects the practice company in a browser, beside its own
screens.

The test runs twice: with JavaScript, where pages update automatically and typed text is saved immediately, and without,
where ordinary forms and links do it all. With JavaScript, users of Beanworks Connect have only the keyboard. Nothing is
mocked: browser, web server, worker, database, broker, gateway.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from intacct.catalogue import CUSTOM_FIELD, ROLE_NAME, SENDER_ID, USER_ID
from smartsync.models import ListItem, ListRun, SyncRun
from tests.support.guide import Screens
from tests.support.processes import wait_until
from tests.support.stack import Practice, Worker
from wizard.models import SyncProfile, Verification

from .hands import Keyboard, Mouse
from .people import Administrator, Person
from .practice import COMPANY, Maple

LEFT_OUT = ["Savings Accounts", "Vendors", "Tasks"]
MIS_TYPED, RIGHT = "BEANWORK", "BEANWORKS"
LEGAL_ENTITY = "Maple Ridge Canada Inc."
USER_AND_ROLE = ("Turn on Web Services", "Create a Web Services user", "Create a role", "Select these permissions")
SENDER = ("Under Web Services authorizations", "Save the dialog", "Save the page as well")
FIELD = ("Enter these values", "Choose Done")


@pytest.fixture
def maple(practice: Practice, worker: Worker) -> Maple:
    """The practice company in which nothing is set up, and the demonstration's customers."""
    call_command("demo")
    return Maple(practice)


@pytest.mark.parametrize(
    ("javascript", "hands", "entity"),
    [(True, Keyboard(), ""), (False, Mouse(), "Maple Ridge Outfitters Canada")],
    ids=["with-javascript-and-keyboard", "without-javascript-at-an-entity"],
)
def test_an_administrator_connects_the_practice_company(
    new_page: Callable[..., Page], maple: Maple, worker: Worker, javascript: bool, hands: Mouse | Keyboard, entity: str
) -> None:
    device: dict[str, Any] = {"java_script_enabled": javascript, "permissions": ["clipboard-read", "clipboard-write"]}
    screens = Screens(new_page(**device, base_url=maple.address), maple.id)
    device |= {"hands": hands}
    branch_administrator_reads_who_can_connect(new_page, device)
    maya = start_connecting(new_page, device)
    password = follow_the_guide(maya, screens)
    see_each_mistake(maya, screens, maple, password)
    verify_despite_a_killed_worker(maya, maple, worker, password)
    fix_all_mistakes(maya, screens)
    request_a_profile(maya, entity)
    approve_as_support(new_page, device)
    run_the_first_sync(maya, maple, worker)
    look_at_the_records(maya)
    view_as_customer_success(new_page, device)


def branch_administrator_reads_who_can_connect(new_page: Callable[..., Page], device: dict[str, Any]) -> None:
    ben = Person(new_page, "Ben Branch", **device)
    ben.reads("it must be Root Org Unit, the topmost org unit", "Maya Root can change it")
    expect(ben.page.get_by_role("button", name="Start connecting")).to_have_count(0)


def start_connecting(new_page: Callable[..., Page], device: dict[str, Any]) -> Administrator:
    maya = Administrator(new_page, "Maya Root", **device)
    maya.presses("Start connecting")
    maya.is_at("Pre-checks")
    maya.reads("Maya Root has this role", "The home org unit of Maya Root is Root Org Unit")
    maya.ticks("I have a mailbox that I can open")
    continue_on_another_device(maya, "Pre-checks")
    maya.has_ticked("I have a mailbox that I can open")
    maya.hands.check(maya.page.get_by_label("Role-based"))
    maya.hands.check(maya.page.get_by_label("Yes", exact=True))
    maya.hands.check(maya.page.get_by_label("Yes, I will select them here"))
    applications = maya.page.get_by_role("group", name="Which of these applications").get_by_role("checkbox")
    expect(applications.first).to_be_visible()
    for box in applications.all():
        maya.hands.check(box)
    maya.presses("Save and continue")
    return maya


def continue_on_another_device(administrator: Administrator, step: str) -> None:
    """Continue on another device after the session expired: the same step opens."""
    administrator.takes_another_device()
    administrator.is_at(step)


def follow_the_guide(maya: Administrator, screens: Screens) -> str:
    """Follow the guide, but leave out three permissions and mistype the field ID.

    Returns the Web Services user's password.
    """
    maya.is_at("Web Services user and role")
    check_copy_buttons(maya, USER_ID, ROLE_NAME)
    screens.turns_web_services_on()
    password = screens.makes_the_user()
    screens.makes_the_role(leave_out=LEFT_OUT)
    screens.gives_the_role_to_the_user()
    maya.ticks(*USER_AND_ROLE)
    continue_on_another_device(maya, "Web Services user and role")
    maya.has_ticked(*USER_AND_ROLE)
    maya.marks_as_done("Web Services user and role")

    maya.goes_to("Continue to step 3")
    maya.is_at("Sender ID")
    check_copy_buttons(maya, SENDER_ID)
    maya.ticks(*SENDER)  # She did not do these tasks: the checks will find that out.
    continue_on_another_device(maya, "Sender ID")
    maya.has_ticked(*SENDER)
    maya.marks_as_done("Sender ID")

    maya.goes_to("Continue to step 4")
    maya.is_at("Custom field")
    check_copy_buttons(maya, CUSTOM_FIELD.id, CUSTOM_FIELD.label, CUSTOM_FIELD.description)
    screens.makes_the_field(MIS_TYPED)
    maya.ticks(*FIELD)
    continue_on_another_device(maya, "Custom field")
    maya.has_ticked(*FIELD)
    maya.marks_as_done("Custom field")
    return password


def check_copy_buttons(maya: Administrator, *values: str) -> None:
    if maya.has_javascript:
        assert maya.copies_everything() >= {*values}


def see_each_mistake(maya: Administrator, screens: Screens, maple: Maple, password: str) -> None:
    maya.goes_to("Continue to step 5")
    maya.is_at("ERP credentials")
    if maya.has_javascript:
        maya.fills(Company_ID="MAPLE")
        maya.reads("Saved at")
        continue_on_another_device(maya, "ERP credentials")
        expect(maya.page.get_by_label("Company ID")).to_have_value("MAPLE")
    maple.is_out_of_reach()
    maya.enters("MAPLE-RIGDE", password)
    maya.reads("We could not reach Intacct")
    maple.is_back()
    maya.enters("MAPLE-RIGDE", password)
    maya.reads("Intacct does not know the company ID MAPLE-RIGDE")
    maya.enters(maple.id, password)
    maya.reads("MAPLE-RIDGE has not authorized Beanworks’ sender ID BeanworksMPP yet")
    maya.reads("Needs attention", within=maya.step("Sender ID"))
    screens.authorizes_the_sender()
    maya.enters(maple.id, "not the password")
    maya.reads("Intacct did not accept the sign-in of user Beanworks")
    expect(maya.page.get_by_label("Company ID")).to_have_value(maple.id)
    expect(maya.page.get_by_label("Password")).to_have_value("")


def verify_despite_a_killed_worker(maya: Administrator, maple: Maple, worker: Worker, password: str) -> None:
    """Kill the worker in the middle of the verification. The result must not change."""
    maple.stalls(after=1)
    maya.enters(f" {maple.id} ", password)
    maya.reads("Checking with Intacct")
    maple.holds_a_request()
    worker.kill9()
    maple.calms_down()
    worker.start()
    maya.reads("2 problems to fix", f"{len(LEFT_OUT)} permissions are missing", *LEFT_OUT)
    maya.reads(f"The field’s ID is {MIS_TYPED}; it must be {RIGHT}", "Delete BEANWORK")
    maya.reads("Verified", within=maya.step("Sender ID"))
    for step in ("Web Services user and role", "Custom field"):
        maya.reads("Needs attention", within=maya.step(step))
    assert Verification.objects.latest("pk").attempts > 1


def fix_all_mistakes(maya: Administrator, screens: Screens) -> None:
    screens.ticks_also(LEFT_OUT)
    screens.deletes_the_field(MIS_TYPED)
    screens.makes_the_field(RIGHT)
    maya.presses("Check again")
    maya.reads("to confirm by eye", "without writing to Intacct")
    for step in ("Web Services user and role", "Sender ID", "Custom field"):
        maya.reads("Verified", within=maya.step(step))


def request_a_profile(maya: Administrator, entity: str) -> None:
    """Request a profile for the top level or an entity, chosen from those that Intacct returned."""
    places = maya.page.get_by_role("radio")
    expect(places).not_to_have_count(1)
    maya.chooses(entity or "Top level")
    maya.presses("Choose this level")
    maya.reads("Continue to step 6")
    continue_on_another_device(maya, "API Sync Profile")
    maya.fills(Note_for_Beanworks="We start on Monday.")
    maya.presses("Send request")
    maya.reads("Waiting on Beanworks", "We start on Monday.")
    continue_on_another_device(maya, "API Sync Profile")
    maya.reads("Waiting on Beanworks")


def approve_as_support(new_page: Callable[..., Page], device: dict[str, Any]) -> None:
    sam, sue = (Person(new_page, name, **device) for name in ("Sam Support", "Sue Support"))
    for user in (sam, sue):
        user.goes_to("Maple Ridge")
        user.reads(LEGAL_ENTITY, "MAPLE-RIDGE", "Maya Root", "We start on Monday.", " passed, ")
    sam.presses("Claim")
    sue.presses("Claim")
    sue.reads("Sam Support has already claimed this request.")
    expect(sue.page.get_by_role("button", name="Approve request")).to_have_count(0)
    sam.presses("Approve request")
    sam.reads("Approved")
    assert SyncProfile.objects.get(connection__company_id=COMPANY, decided_by__email=sam.email)


def run_the_first_sync(maya: Administrator, maple: Maple, worker: Worker) -> None:
    """Run the first sync, for which the next page has opened automatically. Kill the worker in the middle of it."""
    maya.is_at("SmartSync")
    maple.stalls(after=4)
    maya.presses("Start the first sync")
    maple.holds_a_request()
    worker.kill9()
    maple.calms_down()
    worker.start()
    run = SyncRun.objects.get(profile__connection__company_id=maple.id)
    wait_until(lambda: not SyncRun.objects.get(pk=run.pk).is_active, "the first sync has ended")
    maya.takes_another_device()
    maya.is_at(f"Sage Intacct company {maple.id}")
    expect(maya.page.get_by_role("heading", name="Connected", exact=True)).to_be_visible()
    maya.opens("Set-up steps")
    maya.goes_to("SmartSync")
    maya.reads("The first full sync was complete on", "every list had as many records as Intacct counted.")
    run.refresh_from_db()
    assert (run.result, run.attempts > 1) == ("complete", True)
    truth = maple.counts(run.profile.entity_id)
    done = ListRun.objects.filter(run=run).exclude(state="not_applicable")
    assert {list_run.object: list_run.read for list_run in done} == {
        list_run.object: truth[list_run.object] for list_run in done
    }
    assert len(done) >= 28
    items = ListItem.objects.filter(profile=run.profile)
    assert items.filter(active=True).count() <= sum(list_run.read for list_run in done) == items.count()


def look_at_the_records(maya: Administrator) -> None:
    items = ListItem.objects.filter(profile__connection__company_id=COMPANY, list="vendors")
    item = items.order_by("code")[10]
    maya.goes_to("View lists and runs")
    maya.goes_to("Vendors")
    maya.fills(Code_or_name=item.code)
    maya.presses("Search")
    maya.goes_to(item.code)
    maya.reads(item.name, "VENDORID")


def view_as_customer_success(new_page: Callable[..., Page], device: dict[str, Any]) -> None:
    cleo = Person(new_page, "Cleo Success", **device)
    cleo.reads("Harbour Mills")
    cleo.goes_to("Next")
    cleo.reads("Juniper Co")
    cleo.goes_to("Live")
    cleo.reads("Live since", within=cleo.page.get_by_role("row").filter(has_text="Maple Ridge"))
    cleo.goes_to("Maple Ridge")
    cleo.goes_to("Open the customer’s page")
    cleo.reads("You see what the customer sees. Only the customer can change this connection.")
    expect(cleo.page.get_by_role("main").locator("form[method=post]")).to_have_count(0)
