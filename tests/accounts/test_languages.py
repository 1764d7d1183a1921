"""Pages are in the user's language on any device, until they choose another language on that device."""

import re
import time

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from time_machine import travel

from accounts.models import User
from accounts.sign_in_forms import PasswordChangeForm
from tests.wizard.pages.reading import words

from .conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(administrator: User) -> Client:
    administrator.language = "fr-ca"
    administrator.save()
    client = Client(headers={"accept-language": "en"})
    client.force_login(administrator)
    return client


def test_new_device_shows_the_users_language(browser: Client) -> None:
    assert '<html lang="fr-ca"' in browser.get("/account/").content.decode()


def test_page_for_a_wrong_method_shows_the_users_language(browser: Client) -> None:
    page = browser.get("/connection/start/")
    assert page.status_code == 405
    assert '<html lang="fr-ca"' in page.content.decode()


def test_language_chosen_on_this_device_applies_here(browser: Client) -> None:
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert '<html lang="en"' in browser.get("/account/").content.decode()


def test_signed_out_visitor_gets_the_browsers_language() -> None:
    page = Client(headers={"accept-language": "fr-CA"}).get("/accounts/login/").content.decode()
    assert '<html lang="fr-ca"' in page
    assert "Ouvrir une session" in page


def language_of(client: Client, page: str = "/account/") -> str:
    return str(re.findall(r'<html lang="([\w-]+)"', client.get(page).content.decode())[0])


def choose(client: Client, language: str) -> None:
    client.post("/language/setlang/", {"language": language})


def sign_in(client: Client, user: User) -> None:
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})


def test_language_choice_ends_when_its_user_signs_out(administrator: User, exporter: User) -> None:
    client = Client()
    sign_in(client, administrator)
    choose(client, "fr-ca")
    assert language_of(client) == "fr-ca"

    client.post("/accounts/logout/")

    assert language_of(client, "/accounts/login/") == "en"
    sign_in(client, exporter)
    assert language_of(client) == "en"


def test_language_choice_before_sign_in_ends_at_sign_in(administrator: User) -> None:
    client = Client()
    choose(client, "fr-ca")
    assert language_of(client, "/accounts/login/") == "fr-ca"

    sign_in(client, administrator)

    assert language_of(client) == "en"


def test_language_choice_ends_when_the_session_reaches_its_maximum_age(administrator: User, exporter: User) -> None:
    client = Client()
    sign_in(client, administrator)
    choose(client, "fr-ca")

    with travel(time.time() + 7 * 3600):
        client.get("/account/")
    User.objects.filter(pk=administrator.pk).update(is_active=False)
    client.get("/account/")
    sign_in(client, exporter)

    assert language_of(client) == "en"


@pytest.mark.parametrize("chosen_here", ["", "fr-ca"])
def test_sign_out_message_is_in_the_language_of_its_page(browser: Client, chosen_here: str) -> None:
    """The page after signing out is in the browser's language, not in that of the user who left."""
    if chosen_here:
        choose(browser, chosen_here)

    page = browser.post("/accounts/logout/", follow=True).content.decode()

    assert '<html lang="en"' in page
    assert "You have signed out." in page


def test_wrong_password_is_refused_in_canadian_french(client: Client) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "fr-ca"

    refused = words(client.post(reverse("account_login"), {"login": "no.one@example.com", "password": "wrong"}))

    assert "L’adresse courriel ou le mot de passe est incorrect." in refused
    assert "e-mail" not in refused


def test_password_labels_are_ours() -> None:
    with override("fr-ca"):
        labels = [str(field.label) for field in PasswordChangeForm().fields.values()]

    assert labels == ["Mot de passe actuel", "Nouveau mot de passe", "Nouveau mot de passe (encore)"]
