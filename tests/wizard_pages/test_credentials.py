from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from wizard.models import Connection, SyncProfile, Verification

from .conftest import ENTITIES
from .reading import chosen, main, value_of, words

GOOD = {"company_id": "  hillside ", "user_id": "Beanworks ", "password": "s3cret-of-the-web-user"}


@pytest.fixture
def address(answered: Connection) -> str:
    return reverse("wizard:stage", args=[answered.pk, "credentials"])


def error_beside(page: object, name: str) -> str:
    found: str = main(page).xpath(f'string(.//div[.//input[@name="{name}"]][@class="field"]//*[@class="errorlist"])')
    return found


def test_the_user_id_is_filled_in(browser_of_ada: Client, address: str) -> None:
    assert value_of(browser_of_ada.get(address), "user_id") == "Beanworks"


def test_saving_trims_queues_the_ladder_and_shows_it_running(
    browser_of_ada: Client, address: str, answered: Connection
) -> None:
    page = browser_of_ada.post(address, GOOD, follow=True)
    answered.refresh_from_db()
    assert (answered.company_id, answered.user_id) == ("hillside", "Beanworks")
    assert Verification.objects.get(connection=answered).is_active
    assert "Asking Intacct" in words(page)
    live = main(page).xpath('.//*[@id="live"]')[0]
    assert live.get("hx-get").startswith(reverse("wizard:findings", args=[answered.pk, "credentials"]))


def test_the_password_never_comes_back(browser_of_ada: Client, address: str) -> None:
    page = browser_of_ada.post(address, GOOD, follow=True)
    wrong = browser_of_ada.post(address, GOOD | {"company_id": ""})
    for each in (page, wrong):
        assert GOOD["password"] not in each.content.decode()
        assert value_of(each, "password") is None


def test_the_stored_password_may_be_kept(browser_of_ada: Client, address: str, answered: Connection) -> None:
    browser_of_ada.post(address, GOOD)
    before = bytes(answered.secrets.get().ciphertext)
    Verification.objects.update(state="done")
    page = browser_of_ada.get(address)
    assert "Stored. Leave this empty to keep it" in words(page)
    browser_of_ada.post(address, {"company_id": "hillside-two", "user_id": "Beanworks", "password": ""})
    answered.refresh_from_db()
    assert answered.company_id == "hillside-two"
    assert bytes(answered.secrets.get().ciphertext) == before


def test_which_password_is_meant_is_said_beside_the_field(browser_of_ada: Client, address: str) -> None:
    page = words(browser_of_ada.get(address))
    assert "The one Intacct e-mailed to the Web Services user’s mailbox. Not your own password." in page


def test_an_error_stands_beside_its_field_and_the_rest_is_kept(browser_of_ada: Client, address: str) -> None:
    page = browser_of_ada.post(address, {"company_id": "hillside", "user_id": "Other", "password": ""})
    assert error_beside(page, "password") == "This field is required."
    assert (value_of(page, "company_id"), value_of(page, "user_id")) == ("hillside", "Other")


def test_a_company_id_like_a_mail_address_is_asked_about_once(
    browser_of_ada: Client, address: str, answered: Connection
) -> None:
    mail = GOOD | {"company_id": "ada@hillside.example"}
    page = browser_of_ada.post(address, mail)
    assert "This looks like an e-mail address." in error_beside(page, "company_id")
    assert value_of(page, "company_id") == "ada@hillside.example"
    browser_of_ada.post(address, mail | {"company_id_sure": "on"})
    answered.refresh_from_db()
    assert answered.company_id == "ada@hillside.example"


def test_without_the_pre_checks_it_cannot_start(browser_of_ada: Client, connection: Connection) -> None:
    address = reverse("wizard:stage", args=[connection.pk, "credentials"])
    page = browser_of_ada.get(address)
    assert "Step 1, Pre-checks, comes first." in words(page)
    assert main(page).xpath('.//input[@name="password"]') == []
    browser_of_ada.post(address, GOOD)
    connection.refresh_from_db()
    assert connection.company_id == ""


def test_the_level_is_offered_once_intacct_lets_us_in(
    browser_of_ada: Client, address: str, found: Callable[..., Verification]
) -> None:
    assert main(browser_of_ada.get(address)).xpath('.//input[@name="place"]') == []
    found()
    page = browser_of_ada.get(address)
    assert main(page).xpath('.//input[@name="place"]/@value') == ["top", "entity:100", "entity:200"]
    assert "Hillside Canada 100 · CAD" in words(page)
    assert "changing the level means setting the connection up again" in words(page)


def test_an_entity_that_is_taken_says_by_whom(browser_of_ada: Client, address: str, waiting: SyncProfile) -> None:
    SyncProfile.objects.filter(pk=waiting.pk).update(entity_id="100", entity_name="Hillside Canada")
    assert "100 · CAD · already used by Hillside Canada Inc." in words(browser_of_ada.get(address))


@pytest.mark.parametrize(("place", "stored"), [("top", ("top", "")), ("entity:200", ("entity", "200"))])
def test_the_level_is_chosen(
    browser_of_ada: Client,
    address: str,
    answered: Connection,
    found: Callable[..., Verification],
    place: str,
    stored: tuple[str, str],
) -> None:
    found()
    page = browser_of_ada.post(reverse("wizard:level", args=[answered.pk]), {"place": place}, follow=True)
    answered.refresh_from_db()
    assert (answered.level, answered.entity_id) == stored
    assert chosen(page, "place") == [place]


def test_an_entity_in_a_single_entity_company_is_refused_with_the_reason(
    browser_of_ada: Client,
    answered: Connection,
    found: Callable[..., Verification],
) -> None:
    found()
    Connection.objects.filter(pk=answered.pk).update(company={"entities": ENTITIES[:1], "multi_entity": False})
    page = browser_of_ada.post(reverse("wizard:level", args=[answered.pk]), {"place": "entity:100"})
    answered.refresh_from_db()
    assert (answered.level, answered.entity_id) == ("", "")
    assert "has a single entity" in main(page).xpath('string(.//fieldset//*[@class="errorlist"])')
    assert main(page).xpath('.//input[@name="place"]/@value') == ["top"]


def test_choosing_nothing_is_said(
    browser_of_ada: Client, answered: Connection, found: Callable[..., Verification]
) -> None:
    found()
    page = browser_of_ada.post(reverse("wizard:level", args=[answered.pk]), {})
    assert main(page).xpath('string(.//fieldset//*[@class="errorlist"])') == "This field is required."
