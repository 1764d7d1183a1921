"""Credentials are changed by somebody who has lately shown who they are, or shows it now."""

import time
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from time_machine import travel

from accounts.models import User
from wizard.models import Connection

from .reading import value_of, words

TYPED = {"company_id": "hillside", "user_id": "Someone", "password": "not-to-be-kept"}
OWN = "a-long-word-nobody-guesses"


@pytest.fixture
def address(answered: Connection) -> str:
    return reverse("wizard:stage", args=[answered.pk, "credentials"])


def test_a_while_after_signing_in_they_are_asked_and_return_to_what_they_typed(
    administrator: User, signed_in: Callable[[User], Client], address: str, answered: Connection
) -> None:
    administrator.set_password(OWN)
    administrator.save()
    client = signed_in(administrator)
    with travel(time.time() + 16 * 60):
        asked = client.post(address, TYPED).headers["Location"]
        assert asked.startswith(reverse("account_reauthenticate"))
        assert "Confirm it’s you" in words(client.get(asked))
        assert "Incorrect password" in words(client.post(asked, {"password": "guessed", "next": address}))
        page = client.post(asked, {"password": OWN, "next": address}, follow=True)
        assert page.request["PATH_INFO"] == address
        assert (value_of(page, "company_id"), value_of(page, "user_id")) == ("hillside", "Someone")
        assert TYPED["password"] not in page.content.decode() + str(dict(client.session))
        answered.refresh_from_db()
        assert answered.company_id == ""
        client.post(address, TYPED)
    answered.refresh_from_db()
    assert answered.company_id == "hillside"


def test_right_after_signing_in_they_are_not_asked(browser_of_ada: Client, address: str, answered: Connection) -> None:
    browser_of_ada.post(address, TYPED)
    answered.refresh_from_db()
    assert answered.company_id == "hillside"


def test_looking_asks_nobody(browser_of_ada: Client, address: str) -> None:
    with travel(time.time() + 3600):
        assert browser_of_ada.get(address).status_code == 200
