"""Pages speak the person's language, on any device, until they choose another there."""

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(administrator: User) -> Client:
    administrator.language = "fr-ca"
    administrator.save()
    client = Client(headers={"accept-language": "en"})
    client.force_login(administrator)
    return client


def test_a_new_device_speaks_the_persons_language(browser: Client) -> None:
    assert '<html lang="fr-ca"' in browser.get("/account/").content.decode()


def test_what_was_chosen_on_this_device_counts_here(browser: Client) -> None:
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert '<html lang="en"' in browser.get("/account/").content.decode()


def test_who_is_signed_out_is_spoken_to_as_the_browser_asks() -> None:
    page = Client(headers={"accept-language": "fr-CA"}).get("/accounts/login/").content.decode()
    assert '<html lang="fr-ca"' in page
    assert "Se connecter" in page
