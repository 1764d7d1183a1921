"""Each refusal of a test bill on the page: its words, who can fix it, and the form with what was chosen.

All share one connection and one browser, because the set-up takes longer than a refusal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle

import pytest
from django.test import Client
from django.utils import translation
from playwright.sync_api import Page, expect

from accounts.models import User
from intacct.bill_refusals import DIAGNOSES
from wizard.explanations import Explanation, StoredCause, explain
from wizard.missing import FIXED_BY
from wizard.models import TestBill

from .circumstances import CIRCUMSTANCES, Circumstance
from .conftest import Bills

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Way:
    """A page in a language, with or without JavaScript."""

    name: str
    language: str
    page: Page


@pytest.fixture
def ways(new_page: Callable[..., Page], administrator: User) -> list[Way]:
    client = Client()
    client.force_login(administrator)
    return [
        Way("English", "en", new_page(client)),
        Way("French", "fr-ca", new_page(client)),
        Way("English without JavaScript", "en", new_page(client, java_script_enabled=False)),
        Way("French without JavaScript", "fr-ca", new_page(client, java_script_enabled=False)),
    ]


def test_every_refusal_has_a_circumstance() -> None:
    causes = {circumstance.cause for circumstance in CIRCUMSTANCES}

    assert causes == {diagnosis.cause for diagnosis in DIAGNOSES} | {"record_refused"}


def test_refusal_says_who_can_fix_it_and_keeps_what_was_chosen(
    bills: Bills, ways: list[Way], subtests: pytest.Subtests
) -> None:
    for circumstance, way in zip(CIRCUMSTANCES, cycle(ways), strict=False):
        User.objects.update(language=way.language)
        with subtests.test(circumstance.words[0], way=way.name), bills.under(circumstance) as chosen:
            before = bills.count()
            send(bills, way.page, chosen)
            test = bills.work(TestBill.objects.get(state="queued"))

            assert (test.phase, test.cause) == (TestBill.Phase.REFUSED, circumstance.cause)
            assert bills.count() == before
            way.page.reload()
            assert_explained(way, circumstance, test)
            for name, code in chosen.items():
                expect(way.page.locator(f"[name={name}]")).to_have_value(code)


def send(bills: Bills, page: Page, chosen: dict[str, str]) -> None:
    """Send the form with these records, which were synced before."""
    bills.store_records(**chosen)
    page.goto(f"/connection/{bills.profile.connection_id}/test-bill/")
    for name, code in chosen.items():
        page.locator(f"[name={name}]").fill(code)
    with page.expect_navigation():
        page.locator("button[name=confirm]").click()


def assert_explained(way: Way, circumstance: Circumstance, test: TestBill) -> None:
    explained = {language: explanation_in(language, test) for language in ("en", way.language)}
    result = way.page.locator("#test")
    expect(result).to_contain_text(explained[way.language].headline)
    with translation.override(way.language):
        expect(result).to_contain_text(str(FIXED_BY[explained[way.language].who]))
    for words in circumstance.words if way.language == "en" else ():
        expect(result).to_contain_text(words)

    assert way.language == "en" or explained["en"].headline != explained["fr-ca"].headline


def explanation_in(language: str, test: TestBill) -> Explanation:
    with translation.override(language):
        return explain(StoredCause(test.cause, test.facts))
