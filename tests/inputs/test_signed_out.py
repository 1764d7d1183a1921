"""A form that is sent after the session ended is not processed. Its text is restored after signing in."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from tests.inputs.forms import Form, forms_of
from tests.inputs.records import World

TYPED = {
    "text": "Typed by Zoë",
    "textarea": "Typed by Zoë",
    "email": "Typed by Zoë",
    "date": "2026-02-03",
    "time": "07:45",
    "datetime-local": "2026-02-03T07:45",
    "number": "37",
}
# Forms open to visitors and guests, and those of allauth, whose fields are secrets.
LEFT_OUT = ("account_", "mfa_", "usersessions_", "handover:", "accounts:accept", "accounts:menu", "set_language")


@pytest.fixture
def world(db: None) -> World:
    return World()


def typed(form: Form) -> dict[str, list[str]]:
    """Return the form's data with changed values in all fields that are typed into."""
    return {
        name: [TYPED[form.kinds[name]]] if form.kinds.get(name) in TYPED else values
        for name, values in form.data.items()
    }


def send_signed_out(form: Form) -> tuple[Client, str]:
    """Send a form without a session. Return the browser and the page to which the sign-in will return."""
    client = Client(headers={"referer": f"http://testserver{form.page}"})
    response = client.post(form.action, typed(form))
    place = urlsplit(response.headers["Location"])
    assert place.path == reverse("account_login"), form
    return client, parse_qs(place.query)["next"][0]


def sign_in(client: Client, world: World, visitor: str) -> None:
    client.force_login(world.people[visitor])


def test_typed_text_is_restored_after_signing_in(world: World) -> None:
    forms: dict[object, Form] = {}
    for page in world.open_pages():
        if page.visitor in world.people:
            for form in forms_of(page.visitor, page.address, page.body):
                if form.method == "post" and not form.name.startswith(LEFT_OUT):
                    forms.setdefault(form.key, form)

    for form in forms.values():
        with world.undone():
            client, back = send_signed_out(form)
            assert back == form.page

            sign_in(client, world, form.visitor)
            body = client.get(back).content.decode()
            assert "you had to sign in first" in body, form

            shown = {other.key: other for other in forms_of(form.visitor, back, body)}[form.key]
            expected = {name: values for name, values in typed(form).items() if form.kinds[name] in TYPED}
            assert {name: shown.data[name] for name in expected} == expected
            assert "you had to sign in first" not in client.get(back).content.decode()


def test_every_action_returns_to_the_page_it_came_from(world: World) -> None:
    of_users = [action for action in world.actions() if action.visitor in world.people]
    actions = [action for action in of_users if not action.name.startswith(LEFT_OUT)]
    assert len(actions) > 20, actions

    for action in actions:
        with world.undone():
            action.page = reverse("accounts:profile")
            _client, back = send_signed_out(action)
            assert back == action.page
