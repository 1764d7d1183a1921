"""Two users edit the same thing at once: the second learns what the first saved, and loses nothing."""

from collections.abc import Iterator

import pytest

from tests.inputs.forms import Data, Form, forms_of
from tests.inputs.records import World

EDITS = {
    "accounts:customer_edit",
    "accounts:legal_entity_edit",
    "accounts:org_unit_edit",
    "accounts:profile",
    "accounts:user_edit",
    "mail:choices",
    "operations:assign",
    "operations:canned_text",
    "operations:channel_edit",
    "operations:follow_up",
    "operations:note_edit",
    "operations:support_settings",
    "smartsync:guard",
    "smartsync:schedule",
    "webhooks:change",
}
# Forms of steps compare drafts, which are saved while users type: see tests/wizard. A new text replaces none.
OTHERS = {"operations:canned_text_new", "wizard:profile", "wizard:stage"}
WORDS = "changed this page while you were editing. Compare the values, then save again."
TYPED = {"date": "2030-01-01", "email": "edited@example.com", "number": "7", "time": "07:00"}


@pytest.fixture
def world(db: None) -> World:
    return World()


def edit_forms(world: World) -> dict[str, Form]:
    """Return each form with a version, by the name of its address."""
    forms: dict[str, Form] = {}
    for page in world.open_pages():
        for form in forms_of(page.visitor, page.address, page.body):
            if "version" in form.data and form.data["version"] != ["Something"]:
                forms.setdefault(form.name, form)
    return forms


def as_shown(form: Form) -> Data:
    """Return what a browser sends if nothing was typed. Secrets are not shown."""
    return form.data | {name: form.chosen[name] for name in form.choices} | {"secret_url": []}


def edits(form: Form) -> Iterator[Data]:
    """Yield what another user may save: another value in one field."""
    for name, kind in form.kinds.items():
        if name in form.choices:
            yield as_shown(form) | {name: [value for value in form.choices[name] if value not in form.chosen[name]][:1]}
        elif kind != "hidden":
            yield as_shown(form) | {name: [TYPED.get(kind, "Edited")]}


def test_second_of_two_edits_sees_what_the_first_saved(world: World) -> None:
    forms = edit_forms(world)
    assert set(forms) == EDITS | OTHERS

    for name in EDITS:
        form, is_saved = forms[name], False
        for data in edits(form):
            with world.undone():
                first = world.post(form.visitor, form.action, data, keep=True)
                if is_saved := first.status_code == 302 and world.written:
                    second = world.post(form.visitor, form.action, as_shown(form), keep=True)
                    page = second.content.decode()
                    assert (WORDS in page, world.written) == (True, False), name
            if is_saved:
                break
        assert is_saved, f"{name}: no edit was accepted"
    assert not world.failures
