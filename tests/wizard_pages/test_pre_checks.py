import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import LegalEntity, User
from wizard.models import Connection, StageProgress

from .reading import chosen, main, words

ANSWERS = {"permission_model": "user", "several_entities": "no", "modules": ["projects", "purchasing"]}


@pytest.fixture
def address(connection: Connection) -> str:
    return reverse("wizard:stage", args=[connection.pk, "pre_checks"])


def test_the_account_is_read_and_passes(browser_of_ada: Client, address: str, legal_entity: LegalEntity) -> None:
    page = browser_of_ada.get(address)
    findings = main(page).xpath('.//*[@class="finding"]')
    assert [" ".join(each.text_content().split()) for each in findings] == [
        "System Administrator Passed Ada Root has this role.",
        "Root Org Unit Passed Hillside is the home of Ada Root.",
        "Legal entity Passed Hillside Canada Inc.",
    ]


def test_a_missing_legal_entity_is_said_with_who_can_make_it(
    browser_of_ada: Client, address: str, legal_entity: LegalEntity
) -> None:
    legal_entity.delete()
    page = words(browser_of_ada.get(address))
    assert "Legal entity Failed There is none yet. A System Administrator at the Root Org Unit creates it" in page


def test_an_administrator_below_the_root_sees_what_is_missing_and_nothing_to_send(
    branch_administrator: User, administrator: User, address: str
) -> None:
    client = Client()
    client.force_login(branch_administrator)
    page = client.get(address)
    assert "Root Org Unit Failed The home of Bo Branch is Canada; it must be Hillside" in words(page)
    assert "Ada Root can change that" in words(page)
    assert main(page).xpath(".//form") == []


def test_the_answers_are_kept_and_the_next_step_opens(
    browser_of_ada: Client, address: str, connection: Connection
) -> None:
    response = browser_of_ada.post(address, ANSWERS)
    connection.refresh_from_db()
    assert response.headers["Location"] == reverse("wizard:stage", args=[connection.pk, "user_role"])
    assert (connection.permission_model, connection.several_entities) == ("user", False)
    assert connection.modules == ["projects", "purchasing"]
    progress = StageProgress.objects.get(connection=connection, stage="pre_checks")
    assert progress.attested_by is not None


def test_using_none_of_the_applications_is_an_answer(
    browser_of_ada: Client, address: str, connection: Connection
) -> None:
    browser_of_ada.post(address, {"permission_model": "role", "several_entities": "yes"})
    connection.refresh_from_db()
    assert (connection.modules, connection.several_entities) == ([], True)


def test_what_is_not_answered_is_said_beside_it_and_the_rest_kept(browser_of_ada: Client, address: str) -> None:
    page = browser_of_ada.post(address, {"several_entities": "no", "modules": ["contracts"]})
    assert main(page).xpath('.//fieldset[.//input[@name="permission_model"]]//*[@class="errorlist"]')
    assert chosen(page, "several_entities") == ["no"]
    assert chosen(page, "modules") == ["contracts"]


def test_a_draft_is_there_again(browser_of_ada: Client, address: str, connection: Connection) -> None:
    browser_of_ada.post(reverse("wizard:draft", args=[connection.pk, "pre_checks"]), ANSWERS)
    page = browser_of_ada.get(address)
    assert chosen(page, "permission_model") == ["user"]
    assert chosen(page, "several_entities") == ["no"]
    assert chosen(page, "modules") == ["projects", "purchasing"]
