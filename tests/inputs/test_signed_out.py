"""A form that is sent after the session ended is not processed. Its text is restored after signing in."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from tests.inputs.forms import Form, forms_of
from tests.inputs.records import World
from wizard.access import OPENED
from wizard.models import Handover

TYPED = {
    "text": "Typed by Zoë",
    "textarea": "Typed by Zoë",
    "email": "Typed by Zoë",
    "date": "2026-02-03",
    "time": "07:45",
    "datetime-local": "2026-02-03T07:45",
    "number": "37",
}
# Forms open to everyone, and those of allauth, whose fields are secrets.
LEFT_OUT = (
    "account_",
    "mfa_",
    "usersessions_",
    "handover:",
    "accounts:accept",
    "accounts:menu",
    "set_language",
    "test_bill:",
)


@pytest.fixture
def world(db: None) -> World:
    return World()


def typed(form: Form) -> dict[str, list[str]]:
    """Return the form's data with changed values in all fields that are typed into, and with other choices."""
    values = {name: [TYPED[kind]] for name, kind in form.kinds.items() if is_typed(form, name)}
    return form.data | values | {name: other_choice(form, name) for name in form.choices}


def is_typed(form: Form, name: str) -> bool:
    return form.kinds[name] in TYPED


def other_choice(form: Form, name: str) -> list[str]:
    """Return the boxes that are not checked, or the last of the other options of a list or of radio buttons."""
    others = [value for value in form.choices[name] if value not in form.chosen[name]]
    return others if form.kinds[name] == "checkbox" else others[-1:] or form.chosen[name]


def send_signed_out(form: Form) -> tuple[Client, str]:
    """Send a form without a session. Return the browser and the page to which the sign-in will return."""
    client = Client(headers={"referer": f"http://testserver{form.page}"})
    response = client.post(form.action, typed(form))
    place = urlsplit(response.headers["Location"])
    assert place.path == reverse("account_login"), form
    return client, parse_qs(place.query)["next"][0]


def sign_in(client: Client, world: World, visitor: str) -> None:
    """Sign in. A guest opens the link of the handover again."""
    if visitor in world.people:
        client.force_login(world.people[visitor])
        return
    session = client.session
    session[OPENED] = Handover.objects.get(pk=world.known["handover_pk"]).token_hash
    session.save()


def test_typed_text_is_restored_after_signing_in(world: World) -> None:
    forms: dict[object, Form] = {}
    for page in world.open_pages():
        if page.visitor in (*world.people, "handover_guest"):
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
            expected = {name: typed(form)[name] for name in form.kinds if name in form.choices or is_typed(form, name)}
            actual = shown.data | shown.chosen
            assert {name: actual[name] for name in expected} == expected, form.name
            assert not (expected and shown.is_folded), f"{form.name} is in a closed fold"
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
