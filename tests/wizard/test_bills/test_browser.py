"""From the button to the click on the bill in the practice company, in a real browser."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import translation
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from accounts.models import User
from tests.support.browser import too_wide
from tests.support.stack import Live
from wizard.models import TestBill

from .conftest import Bills

pytestmark = pytest.mark.django_db(transaction=True)


class Journey:
    """An administrator's way through the page, with the worker's part done in the tests' process."""

    def __init__(self, bills: Bills, page: Page, language: str) -> None:
        self.bills, self.page, self.language = bills, page, language
        self.address = f"/connection/{bills.profile.connection_id}/test-bill/"

    def words(self, english: str) -> str:
        """The words in the language of the page."""
        with translation.override(self.language):
            words = translation.gettext(english)
        assert self.language == "en" or words != english
        return words

    def send(self) -> TestBill:
        self.page.goto(self.address)
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=self.words("Create the draft bill in Intacct")).click()
        expect(self.page.get_by_role("heading", name="BEANWORKS-TEST")).to_be_visible()
        return self.bills.work(TestBill.objects.get())

    def open_bill(self, test: TestBill) -> Page:
        """Open the bill in Intacct, in another tab."""
        tab = self.page.context.new_page()
        company = self.bills.company
        tab.goto(f"{company.practice.address}/companies/{company.id}/bills/{test.record_no}")
        return tab

    def open_link(self, test: TestBill) -> Page:
        """Select the link on the bill, which Intacct opens in a further tab."""
        bill = self.open_bill(test)
        with bill.expect_popup() as popup:
            bill.locator("dd a").click()
        return popup.value


@pytest.fixture
def start(
    bills: Bills, live: Live, new_page: Callable[..., Page], administrator: User, settings: Settings
) -> Callable[..., Journey]:
    settings.SITE_URL = live.url
    bills.store_records()
    client = Client()
    client.force_login(administrator)

    def open_page(language: str = "en", **options: object) -> Journey:
        User.objects.update(language=language)
        return Journey(bills, new_page(client, **options), language)

    return open_page


def test_from_the_button_to_the_click(start: Callable[..., Journey], axe: Callable[[Page], None]) -> None:
    journey = start()
    journey.page.goto(journey.address)
    axe(journey.page)

    assert too_wide(journey.page, 320, 390) == []

    test = journey.send()
    result = journey.page.locator("#test")
    expect(result).to_contain_text("Waiting for you")
    axe(journey.page)
    tab = journey.open_link(test)
    expect(tab.get_by_role("heading", name="The link works")).to_be_visible()
    expect(tab.locator("#link")).to_contain_text("Saved. You can close this page.")
    axe(tab)

    expect(result).to_contain_text("The test passed")
    expect(result).to_contain_text("Chrome")
    assert journey.bills.fresh(test).verified_checks == ["custom_field", "custom_field_type", "perm.bills.add"]


def test_from_the_button_to_the_click_in_french_and_without_javascript(
    start: Callable[..., Journey], subtests: pytest.Subtests
) -> None:
    for language, has_javascript in (("fr-ca", True), ("en", False), ("fr-ca", False)):
        with subtests.test(language, javascript=has_javascript):
            TestBill.objects.all().delete()
            journey = start(language, java_script_enabled=has_javascript)
            test = journey.send()
            journey.page.goto(journey.address)
            expect(journey.page.locator("#test")).to_contain_text(journey.words("Waiting for you"))
            tab = journey.open_link(test)
            if not has_javascript:
                tab.get_by_role("button", name=journey.words("Save that the link works")).click()
            expect(tab.locator("#link")).to_contain_text(journey.words("Saved. You can close this page."))
            journey.page.goto(journey.address)
            expect(journey.page.locator("#test")).to_contain_text(journey.words("The test passed"))


def test_copied_address_of_a_text_field_leads_to_what_to_do(start: Callable[..., Journey]) -> None:
    journey = start()
    field = {"object": "APBILL", "data_type": "Text", "label": "Beanworks", "id": "BEANWORKS"}
    journey.bills.company.control("", custom_fields=[field | {"description": "Link to Beanworks Invoice"}])
    tab = journey.open_bill(journey.send())
    expect(tab.locator("dd a")).to_have_count(0)
    tab.goto(tab.get_by_text("/test-bill/").inner_text())
    tab.get_by_role("button", name="I copied it: Intacct shows plain text").click()
    expect(tab.locator("#link")).to_contain_text("delete the field and create it again")
    expect(journey.page.locator("#test")).to_contain_text("Intacct shows the link as plain text")


def test_records_are_offered_while_typing(start: Callable[..., Journey]) -> None:
    journey = start()
    journey.page.goto(journey.address)
    journey.page.get_by_label("Account").fill("nothing like this")
    expect(journey.page.locator("#options-ACCOUNTNO option")).to_have_count(0)
    journey.page.get_by_label("Account").fill("first of acc")
    expect(journey.page.locator("#options-ACCOUNTNO option")).to_have_count(1)
