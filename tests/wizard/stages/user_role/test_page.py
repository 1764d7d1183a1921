"""Tasks, the permission sheet, and what is missing as text for the Intacct administrator."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import LegalEntity
from audit.models import AuditEvent
from intacct.catalogue import PERMISSIONS
from tests.wizard.pages.reading import chosen, main, values_to_copy, words
from wizard.models import Connection, SyncProfile, Verification

MakeVerification = Callable[..., Verification]
MISSING = {"perm.vendors": "right_missing", "perm.ap-terms": "right_missing"}
PASSED = ("sign_in", "perm.departments")


def address(connection: Connection) -> str:
    return reverse("wizard:stage", args=[connection.pk, "user_role"])


def text_of_missing(connection: Connection) -> str:
    return reverse("wizard:missing", args=[connection.pk])


def names(page: Any) -> list[str]:
    """Return the names of the permissions that can be checked."""
    lines = main(page).xpath('.//*[@class="sheet__line"]/label')
    return [" ".join(line.text_content().split()) for line in lines]


def rights(page: Any, name: str) -> str:
    lines = main(page).xpath('.//*[@class="sheet__line"]')
    line = next(line for line in lines if line.xpath("string(label)").strip() == name)
    return " ".join(line.xpath('string(.//*[@class="rights"])').split())


def test_values_to_type_can_be_copied(browser_of_ada: Client, answered: Connection) -> None:
    values = values_to_copy(browser_of_ada.get(address(answered)))
    assert values == [
        "Web Services", "Beanworks", "Business", "Limited", "Active", "Beanworks API", "Beanworks API",
    ]  # fmt: skip


def test_page_warns_about_fees_passwords_and_the_user_id(browser_of_ada: Client, answered: Connection) -> None:
    phrases = ("The user ID cannot be changed later.", "mention a fee", "Enter your own, the one you signed in")
    page = words(browser_of_ada.get(address(answered)))
    assert [phrase for phrase in phrases if phrase not in page] == []


def test_user_based_company_ticks_permissions_on_the_user(browser_of_ada: Client, answered: Connection) -> None:
    Connection.objects.filter(pk=answered.pk).update(permission_model="user")
    page = browser_of_ada.get(address(answered))
    assert "Select these permissions on the user itself" in words(page)
    assert "Create a role" not in words(page)
    assert "Beanworks API" not in main(page).xpath("string(.//ol[@class='tasks'])")


def ask_for_everything(connection: Connection) -> None:
    Connection.objects.filter(pk=connection.pk).update(modules=None, several_entities=True)


def test_sheet_shows_every_permission_grouped_as_in_intacct(browser_of_ada: Client, answered: Connection) -> None:
    ask_for_everything(answered)
    page = browser_of_ada.get(address(answered))
    expected = [row.name for row in PERMISSIONS if row.any_of is None]
    items = "Items (in any one of Inventory Control, Order Entry, Purchasing)"
    assert [name for name in names(page) if name != items] == expected
    assert names(page).count(items) == 1
    modules = [name.text_content() for name in main(page).xpath('.//*[@class="sheet__head"]/h2')]
    assert modules == list(dict.fromkeys(row.module.name for row in PERMISSIONS if row.any_of != "items"))


def test_list_is_recommended_with_view_and_explained(browser_of_ada: Client, answered: Connection) -> None:
    page = browser_of_ada.get(address(answered))
    assert rights(page, "Vendors") == "List View"
    assert rights(page, "Bills") == "List View Add"
    assert rights(page, "Pay Bills") == "Run"
    assert "View has no effect without List" in words(page)


def test_unused_applications_are_folded_into_one_line(browser_of_ada: Client, answered: Connection) -> None:
    page = browser_of_ada.get(address(answered))
    assert "Projects" in names(page)
    assert "Contracts" not in names(page)
    assert "4 permissions are not needed" in words(page)
    assert "Contracts: You answered that you do not use Contracts." in words(page)


def test_permissions_of_unused_lists_are_not_needed(
    browser_of_ada: Client, answered: Connection, legal_entity: LegalEntity
) -> None:
    ask_for_everything(answered)
    profile = SyncProfile.objects.create(connection=answered, legal_entity=legal_entity)
    SyncProfile.objects.filter(pk=profile.pk).update(unused_lists=["vendors", "items", "bills"])

    page = browser_of_ada.get(address(answered))

    assert "Bills" in names(page)
    assert {"Vendors", "Items"}.isdisjoint(names(page))
    assert "2 permissions are not needed" in words(page)
    assert "Vendors: No list in use needs it." in words(page)
    assert "Vendors" not in text_of_missing(answered)


def test_failed_rows_share_one_explanation(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification
) -> None:
    make_verification(failed=MISSING, passed=PASSED)
    page = browser_of_ada.get(address(answered))
    [finding] = main(page).xpath('.//*[@id="results"]//ul[@class="findings"]/li')
    assert finding.xpath("string(.//h3)") == "2 permissions are missing"
    assert finding.text_content().count("Subscriptions") == 1


def test_answer_of_intacct_wins_over_the_users_answer(browser_of_ada: Client, answered: Connection) -> None:
    company = {"applications": ["CN", "PO"], "multi_currency": False, "multi_entity": False}
    Connection.objects.filter(pk=answered.pk).update(company=company)
    page = browser_of_ada.get(address(answered))
    assert {"Contracts", "Items"} < set(names(page))
    assert {"Projects", "Entities", "Exchange Rate"}.isdisjoint(names(page))
    assert "Projects: Intacct reports that your company does not subscribe to Projects." in words(page)
    assert "Entities: Intacct reports that your company has one entity." in words(page)
    assert "You answered" not in words(page)


def test_checked_permissions_are_saved_and_counted(browser_of_ada: Client, answered: Connection) -> None:
    tick = reverse("wizard:tick", args=[answered.pk, "user_role"])
    response = browser_of_ada.post(tick, {"ticked": ["perm.vendors", "perm.bills"]}, headers={"HX-Request": "true"})
    assert "2 of 6 done" in words(response)
    assert "2 of " in words(response)

    page = browser_of_ada.get(address(answered))
    assert chosen(page, "ticked") == ["perm.bills", "perm.vendors"]
    assert not AuditEvent.objects.filter(action="task.ticked").exists()


def test_task_is_done_with_its_last_permission(browser_of_ada: Client, answered: Connection) -> None:
    tick, page = reverse("wizard:tick", args=[answered.pk, "user_role"]), address(answered)
    lines = main(browser_of_ada.get(page)).xpath('.//*[@class="sheet__line"]//input/@value')

    browser_of_ada.post(tick, {"ticked": lines})
    assert "permissions" in chosen(browser_of_ada.get(page), "ticked")

    browser_of_ada.post(tick, {"ticked": lines[1:], "was": lines})
    assert "permissions" not in chosen(browser_of_ada.get(page), "ticked")


def test_instructions_are_folded_once_intacct_has_answered(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification
) -> None:
    fold = './/details[summary="Show the instructions"]'
    assert not main(browser_of_ada.get(address(answered))).xpath(fold)

    make_verification(failed=MISSING, passed=PASSED)

    assert main(browser_of_ada.get(address(answered))).xpath(f"{fold}[not(@open)]//form")


def test_missing_permissions_are_available_as_text(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification
) -> None:
    make_verification(failed=MISSING, passed=PASSED)
    response = browser_of_ada.get(text_of_missing(answered))
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    text = response.content.decode()
    assert "2 permissions are missing" in text
    assert "Departments" not in text
    assert "hillside" in text


def test_text_before_any_check_follows_the_answers(browser_of_ada: Client, answered: Connection) -> None:
    text = browser_of_ada.get(text_of_missing(answered)).content.decode()
    assert "  - Bills: List, View, Add\n" in text
    assert "Projects\n  - Projects: List, View\n" in text
    assert "Contracts" not in text


def test_check_again_is_the_next_action_after_a_check(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification
) -> None:
    """A user cannot mark as done what Intacct found to be wrong."""
    make_verification(failed=MISSING, passed=PASSED)
    page = main(browser_of_ada.get(address(answered)))
    assert page.xpath('string(.//*[@id="foot"]//button)').strip() == "Check again"
    assert page.xpath('count(.//button[@id="check-again"])') == 1
    assert "mark as done" not in page.text_content()


def test_page_opened_before_a_check_cannot_mark_as_done_what_failed(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification
) -> None:
    make_verification(failed=MISSING, passed=PASSED)
    browser_of_ada.post(reverse("wizard:attest", args=[answered.pk, "user_role"]))
    assert not answered.progress.filter(stage="user_role").exists()


def test_step_marked_as_done_without_an_answer_to_every_check_can_be_checked_again(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification
) -> None:
    answered.progress.create(stage="user_role", attested_at=timezone.now())
    verification = make_verification(passed=PASSED)
    verification.findings.create(check_slug="perm.vendors", stage="user_role", position=9, outcome="blocked")
    page = main(browser_of_ada.get(address(answered)))
    assert page.xpath('string(.//*[@id="foot"]//button)').strip() == "Check again"
