"""Passwords with characters that their user cannot see."""

from collections.abc import Callable

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import User

from .conftest import PASSWORD

pytestmark = pytest.mark.django_db
WORDS = "contains invisible characters"


@pytest.mark.parametrize("password", [PASSWORD + "\u200b", "\u00a0" + PASSWORD, PASSWORD + " "])
def test_new_password_with_invisible_characters_is_refused(password: str) -> None:
    with pytest.raises(ValidationError, match=f"{WORDS}: character "):
        validate_password(password)


def test_refused_sign_in_reports_invisible_characters_in_the_password(administrator: User, client: Client) -> None:
    typed = {"login": administrator.email, "password": PASSWORD + "\u200b"}

    page = client.post("/accounts/login/", typed).content.decode()

    assert f"It {WORDS}: character {len(PASSWORD) + 1} is ZERO WIDTH SPACE" in page


def test_old_password_with_invisible_characters_still_signs_in(administrator: User, client: Client) -> None:
    administrator.set_password(PASSWORD + "\u00a0")
    administrator.save()

    answer = client.post("/accounts/login/", {"login": administrator.email, "password": PASSWORD + "\u00a0"})

    assert answer.status_code == 302


def test_refused_confirmation_reports_invisible_characters(
    administrator: User, browser_of: Callable[..., Client]
) -> None:
    browser = browser_of(administrator)

    page = browser.post("/accounts/reauthenticate/", {"password": "\u200b" + PASSWORD}).content.decode()

    assert f"It {WORDS}: character 1 is ZERO WIDTH SPACE" in page
