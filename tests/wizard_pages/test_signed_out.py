"""A sign-in that expires in the middle of a step costs nothing that was typed."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from time_machine import travel

from accounts.models import User
from accounts.tasks import clear_sessions
from wizard.models import Connection

HTMX = {"HX-Request": "true"}


def back(url: str) -> str:
    return parse_qs(urlsplit(url).query)["next"][0]


@pytest.fixture
def credentials(answered: Connection) -> str:
    return reverse("wizard:stage", args=[answered.pk, "credentials"])


def test_a_page_is_returned_to_with_its_query(connection: Connection) -> None:
    page = reverse("wizard:stage", args=[connection.pk, "user_role"]) + "?show=missing"
    assert back(Client().get(page).headers["Location"]) == page


@pytest.mark.parametrize("act", ["tick", "attest", "draft"])
def test_an_act_returns_to_the_page_it_came_from(connection: Connection, act: str) -> None:
    response = Client().post(reverse(f"wizard:{act}", args=[connection.pk, "sender_id"]), {"ticked": "open"})
    assert back(response.headers["Location"]) == reverse("wizard:stage", args=[connection.pk, "sender_id"])


def test_htmx_is_told_to_move_the_whole_page_to_the_sign_in(connection: Connection) -> None:
    page = reverse("wizard:stage", args=[connection.pk, "sender_id"])
    response = Client().post(reverse("wizard:tick", args=[connection.pk, "sender_id"]), headers=HTMX)
    assert response.status_code == 200
    assert back(response.headers["HX-Redirect"]) == page


def test_polling_is_sent_to_the_sign_in_as_well(connection: Connection) -> None:
    response = Client().get(reverse("wizard:findings", args=[connection.pk, "user_role"]), headers=HTMX)
    assert back(response.headers["HX-Redirect"]) == reverse("wizard:stage", args=[connection.pk, "user_role"])


def test_what_was_sent_while_signed_out_is_there_after_signing_in_but_no_password(
    credentials: str, administrator: User
) -> None:
    client = Client()
    client.post(credentials, {"company_id": "hillside", "user_id": "Someone", "password": "not-to-be-kept"})
    assert "not-to-be-kept" not in str(dict(client.session))
    client.force_login(administrator)
    page = client.get(credentials).content.decode()
    assert 'value="hillside"' in page
    assert 'value="Someone"' in page
    assert "not-to-be-kept" not in page
    assert "What you typed is here again" in page


def test_it_is_shown_once_and_only_on_that_page(credentials: str, administrator: User, connection: Connection) -> None:
    client = Client()
    client.post(credentials, {"company_id": "hillside"})
    client.force_login(administrator)
    other = client.get(reverse("wizard:stage", args=[connection.pk, "pre_checks"])).content.decode()
    assert "is here again" not in other
    assert 'value="hillside"' in client.get(credentials).content.decode()
    assert 'value="hillside"' not in client.get(credentials).content.decode()


def test_a_draft_waits_on_another_device(credentials: str, administrator: User, answered: Connection) -> None:
    one, other = Client(), Client()
    one.force_login(administrator)
    draft = reverse("wizard:draft", args=[answered.pk, "credentials"])
    one.post(draft, {"company_id": "hillside", "user_id": "Beanworks"}, headers=HTMX)
    one.logout()
    other.force_login(administrator)
    assert 'value="hillside"' in other.get(credentials).content.decode()


def test_a_visitor_leaves_no_large_form(credentials: str) -> None:
    client = Client()
    client.post(credentials, {"company_id": "h" * 2_000_000})

    assert not client.session.keys()


def test_visitors_from_one_address_leave_ten_forms_an_hour(credentials: str) -> None:
    for _ in range(15):
        assert Client().post(credentials, {"company_id": "hillside"}).status_code == 302

    assert Session.objects.count() == 10


def test_what_a_visitor_left_expires(credentials: str, administrator: User) -> None:
    client = Client()
    client.post(credentials, {"company_id": "hillside"})

    with travel(time.time() + 3601):
        clear_sessions()

    assert not Session.objects.exists()


def test_what_a_visitor_left_is_not_shown_later_though_they_signed_in(credentials: str, administrator: User) -> None:
    client = Client()
    client.post(credentials, {"company_id": "hillside"})
    client.force_login(administrator)

    with travel(time.time() + 3601):
        assert 'value="hillside"' not in client.get(credentials).content.decode()


def test_signing_in_makes_an_ordinary_session_of_it(credentials: str, administrator: User) -> None:
    client = Client()
    client.post(credentials, {"company_id": "hillside"})
    client.force_login(administrator)

    with travel(time.time() + 7 * 3600):
        assert client.get(credentials).status_code == 200
