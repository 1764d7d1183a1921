"""A forgotten password: who gets a link, how often, and when a link stops working."""

import re
import time
from typing import Any

import pytest
from django.conf import settings as product
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings
from time_machine import travel

from accounts.models import User
from tests.wizard.pages.reading import words

from .conftest import PASSWORD

pytestmark = pytest.mark.django_db
NEW = "another-long-word-no-one-guesses"


def request_link(email: str, **extra: Any) -> Any:
    return Client(**extra).post(reverse("account_reset_password"), {"email": email}, follow=True)


def links() -> list[str]:
    return [
        match[0]
        for email in mail.outbox
        for match in [re.search(r"/accounts/password/reset/key/\S+", str(email.body))]
        if match
    ]


def choose(link: str, password: str = NEW) -> Any:
    """Follow the link and choose a password, if the link still works."""
    client = Client()
    page = client.get(link, follow=True)
    typed = {"password1": password, "password2": password}
    return client.post(page.request["PATH_INFO"], typed, follow=True)


def test_user_chooses_a_new_password_with_the_link(administrator: User) -> None:
    request_link(administrator.email)
    [link] = links()

    choose(link)

    administrator.refresh_from_db()
    assert administrator.check_password(NEW)


def test_unknown_and_deactivated_addresses_get_no_email_but_the_same_page(administrator: User, support: User) -> None:
    User.objects.filter(pk=support.pk).update(is_active=False)

    pages = [words(request_link(email)) for email in (administrator.email, support.email, "unknown@example.com")]

    assert len(set(pages)) == 1
    assert [email.to for email in mail.outbox] == [[administrator.email]]


def test_the_link_goes_to_the_stored_address(administrator: User) -> None:
    request_link("Ada Root <ADA@Example.com>")

    assert [email.to for email in mail.outbox] == [[administrator.email]]


@pytest.mark.parametrize("email", ["ada@example.com", "unknown@example.com"])
def test_requests_for_one_address_are_limited_and_say_when_to_try_again(administrator: User, email: str) -> None:
    start = time.time()

    request_link(email)
    assert "You can request the next one in 1 minute." in words(request_link(email.upper()))
    for minute in range(1, 10):
        with travel(start + minute * 61):
            request_link(email)
    with travel(start + 3600):
        assert "You can request the next one in 23 hours." in words(request_link(email))

    assert len(mail.outbox) in (0, 10)


def test_another_address_is_not_limited(administrator: User) -> None:
    request_link("unknown@example.com")
    request_link(administrator.email)

    assert len(mail.outbox) == 1


def test_the_link_does_not_follow_the_host_header(administrator: User, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]

    request_link(administrator.email, HTTP_HOST="evil.example.net")

    [email] = mail.outbox
    assert f"{product.SITE_URL}/accounts/password/reset/key/" in str(email.body)
    assert "evil" not in f"{email.subject} {email.body}"


def test_the_email_is_in_the_language_of_its_reader(administrator: User) -> None:
    request_link(administrator.email, headers={"accept-language": "fr-ca"})

    assert "choose a new password" in str(mail.outbox[0].body)


@pytest.mark.parametrize("end", ["used", "address changed", "deactivated", "signed in", "three days"])
def test_link_stops_working(administrator: User, end: str) -> None:
    request_link(administrator.email)
    [link] = links()
    now = time.time()

    match end:
        case "used":
            choose(link, "the-first-of-two-long-words")
        case "address changed":
            administrator.email = "ada.married@example.com"
            administrator.save()
        case "deactivated":
            User.objects.update(is_active=False)
        case "signed in":
            Client().post(reverse("account_login"), {"login": administrator.email, "password": PASSWORD})
        case "three days":
            now += 3 * 86400 + 60
    with travel(now):
        choose(link)

    administrator.refresh_from_db()
    assert not administrator.check_password(NEW)


def test_a_form_that_was_open_when_access_ended_changes_nothing(administrator: User) -> None:
    request_link(administrator.email)
    client = Client()
    page = client.get(links()[0], follow=True)

    User.objects.update(is_active=False)
    client.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW})

    administrator.refresh_from_db()
    assert not administrator.check_password(NEW)


def test_link_that_stopped_working_at_a_sign_in_says_so(administrator: User, client: Client) -> None:
    request_link(administrator.email)
    [link] = links()
    client.post("/accounts/login/", {"login": administrator.email, "password": PASSWORD})

    page = words(Client().get(link, follow=True))

    assert (
        "A link stops working when it is used, when you sign in or change your password, and after three days." in page
    )
