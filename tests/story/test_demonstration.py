"""Users of the demonstration at work, each with the language and the device they have.

A customer success manager finds a customer that is stuck. Then a French-speaking administrator connects the company,
while two people of support decide the request.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from practice.guide import PASSWORD
from tests.support.stack import Practice, Worker
from wizard.models import SyncProfile

from .people import Administrator, Person

COMPANY, CUSTOMER = "MAPLE-RIDGE", "Boulangerie Saint-Roch"
QUESTION, ANSWER = "Which team pays the bills?", "Une seule équipe, à Québec."
STEPS = ("Web Services user and role", "Sender ID", "Custom field", "ERP credentials")
DESK: dict[str, Any] = {
    "viewport": {"width": 1440, "height": 900},
    "permissions": ["clipboard-read", "clipboard-write"],
}


@pytest.fixture
def company(practice: Practice, worker: Worker) -> None:
    """The demonstration's customers, and a small company in which everything is set up."""
    practice.control("reset", scale=20)
    practice.control(f"companies/{COMPANY}/set-up")
    call_command("demo")


@pytest.mark.usefixtures("company")
def test_people_of_beanworks_and_a_french_speaking_customer_work_together(new_page: Callable[..., Page]) -> None:
    find_a_stuck_customer(Person(new_page, "Cleo Success", **DESK))
    benoit = Administrator(new_page, "Benoît Gagnon", locale="fr-CA", java_script_enabled=True)
    connect(benoit)
    sam, sue = (Person(new_page, name, **DESK) for name in ("Sam Support", "Sue Support"))
    ask(sam, sue)
    answer(benoit)
    approve(sam)
    run_the_first_sync(benoit)


def find_a_stuck_customer(cleo: Person) -> None:
    """Who is stuck, why, and what do I write to them? Four clicks, in the language of the reader."""
    cleo.goes_to("Stuck for 7 days or more")
    cleo.goes_to("Northern Lights Optics")
    assert "Projects" in copied_message(cleo)
    cleo.page.goto("/beanworks/board/?search=bleue")
    cleo.goes_to("Rivière Bleue Transport")
    assert "Bonjour" in copied_message(cleo)


def copied_message(cleo: Person) -> str:
    cleo.presses("Copy message")
    expect(cleo.page.get_by_role("button", name="Copied")).to_be_visible()
    return str(cleo.page.evaluate("navigator.clipboard.readText()"))


def connect(benoit: Administrator) -> None:
    benoit.is_at("Pre-checks")
    expect(benoit.page.locator("html")).to_have_attribute("lang", "fr-ca")
    benoit.chooses("Role-based")
    benoit.page.get_by_label(benoit.word("Yes"), exact=True).check()
    benoit.presses("Save and continue")
    for number, step in enumerate(STEPS[:3], 3):
        benoit.is_at(step)
        benoit.marks_as_done(step)
        benoit.continues(number, STEPS[number - 2])
    benoit.enters(COMPANY, "not-the-password")
    benoit.reads(benoit.word("Intacct did not accept the sign-in of user %(user_id)s in company %(company_id)s",
        user_id="Beanworks", company_id=COMPANY))  # fmt: skip
    benoit.enters(COMPANY, PASSWORD)
    benoit.chooses("Top level")
    benoit.presses("Choose this level")
    benoit.continues(6, "API Sync Profile")
    benoit.is_at("API Sync Profile")
    benoit.fills(Note_for_Beanworks="Nous commençons lundi.")
    benoit.presses("Send request")
    benoit.reads("It is in the support team’s queue. No one has claimed it yet.")


def ask(sam: Person, sue: Person) -> None:
    """Sam claims the request, so Sue can no longer decide it, and asks a question."""
    for user in (sam, sue):
        user.goes_to(CUSTOMER)
        user.reads(COMPANY, "Benoît Gagnon", "Nous commençons lundi.")
    sam.presses("Claim")
    sam.chooses("Ask")
    sam.fills(Question_to_the_customer=QUESTION)
    sam.presses("Send question")
    sue.page.reload()
    sue.reads(sue.word("%(person)s has claimed this request and will decide on it.", person="Sam Support"))
    expect(sue.page.get_by_role("button", name="Approve request")).to_have_count(0)


def answer(benoit: Administrator) -> None:
    """The question appears on the page that is still open."""
    benoit.reads("Your answer is needed", QUESTION)
    benoit.fills(Your_answer=ANSWER)
    benoit.presses("Send answer")
    benoit.reads(ANSWER)


def approve(sam: Person) -> None:
    sam.page.reload()
    sam.reads(ANSWER)
    sam.presses("Approve request")
    sam.reads("Approved")
    assert SyncProfile.objects.get(connection__company_id=COMPANY, decided_by__email=sam.email)


def run_the_first_sync(benoit: Administrator) -> None:
    """The next step has opened automatically."""
    benoit.is_at("SmartSync")
    benoit.presses("Start the first sync")
    benoit.reads("Complete", "Run a partial sync now")
    benoit.page.goto("/connection/")
    expect(benoit.page.get_by_role("heading", name=benoit.word("Connected"), exact=True)).to_be_visible()
