from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import AuditEvent
from audit.services import event_record
from wizard.models import Connection, StageProgress, SyncProfile, Verification
from wizard.secrets import secret_open
from wizard.services import Refused, level_choose

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


@pytest.mark.parametrize("password", ["s3cret\u200b", "\u00a0s3cret", "s3cret ", "s3\ufeffcret"])
def test_a_password_with_characters_that_cannot_be_seen_is_saved_when_it_is_confirmed(
    browser_of_ada: Client, address: str, answered: Connection, password: str
) -> None:
    typed = GOOD | {"password": password}

    asked = browser_of_ada.post(address, typed)

    assert "holds characters that cannot be seen: character " in error_beside(asked, "password")
    assert main(asked).xpath('.//input[@name="password_sure"]')
    assert not Verification.objects.exists()

    browser_of_ada.post(address, typed | {"password_sure": "on"})

    assert secret_open(answered, "password").reveal() == password


def test_a_confirmation_is_not_kept_for_the_next_password(browser_of_ada: Client, address: str) -> None:
    browser_of_ada.post(address.replace("/credentials/", "/credentials/draft/"), GOOD | {"password_sure": "on"})

    assert "password_sure" not in StageProgress.objects.get(stage="credentials").draft


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


@pytest.mark.parametrize("name", ["company_id", "user_id"])
@pytest.mark.parametrize(
    ("typed", "stored", "told"),
    [
        ("MAPLE-RIDGE\u200b", "MAPLE-RIDGE", ""),
        ("\ufeffMAPLE\u00ad-RIDGE\u2060 ", "MAPLE-RIDGE", ""),
        ("MAPLE-RIDGE\n", "MAPLE-RIDGE", ""),
        ("M\u0410PLE-RIDGE", None, "character 2 is CYRILLIC CAPITAL LETTER A, not “A”"),
        ("\uff2dAPLE", None, "character 1 is FULLWIDTH LATIN CAPITAL LETTER M, not “M”"),
        ("MAPLE\u2010RIDGE", None, "character 6 is HYPHEN"),
        ("MAPLE\x0bRIDGE", None, "U+000B"),
        ("MAPLE\x00", None, "U+0000"),
        ("M" * 81, None, "at most 80 characters"),
        ("\u200b", None, "This field is required."),
    ],
)
def test_ids_are_cleaned_or_refused_at_their_field(
    browser_of_ada: Client, address: str, answered: Connection, name: str, typed: str, stored: str | None, told: str
) -> None:
    page = browser_of_ada.post(address, GOOD | {name: typed})

    answered.refresh_from_db()
    if stored:
        assert getattr(answered, name) == stored
    else:
        assert told in error_beside(page, name)
        assert not answered.credentials_at


@pytest.mark.parametrize("sign", ["\x01", "\x0b", "\x1b", "\x7f", "\ufffe", "\n"])
def test_a_password_that_cannot_be_sent_is_refused_at_its_field(
    browser_of_ada: Client, address: str, answered: Connection, sign: str
) -> None:
    page = browser_of_ada.post(address, GOOD | {"password": f"a{sign}b"})

    assert error_beside(page, "password")
    assert not Verification.objects.exists()


def test_a_password_is_stored_as_it_was_typed(browser_of_ada: Client, address: str, answered: Connection) -> None:
    typed = "  P\u0301\u200b ä "
    browser_of_ada.post(address, GOOD | {"password": typed, "password_sure": "on"})

    assert secret_open(answered, "password").reveal() == typed


@pytest.mark.parametrize(
    "place", ["foo", "", "entity:", "entity", "entity:999", "top:1", "200", "TOP", "entity:100\x00"]
)
def test_only_an_offered_place_can_be_chosen(browser_of_ada: Client, verified: Connection, place: str) -> None:
    page = browser_of_ada.post(reverse("wizard:level", args=[verified.pk]), {"place": place})

    assert page.status_code == 200
    verified.refresh_from_db()
    assert (verified.level, verified.entity_id) == ("top", "")
    assert not AuditEvent.objects.filter(action="level.chosen").exists()


@pytest.mark.parametrize(("level", "entity_id"), [("foo", ""), ("top", "100"), ("entity", ""), ("", "100")])
def test_the_database_refuses_levels_that_do_not_exist(
    verified: Connection, administrator: User, level: str, entity_id: str
) -> None:
    with pytest.raises(Refused):
        level_choose(connection=verified, actor=administrator, level=level, entity_id=entity_id)
    with pytest.raises(IntegrityError, match="level_known"), transaction.atomic():
        Connection.objects.update(level=level, entity_id=entity_id)


def test_an_old_event_about_an_unknown_level_is_shown_as_it_is(
    browser_of_ada: Client, verified: Connection, administrator: User
) -> None:
    event_record(
        action="level.chosen", actor=administrator, target=verified, customer_id=verified.customer_id, level="foo"
    )

    assert "Chose the level: foo" in words(browser_of_ada.get(reverse("trail:trail")))
