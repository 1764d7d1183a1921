"""Text that was typed is still there if the session expires during a step."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from time_machine import travel

from accounts.models import User
from tests.support.retention import prune_now
from wizard.models import Connection

HTMX = {"HX-Request": "true"}


def next_page(url: str) -> str:
    return parse_qs(urlsplit(url).query)["next"][0]


@pytest.fixture
def credentials(answered: Connection) -> str:
    return reverse("wizard:stage", args=[answered.pk, "credentials"])


def test_sign_in_returns_to_the_page_with_its_query(connection: Connection) -> None:
    page = reverse("wizard:stage", args=[connection.pk, "user_role"]) + "?show=missing"
    assert next_page(Client().get(page).headers["Location"]) == page


@pytest.mark.parametrize("act", ["tick", "attest", "draft"])
def test_sign_in_after_an_action_returns_to_its_page(connection: Connection, act: str) -> None:
    response = Client().post(reverse(f"wizard:{act}", args=[connection.pk, "sender_id"]), {"ticked": "open"})
    assert next_page(response.headers["Location"]) == reverse("wizard:stage", args=[connection.pk, "sender_id"])


def test_htmx_request_moves_the_whole_page_to_the_sign_in(connection: Connection) -> None:
    page = reverse("wizard:stage", args=[connection.pk, "sender_id"])
    response = Client().post(reverse("wizard:tick", args=[connection.pk, "sender_id"]), headers=HTMX)
    assert response.status_code == 200
    assert next_page(response.headers["HX-Redirect"]) == page


def test_polling_moves_the_page_to_the_sign_in(connection: Connection) -> None:
    response = Client().get(reverse("wizard:stage", args=[connection.pk, "user_role"]), headers=HTMX)
    assert next_page(response.headers["HX-Redirect"]) == reverse("wizard:stage", args=[connection.pk, "user_role"])


def test_form_sent_while_signed_out_is_restored_without_the_password(credentials: str, administrator: User) -> None:
    client = Client()
    client.post(credentials, {"company_id": "hillside", "user_id": "Someone", "password": "not-to-be-kept"})
    assert "not-to-be-kept" not in str(dict(client.session))
    client.force_login(administrator)
    page = client.get(credentials).content.decode()
    assert 'value="hillside"' in page
    assert 'value="Someone"' in page
    assert "not-to-be-kept" not in page
    assert "We restored what you typed" in page


def test_restored_form_is_shown_once_and_only_on_its_page(
    credentials: str, administrator: User, connection: Connection
) -> None:
    client = Client()
    client.post(credentials, {"company_id": "hillside"})
    client.force_login(administrator)
    second = client.get(reverse("wizard:stage", args=[connection.pk, "pre_checks"])).content.decode()
    assert "We restored" not in second
    assert 'value="hillside"' in client.get(credentials).content.decode()
    assert 'value="hillside"' not in client.get(credentials).content.decode()


def test_draft_is_available_on_another_device(credentials: str, administrator: User, answered: Connection) -> None:
    first, second = Client(), Client()
    first.force_login(administrator)
    draft = reverse("wizard:draft", args=[answered.pk, "credentials"])
    first.post(draft, {"company_id": "hillside", "user_id": "Beanworks"}, headers=HTMX)
    first.logout()
    second.force_login(administrator)
    assert 'value="hillside"' in second.get(credentials).content.decode()


def test_large_form_of_a_visitor_is_not_saved(credentials: str) -> None:
    client = Client()
    client.post(credentials, {"company_id": "h" * 2_000_000})

    assert not client.session.keys()


def test_ten_forms_an_hour_are_saved_for_visitors_of_one_address(credentials: str) -> None:
    for _ in range(15):
        assert Client().post(credentials, {"company_id": "hillside"}).status_code == 302

    assert Session.objects.count() == 10


def test_saved_form_of_a_visitor_expires(credentials: str, administrator: User) -> None:
    client = Client()
    client.post(credentials, {"company_id": "hillside"})

    with travel(time.time() + 3601):
        prune_now("sessions")

    assert not Session.objects.exists()


def test_saved_form_is_not_shown_an_hour_after_signing_in(credentials: str, administrator: User) -> None:
    client = Client()
    client.post(credentials, {"company_id": "hillside"})
    client.force_login(administrator)

    with travel(time.time() + 3601):
        assert 'value="hillside"' not in client.get(credentials).content.decode()


def test_session_has_its_normal_length_after_signing_in(credentials: str, administrator: User) -> None:
    client = Client()
    client.post(credentials, {"company_id": "hillside"})
    client.force_login(administrator)

    with travel(time.time() + 7 * 3600):
        assert client.get(credentials).status_code == 200
