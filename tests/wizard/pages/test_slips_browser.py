"""An administrator makes eight mistakes in Intacct and in the wizard. Each is shown, explained, fixed and verified.

What the guide asks for is done in the practice company, except for these mistakes, which are made on its screens.
"""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from intacct.catalogue import CUSTOM_FIELD, ROLE_NAME, SENDER_ID, USER_ID
from practice.company import ADMINISTRATOR_PASSWORD
from tests.practice.screens import ScreenClient
from tests.support.stack import Live, Practice, Worker
from wizard.models import Connection

COMPANY, PASSWORD = "HARBOUR-MILLS", "practice-password"
SAVE, AGAIN = "Save and check", "Save and check again"
USER, ROLE = f"users/edit/{USER_ID}", f"roles/permissions/{ROLE_NAME}"


class Screens(ScreenClient):
    """The practice company's screens, with the mistakes that can be made there, and how each is fixed."""

    def save_user(self, **values: str) -> None:
        self.go(USER).fill(**values).press("Save").fill(Your_password=ADMINISTRATOR_PASSWORD).press("Confirm")

    def check_vendors(self, checked: bool) -> None:
        self.go(ROLE).tick("Vendors: List", "Vendors: View", on=checked).press("Save")

    def enter_sender(self, sender_id: str) -> "ScreenClient":
        """Enter a sender ID. It takes effect when the page is saved, too."""
        return self.go("info/edit").press("+ Web Services Authorization").fill(Sender_ID=sender_id).press("Save")

    def create_our_field(self, on: str) -> None:
        self.create_field(
            object=on,
            data_type=CUSTOM_FIELD.data_type,
            Label=CUSTOM_FIELD.label,
            Field_ID=CUSTOM_FIELD.id,
            Description=CUSTOM_FIELD.description,
        )
        assert self.errors == []

    def delete_field(self) -> None:
        self.go("fields").press(f"Delete {CUSTOM_FIELD.id}")


@pytest.fixture
def screens(practice: Practice, answered: Connection) -> Screens:
    practice.control(f"companies/{COMPANY}/set-up")
    screens = Screens(practice, COMPANY)
    screens.go("info/edit").press(f"Delete {SENDER_ID}").press("Save")
    screens.enter_sender(SENDER_ID.lower()).press("Save")
    screens.check_vendors(False)
    screens.delete_field()
    screens.create_our_field("VENDOR")
    screens.save_user(Status="Locked out", Role_1="")
    return screens


@pytest.fixture
def page(live: Live, worker: Worker, new_page: Callable[..., Page], administrator: User, answered: Connection) -> Page:
    client = Client()
    client.force_login(administrator)
    page = new_page()
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live.url}])
    page.goto(f"/connection/{answered.pk}/credentials/")
    return page


def test_eight_mistakes_are_explained_fixed_and_verified(page: Page, screens: Screens) -> None:
    enter(page, SAVE, "HARBOR-MILLS", PASSWORD)
    reads(page, "Intacct does not know the company ID HARBOR-MILLS", "not its name and not the ID of a console")

    enter(page, AGAIN, COMPANY, "not-it")
    reads(page, f"The user {USER_ID} is locked out or inactive in Intacct")
    screens.save_user(Status="Active")
    press(page, "The Intacct user was unlocked: try again")
    reads(page, f"Intacct did not accept the sign-in of user {USER_ID}")
    expect(page.get_by_role("button", name="Check again", exact=True)).to_have_count(0)

    enter(page, AGAIN, COMPANY, PASSWORD)
    reads(page, f"{COMPANY} has not authorized Beanworks’ sender ID {SENDER_ID} yet")
    expect(step(page, "Sender ID")).to_contain_text("Needs attention")
    screens.enter_sender(SENDER_ID)  # The page itself is not saved.
    check_again(page)
    reads(page, "Without the second save, Intacct discards the entry")
    screens.enter_sender(SENDER_ID).press("Save")
    check_again(page)
    expect(step(page, "Sender ID")).to_contain_text("Verified")

    reads(page, "The sign-in works, but Intacct refuses every list", "The user’s roles must include Beanworks API")
    screens.save_user(Role_1=ROLE_NAME)
    check_again(page)
    reads(page, "Vendors", f"The field {CUSTOM_FIELD.id} is on Vendor; it must be on AP Bill")

    screens.check_vendors(True)
    screens.delete_field()
    screens.create_our_field("APBILL")
    check_again(page)
    reads(page, "to confirm by eye")
    expect(page.get_by_role("button", name="Choose this level")).to_be_visible()
    for title in ("Web Services user and role", "Sender ID", "Custom field"):
        expect(step(page, title)).to_contain_text("Verified")


def enter(page: Page, button: str, company_id: str, password: str) -> None:
    page.get_by_label("Company ID").fill(company_id)
    page.get_by_label("Password").fill(password)
    press(page, button)


def check_again(page: Page) -> None:
    press(page, "Check again")


def press(page: Page, button: str) -> None:
    page.get_by_role("main").get_by_role("button", name=button, exact=True).click()


def reads(page: Page, *texts: str) -> None:
    for text in texts:
        expect(page.locator("#results")).to_contain_text(text)


def step(page: Page, title: str) -> Locator:
    return page.locator(".wizard__rail").get_by_role("listitem").filter(has_text=title)
