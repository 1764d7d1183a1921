"""Users who change credentials must have signed in recently, or enter their password again."""

import time
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from time_machine import travel

from accounts.models import User
from tests.wizard.pages.reading import value_of, words
from wizard.models import Connection

TYPED = {"company_id": "hillside", "user_id": "Someone", "password": "not-to-be-saved"}
OWN_PASSWORD = "a-long-word-hard-to-guess"


@pytest.fixture
def address(answered: Connection) -> str:
    return reverse("wizard:stage", args=[answered.pk, "credentials"])


def test_old_session_needs_the_password_and_restores_the_form(
    administrator: User, signed_in: Callable[[User], Client], address: str, answered: Connection
) -> None:
    administrator.set_password(OWN_PASSWORD)
    administrator.save()
    client = signed_in(administrator)
    with travel(time.time() + 16 * 60):
        confirm_url = client.post(address, TYPED).headers["Location"]
        assert confirm_url.startswith(reverse("account_reauthenticate"))
        assert "Confirm it’s you" in words(client.get(confirm_url))
        assert "This password is incorrect" in words(client.post(confirm_url, {"password": "guessed", "next": address}))
        page = client.post(confirm_url, {"password": OWN_PASSWORD, "next": address}, follow=True)
        assert page.request["PATH_INFO"] == address
        assert (value_of(page, "company_id"), value_of(page, "user_id")) == ("hillside", "Someone")
        assert TYPED["password"] not in page.content.decode() + str(dict(client.session))
        answered.refresh_from_db()
        assert answered.company_id == ""
        client.post(address, TYPED)
    answered.refresh_from_db()
    assert answered.company_id == "hillside"


def test_new_session_does_not_need_the_password(browser_of_ada: Client, address: str, answered: Connection) -> None:
    browser_of_ada.post(address, TYPED)
    answered.refresh_from_db()
    assert answered.company_id == "hillside"


def test_old_session_can_open_the_page(browser_of_ada: Client, address: str) -> None:
    with travel(time.time() + 3600):
        assert browser_of_ada.get(address).status_code == 200
