"""What a user sees after a session ended or access was lost: polled parts, old pages and addresses of buttons."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.interrupted_posts import TYPED
from tests.inputs.records import World

HTMX = {"HX-Request": "true"}


@pytest.fixture
def world(db: None) -> World:
    return World()


def polled_parts(world: World) -> dict[str, str]:
    """Return the addresses of polled parts, with the page of each."""
    run, step = [world.known["run_pk"]], [world.known["pk"], "sender_id"]
    return {
        reverse("smartsync:run_progress", args=run): reverse("smartsync:run", args=run),
        reverse("wizard:stage", args=step): reverse("wizard:stage", args=step),
    }


def test_polling_page_moves_to_the_sign_in_when_its_session_ends(world: World) -> None:
    for part, page in polled_parts(world).items():
        current = {"HX-Current-URL": f"http://testserver{page}?show=all"}
        response = Client().get(part, headers=HTMX | current)

        assert response.status_code == 200
        assert parse_qs(urlsplit(response.headers["HX-Redirect"]).query)["next"] == [f"{page}?show=all"]


@pytest.mark.parametrize("visitor", ["other_tenant", "no_role"])
def test_polled_part_without_access_reloads_its_page(world: World, visitor: str) -> None:
    client = Client()
    client.force_login(world.people[visitor])

    for part in polled_parts(world):
        response = client.get(part, headers=HTMX)
        assert (response.status_code in (403, 404), response.headers["HX-Refresh"]) == (True, "true")


def test_redirect_of_an_htmx_request_moves_the_whole_page(world: World) -> None:
    client = Client()
    client.force_login(world.people["system_administrator"])

    response = client.get(reverse("home"), headers=HTMX)

    assert (response.status_code, response.headers["HX-Redirect"]) == (200, reverse("wizard:home"))


def test_opening_the_address_of_a_button_is_explained(world: World) -> None:
    client = Client()
    client.force_login(world.people["support"])

    response = client.get(reverse("operations:claim", args=[world.requests["requested"]]))

    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert "It belongs to a button on another page. Nothing was changed." in response.content.decode()


@pytest.mark.parametrize(("typed", "is_saved"), [({"name": "Zoë"}, True), ({}, False), ({"name": "a" * 30_000}, False)])
def test_sign_in_page_mentions_saved_text_only_if_it_was_saved(
    world: World, typed: dict[str, str], is_saved: bool
) -> None:
    client = Client()
    response = client.post(
        reverse("accounts:profile"), typed, headers={"Referer": f"http://testserver{reverse('accounts:profile')}"}
    )

    assert ("We saved what you typed" in client.get(response.headers["Location"]).content.decode()) == is_saved


def test_form_with_a_file_asks_for_it_again(world: World) -> None:
    client = Client()
    page = reverse("accounts:imports")
    file = SimpleUploadedFile("users.csv", b"email")
    response = client.post(page, {"file": file, "invites": "on"}, headers={"Referer": f"http://testserver{page}"})
    assert "except passwords and files" in client.get(response.headers["Location"]).content.decode()

    client.force_login(world.people["support"])
    assert "Choose the file again." in client.get(page).content.decode()


def post_old_page(world: World, origin: str) -> tuple[Client, object]:
    """Send a form whose token belongs to an earlier session."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.people["support"])
    page = reverse("operations:request", args=[world.requests["claimed"]])
    client.get(page)
    response = client.post(
        reverse("operations:ask", args=[world.requests["claimed"]]),
        {"ask-question": "Which entity?", "csrfmiddlewaretoken": "a" * 64},
        headers={"Origin": origin, "Referer": f"http://testserver{page}"},
    )
    return client, response


def test_text_of_a_page_older_than_the_session_is_restored(world: World) -> None:
    client, response = post_old_page(world, "http://testserver")

    page = client.get(response.headers["Location"]).content.decode()  # type: ignore[attr-defined]

    assert "Which entity?</textarea>" in page
    assert "someone signed in with this browser after you opened its page" in page


@pytest.mark.parametrize(("address", "status"), [("", 403), ("/nowhere/", 404)])
def test_user_who_cannot_open_the_page_reads_nothing_of_restored_text(world: World, address: str, status: int) -> None:
    client, response = post_old_page(world, "http://testserver")
    address = address or response.headers["Location"]  # type: ignore[attr-defined]
    typed = client.session[TYPED] | {"page": address}
    client.force_login(world.people["no_role"])
    session = client.session
    session[TYPED] = typed
    session.save()

    page = client.get(address)

    assert page.status_code == status
    assert "We restored" not in page.content.decode()


def test_sign_in_page_says_that_text_of_a_lost_session_is_saved(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    page = reverse("accounts:profile")
    origin = {"Origin": "http://testserver", "Referer": f"http://testserver{page}"}

    response = client.post(page, {"name": "Zoë"}, headers=origin, follow=True)

    assert "We saved what you typed" in response.content.decode()
    client.force_login(world.people["support"])
    assert "because you had to sign in first. We restored" in client.get(page).content.decode()


def test_form_of_another_site_is_refused(world: World) -> None:
    client, response = post_old_page(world, "https://elsewhere.example")

    assert response.status_code == 403  # type: ignore[attr-defined]
    assert "Which entity?" not in str(dict(client.session))


def test_sign_in_never_returns_to_another_site(world: World) -> None:
    response = Client().post(reverse("accounts:profile"), {}, headers={"Referer": "https://elsewhere.example/page"})

    assert parse_qs(urlsplit(response.headers["Location"]).query)["next"] == ["/"]
