from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.wizard.pages.reading import main, value_of, words
from tests.wizard.stages.credentials.conftest import primary_actions
from wizard.models import Connection, StageProgress, Verification
from wizard.verification.secrets import secret_open

GOOD = {"company_id": "  hillside ", "user_id": "Beanworks ", "password": "s3cret-of-the-web-user"}


def error_beside(page: object, name: str) -> str:
    error: str = main(page).xpath(f'string(.//div[.//input[@name="{name}"]][@class="field"]//*[@class="errorlist"])')
    return error


def test_user_id_has_a_default(browser_of_ada: Client, address: str) -> None:
    assert value_of(browser_of_ada.get(address), "user_id") == "Beanworks"


def test_saving_trims_ids_and_starts_a_verification(browser_of_ada: Client, address: str, answered: Connection) -> None:
    page = browser_of_ada.post(address, GOOD, follow=True)
    answered.refresh_from_db()
    assert (answered.company_id, answered.user_id) == ("hillside", "Beanworks")
    assert Verification.objects.get(connection=answered).is_active
    assert "Checking with Intacct" in words(page)
    assert main(page).xpath('.//*[@id="poll"]/@hx-get') == [address]
    assert main(page).xpath('.//input[@name="password"]') == []


@pytest.mark.parametrize("password", ["s3cret\u200b", "\u00a0s3cret", "s3cret ", "s3\ufeffcret"])
def test_password_with_invisible_characters_needs_confirmation(
    browser_of_ada: Client, address: str, answered: Connection, password: str
) -> None:
    typed = GOOD | {"password": password}

    response = browser_of_ada.post(address, typed)

    assert "contains invisible characters: character " in error_beside(response, "password")
    assert main(response).xpath('.//input[@name="password_sure"]')
    assert not Verification.objects.exists()

    browser_of_ada.post(address, typed | {"password_sure": "on"})

    assert secret_open(answered, "password").reveal() == password


def test_confirmation_is_not_saved_for_the_next_password(browser_of_ada: Client, address: str) -> None:
    browser_of_ada.post(address.replace("/credentials/", "/credentials/draft/"), GOOD | {"password_sure": "on"})

    assert "password_sure" not in StageProgress.objects.get(stage="credentials").draft


def test_page_never_contains_the_password(browser_of_ada: Client, address: str) -> None:
    saved = browser_of_ada.post(address, GOOD, follow=True)
    wrong = browser_of_ada.post(address, GOOD | {"company_id": ""})
    for page in (saved, wrong):
        assert GOOD["password"] not in page.content.decode()
    assert value_of(wrong, "password") is None


def test_empty_password_keeps_the_stored_one(browser_of_ada: Client, address: str, answered: Connection) -> None:
    browser_of_ada.post(address, GOOD)
    before = bytes(answered.secrets.get().envelope)
    Verification.objects.update(state="done")
    page = browser_of_ada.get(address)
    assert "Saved. Leave this blank to keep it" in words(page)
    browser_of_ada.post(address, {"company_id": "hillside-two", "user_id": "Beanworks", "password": ""})
    answered.refresh_from_db()
    assert answered.company_id == "hillside-two"
    assert bytes(answered.secrets.get().envelope) == before


def test_refused_password_is_asked_for_again(browser_of_ada: Client, address: str, answered: Connection) -> None:
    browser_of_ada.post(address, GOOD)
    Verification.objects.update(state="done")
    Connection.objects.update(sign_in_block="refused", sign_in_refused_at=timezone.now())

    page = words(browser_of_ada.get(address))

    assert "Intacct refused the sign-in with the saved password. Enter it again." in page
    assert "Leave this blank to keep it" not in page


def test_field_explains_which_password_to_enter(browser_of_ada: Client, address: str) -> None:
    page = words(browser_of_ada.get(address))
    assert "The password that Intacct emailed to the Web Services user’s mailbox, not your own password." in page


def test_error_is_shown_at_its_field_and_other_values_stay(browser_of_ada: Client, address: str) -> None:
    page = browser_of_ada.post(address, {"company_id": "hillside", "user_id": "Other", "password": ""})
    assert error_beside(page, "password") == "This field is required."
    assert (value_of(page, "company_id"), value_of(page, "user_id")) == ("hillside", "Other")


def test_company_id_like_an_email_address_needs_confirmation(
    browser_of_ada: Client, address: str, answered: Connection
) -> None:
    mail = GOOD | {"company_id": "ada@hillside.example"}
    page = browser_of_ada.post(address, mail)
    assert "This looks like an email address." in error_beside(page, "company_id")
    assert value_of(page, "company_id") == "ada@hillside.example"
    browser_of_ada.post(address, mail | {"company_id_sure": "on"})
    answered.refresh_from_db()
    assert answered.company_id == "ada@hillside.example"


