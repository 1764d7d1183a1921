from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import LegalEntity, User
from tests.wizard.pages.reading import chosen, main, words
from wizard.models import Connection, StageProgress

ANSWERS = {
    "permission_model": "user",
    "several_entities": "no",
    "applications": "known",
    "modules": ["projects", "purchasing"],
}


@pytest.fixture
def address(connection: Connection) -> str:
    return reverse("wizard:stage", args=[connection.pk, "pre_checks"])


def test_account_checks_pass(browser_of_ada: Client, address: str, legal_entity: LegalEntity) -> None:
    page = browser_of_ada.get(address)
    findings = main(page).xpath('.//*[@class="finding"]')
    assert [" ".join(finding.text_content().split()) for finding in findings] == [
        "System Administrator Passed Ada Root has this role.",
        "Root Org Unit Passed The home org unit of Ada Root is Hillside.",
        "Legal entity Passed Hillside Canada Inc.",
    ]


def test_missing_legal_entity_names_who_can_create_it(
    browser_of_ada: Client, address: str, legal_entity: LegalEntity
) -> None:
    legal_entity.delete()
    page = words(browser_of_ada.get(address))
    assert "There is no legal entity yet. A System Administrator at the Root Org Unit can add one" in page
    company = reverse("accounts:customer", args=[legal_entity.customer_id])
    assert main(browser_of_ada.get(address)).xpath(f'.//a[@href="{company}"]')


def test_administrator_below_the_root_sees_the_problem_and_no_form(
    branch_administrator: User, administrator: User, address: str
) -> None:
    client = Client()
    client.force_login(branch_administrator)
    page = client.get(address)
    assert "Root Org Unit Failed The home org unit of Bo Branch is Canada." in words(page)
    assert "it must be Hillside, the topmost org unit." in words(page)
    assert "Ada Root can change it" in words(page)
    assert "Needs attention" in words(page)
    assert main(page).xpath(".//form") == []


def test_answers_are_saved_and_the_next_step_opens(
    browser_of_ada: Client, address: str, connection: Connection
) -> None:
    response = browser_of_ada.post(address, ANSWERS)
    connection.refresh_from_db()
    assert response.headers["Location"] == reverse("wizard:stage", args=[connection.pk, "user_role"])
    assert (connection.permission_model, connection.several_entities) == ("user", False)
    assert connection.modules == ["projects", "purchasing"]
    progress = StageProgress.objects.get(connection=connection, stage="pre_checks")
    assert progress.attested_by is not None
    assert set(progress.ticks) == {"intacct-administrator", "mailbox"}


def test_no_application_is_a_valid_answer(browser_of_ada: Client, address: str, connection: Connection) -> None:
    browser_of_ada.post(address, ANSWERS | {"modules": []})
    connection.refresh_from_db()
    assert connection.modules == []


def test_i_do_not_know_is_the_default(browser_of_ada: Client, address: str, connection: Connection) -> None:
    assert chosen(browser_of_ada.get(address), "applications") == ["unknown"]

    browser_of_ada.post(address, ANSWERS | {"applications": "unknown"})

    connection.refresh_from_db()
    assert (connection.modules, connection.is_answered) == (None, True)
    assert chosen(browser_of_ada.get(address), "applications") == ["unknown"]


def test_user_who_knows_no_answer_can_continue(browser_of_ada: Client, address: str, connection: Connection) -> None:
    page = browser_of_ada.get(address)
    defaults = {name: chosen(page, name)[0] for name in ("permission_model", "several_entities", "applications")}
    assert defaults == {"permission_model": "role", "several_entities": "unknown", "applications": "unknown"}

    browser_of_ada.post(address, defaults)

    connection.refresh_from_db()
    assert (connection.permission_model, connection.several_entities, connection.modules) == ("role", None, None)
    assert connection.is_answered


def test_page_says_what_intacct_has_answered_itself(browser_of_ada: Client, address: str, answered: Connection) -> None:
    assert "Your answers decide" in words(browser_of_ada.get(address))
    reported = {"applications": ["CN"], "multi_entity": False}
    Connection.objects.update(company=reported, several_entities=False, modules=["contracts"])

    assert "Intacct has reported: one entity, Contracts. Later steps" in words(browser_of_ada.get(address))


def test_answers_that_intacct_contradicts_are_marked(
    browser_of_ada: Client, address: str, answered: Connection
) -> None:
    reported = {"applications": ["CN"], "multi_entity": False}
    Connection.objects.update(company=reported, several_entities=True, modules=["purchasing"])

    page = words(browser_of_ada.get(address))

    assert "Intacct reported something other than your answers" in page
    assert "The company has one entity." in page
    assert "In use: Contracts." in page


def test_missing_answer_is_reported_and_other_answers_stay(browser_of_ada: Client, address: str) -> None:
    page = browser_of_ada.post(address, {"several_entities": "no", "modules": ["contracts"]})
    assert main(page).xpath('.//fieldset[.//input[@name="permission_model"]]//*[@class="errorlist"]')
    assert chosen(page, "several_entities") == ["no"]
    assert chosen(page, "modules") == ["contracts"]


def test_draft_is_restored(browser_of_ada: Client, address: str, connection: Connection) -> None:
    browser_of_ada.post(reverse("wizard:draft", args=[connection.pk, "pre_checks"]), ANSWERS)
    page = browser_of_ada.get(address)
    assert chosen(page, "permission_model") == ["user"]
    assert chosen(page, "several_entities") == ["no"]
    assert chosen(page, "modules") == ["projects", "purchasing"]


def test_paths_are_those_of_the_users_own_menu(browser_of_ada: Client, address: str, administrator: User) -> None:
    assert "open Company → Setup → Company → General information → Global settings and read" in words(
        browser_of_ada.get(address)
    )

    browser_of_ada.post(reverse("accounts:menu"), {"menu": "older"})

    assert "open Company → Company Info → Edit → Global Settings and read" in words(browser_of_ada.get(address))


def test_viewer_sees_the_names_of_the_applications(
    success: User, signed_in: Callable[[User], Client], answered: Connection, address: str
) -> None:
    page = words(signed_in(success).get(address))
    assert "Applications Cash Management, Projects" in page
    assert "cash-management" not in page


def test_own_change_in_another_tab_is_named_as_such(browser_of_ada: Client, address: str) -> None:
    first, second = (
        main(browser_of_ada.get(address)).xpath("string(.//input[@name='version']/@value)") for _tab in range(2)
    )
    browser_of_ada.post(address, ANSWERS | {"version": first})

    typing = browser_of_ada.post(f"{address}draft/", ANSWERS | {"version": second})
    refused = browser_of_ada.post(address, ANSWERS | {"permission_model": "role", "version": second})

    assert "You changed this step in another tab or window. This page" in typing.content.decode()
    assert "You changed this step in another tab or window. Compare the current values" in words(refused)
    [current] = main(refused).xpath(".//form[@id='answers']//*[contains(@class, 'panel--quiet')]")
    assert "User-based" in current.text_content()
    assert current.xpath("count(following::input[@name='permission_model'])") == 2
