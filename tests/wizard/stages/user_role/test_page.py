"""Tasks, the permission table with its results, and the missing permissions as text for the Intacct administrator."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from intacct.catalogue import PERMISSIONS
from tests.wizard.pages.reading import main, values_to_copy, words
from wizard.models import Connection, Verification

MakeVerification = Callable[..., Verification]
MISSING = {"perm.vendors": "right_missing", "perm.ap-terms": "right_missing"}
PASSED = ("sign_in", "perm.departments")


def address(connection: Connection) -> str:
    return reverse("wizard:stage", args=[connection.pk, "user_role"])


def text_of_missing(connection: Connection) -> str:
    return reverse("wizard:missing", args=[connection.pk])


def badge(page: Any, row: str) -> str:
    words: str = main(page).xpath(f'string(.//tr[th[@scope="row"]="{row}"]//*[starts-with(@class, "badge")])')
    return words.strip()


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
    assert "Select the permissions listed below on the user itself" in words(page)
    assert "Create a role" not in words(page)
    assert "Beanworks API" not in main(page).xpath("string(.//ol[@class='tasks'])")


def test_table_shows_every_row_grouped_as_in_intacct(browser_of_ada: Client, answered: Connection) -> None:
    table = main(browser_of_ada.get(address(answered))).xpath(".//table")[0]
    assert table.xpath('.//th[@scope="row"]/text()') == [row.name for row in PERMISSIONS]
    modules = [" ".join(name.split()) for name in table.xpath('.//th[@scope="rowgroup"]/text()')]
    assert modules == list(dict.fromkeys(row.module.name for row in PERMISSIONS))


def test_list_is_recommended_with_view_and_explained(browser_of_ada: Client, answered: Connection) -> None:
    page = browser_of_ada.get(address(answered))
    ticks = main(page).xpath(".//table//td[1]/span/text()")
    rights = {row.slug: ticks[number] for number, row in enumerate(PERMISSIONS)}
    assert rights["vendors"] == "List, View"
    assert rights["bills"] == "List, View, Add"
    assert rights["pay-bills"] == "Run"
    assert "View has no effect without List" in words(page)


def test_unused_applications_are_marked(browser_of_ada: Client, answered: Connection) -> None:
    page = words(browser_of_ada.get(address(answered)))
    assert "You answered that you do not use Contracts." in page
    assert "You answered that you do not use Projects." not in page


def test_failed_row_explains_the_problem_and_offers_a_new_check(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification
) -> None:
    make_verification(failed=MISSING, passed=PASSED)
    page = browser_of_ada.get(address(answered))
    assert badge(page, "Vendors") == "Failed"
    assert badge(page, "Departments") == "Passed"
    findings = main(page).xpath('.//ul[@class="findings"]/li')
    assert len(findings) == 2
    assert all(finding.xpath('.//input[@name="check"]') for finding in findings)


def test_filter_shows_only_missing_permissions(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification
) -> None:
    make_verification(failed=MISSING, passed=PASSED)
    page = browser_of_ada.get(address(answered), {"show": "missing"})
    assert main(page).xpath('.//table//th[@scope="row"]/text()') == ["Vendors", "AP Terms"]


def test_filter_is_not_offered_if_nothing_is_missing(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification
) -> None:
    make_verification()
    page = browser_of_ada.get(address(answered), {"show": "missing"})
    assert "Missing only" not in words(page)
    assert len(main(page).xpath('.//table//th[@scope="row"]')) == 30


def test_missing_permissions_are_available_as_text(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification
) -> None:
    make_verification(failed=MISSING, passed=PASSED)
    response = browser_of_ada.get(text_of_missing(answered))
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    text = response.content.decode()
    assert "  - Vendors: List, View\n  - AP Terms: List, View\n" in text
    assert "Departments" not in text
    assert "hillside" in text


def test_text_before_any_check_follows_the_answers(browser_of_ada: Client, answered: Connection) -> None:
    text = browser_of_ada.get(text_of_missing(answered)).content.decode()
    assert "  - Bills: List, View, Add\n" in text
    assert "Projects\n  - Projects: List, View\n" in text
    assert "Contracts" not in text