def test_credentials_need_the_pre_checks_first(browser_of_ada: Client, connection: Connection) -> None:
    address = reverse("wizard:stage", args=[connection.pk, "credentials"])
    page = browser_of_ada.get(address)
    assert "Complete step 1, Pre-checks, first." in words(page)
    assert main(page).xpath('.//input[@name="password"]') == []
    browser_of_ada.post(address, GOOD)
    connection.refresh_from_db()
    assert connection.company_id == ""


def test_tests_appear_as_intacct_answers_them(
    browser_of_ada: Client, address: str, make_verification: Callable[..., Verification]
) -> None:
    verification = make_verification(passed=("gateway", "company"))
    Verification.objects.filter(pk=verification.pk).update(state="running", finished_at=None)

    lines = browser_of_ada.get(address).context["shown"]["lines"]

    assert [(str(line.title), line.is_checking) for line in lines] == [
        ("Intacct can be reached", False),
        ("Intacct knows the company", False),
        ("Sender ID BeanworksMPP is authorized", True),
    ]


def test_failed_sign_in_has_its_diagnosis_and_the_form_as_the_only_primary_action(
    browser_of_ada: Client, address: str, make_verification: Callable[..., Verification]
) -> None:
    make_verification({"sign_in": "sign_in_refused"}, ("gateway", "company", "sender"))
    page = browser_of_ada.get(address)
    assert "The other checks follow when these pass." in words(page)
    assert main(page).xpath('.//li[.//h3="The Beanworks user can sign in"]//a/text()')[-1] == "Edit credentials"
    assert primary_actions(page) == ["Save and check again"]


def test_failed_permission_leads_to_its_step(
    browser_of_ada: Client, address: str, make_verification: Callable[..., Verification]
) -> None:
    make_verification({"perm.vendors": "right_missing"})
    page = main(browser_of_ada.get(address))
    assert "Go to step 2" in page.xpath('string(.//li[.//h3="Permissions"])')


def test_verified_step_shows_what_is_saved_and_the_next_step(browser_of_ada: Client, verified: Connection) -> None:
    page = browser_of_ada.get(reverse("wizard:stage", args=[verified.pk, "credentials"]))
    assert "Connected to Intacct Company ID hillside User ID Beanworks Level Top level" in words(page)
    assert primary_actions(page) == ["Continue to step 6: API Sync Profile"]


@pytest.mark.parametrize(("in_use", "other"), [(False, "Continue to step 6"), (True, "Back to the connection")])
def test_a_problem_of_another_step_leaves_one_main_button(
    browser_of_ada: Client,
    verified: Connection,
    make_verification: Callable[..., Verification],
    in_use: bool,
    other: str,
) -> None:
    make_verification({"perm.vendors": "right_missing"})
    Connection.objects.update(first_synced_at=timezone.now() if in_use else None)

    page = browser_of_ada.get(reverse("wizard:stage", args=[verified.pk, "credentials"]))

    assert primary_actions(page) == ["Check again"]
    assert other in words(page)


def test_stored_password_is_not_called_optional(browser_of_ada: Client, verified: Connection) -> None:
    page = browser_of_ada.get(reverse("wizard:stage", args=[verified.pk, "credentials"]))
    assert "optional" not in main(page).xpath('string(.//label[@for="id_password"])')


@pytest.mark.parametrize("name", ["company_id", "user_id"])
@pytest.mark.parametrize(
    ("typed", "stored", "message"),
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
    browser_of_ada: Client, address: str, answered: Connection, name: str, typed: str, stored: str | None, message: str
) -> None:
    page = browser_of_ada.post(address, GOOD | {name: typed})

    answered.refresh_from_db()
    if stored:
        assert getattr(answered, name) == stored
    else:
        assert message in error_beside(page, name)
        assert not answered.credentials_saved_at


@pytest.mark.parametrize("sign", ["\x01", "\x0b", "\x1b", "\x7f", "\ufffe", "\n"])
def test_password_that_cannot_be_sent_is_refused_at_its_field(
    browser_of_ada: Client, address: str, answered: Connection, sign: str
) -> None:
    page = browser_of_ada.post(address, GOOD | {"password": f"a{sign}b"})

    assert error_beside(page, "password")
    assert not Verification.objects.exists()


def test_password_is_stored_exactly_as_typed(browser_of_ada: Client, address: str, answered: Connection) -> None:
    typed = "  P\u0301\u200b ä "
    browser_of_ada.post(address, GOOD | {"password": typed, "password_sure": "on"})

    assert secret_open(answered, "password").reveal() == typed
