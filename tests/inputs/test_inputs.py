"""Send wrong values in every field of every form, and in every value that any address reads from a request.

Addresses come from the resolver, forms from the pages, and names from what the code reads, so new pages are covered.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice, zip_longest

import pytest
from pytest_django.fixtures import Settings

from tests.inputs.forms import Data, Form, forms_of
from tests.inputs.reading import names_read
from tests.inputs.records import NOTHING, Page, World
from tests.inputs.values import values_for, wrong_values

# Each round saves another accepted wrong value in every field, then opens all pages.
ROUNDS = 2


@pytest.fixture
def world(db: None, no_logs: None, settings: Settings) -> World:
    settings.ACCOUNT_RATE_LIMITS = settings.MFA_RATE_LIMITS = False  # all requests come from one address
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a hundred passwords are hashed
    return World()


def forms_on(world: World, pages: list[Page], monkeypatch: pytest.MonkeyPatch) -> list[Form]:
    """Return each form once, with the names that are read in addition to its fields, and actions without a form."""
    forms: dict[object, Form] = {}
    for page in pages:
        for form in forms_of(page.visitor, page.address, page.body):
            if form.method == "post":
                forms.setdefault(form.key, form)
    for action in world.actions(shown={form.name for form in forms.values()}):
        forms.setdefault(action.key, action)

    for form in forms.values():
        with names_read(monkeypatch) as names:
            world.post(form.visitor, form.action, form.data)
        form.names, form.data = names, {} if form.data == NOTHING else form.data
    return list(forms.values())


def inputs(form: Form) -> Iterator[tuple[str, str, Data]]:
    """Every wrong value in one field at a time, with valid values in the others; then in all other names at once.

    For a guest, all fields at once are enough, because an administrator has the same forms.
    """
    single_fields = form.data.keys() if form.visitor != "handover_guest" else ()
    for name in single_fields:
        for label, values in values_for(name, form.kinds[name], form.limits[name]).items():
            yield name, label, form.data | {name: values}

    others = (form.names | form.data.keys()) - set(single_fields)
    for label, values in wrong_values().items() if others else ():
        yield ", ".join(sorted(others)), label, form.data | dict.fromkeys(others, values)


@pytest.mark.slow
def test_wrong_values_break_no_form_and_no_later_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = list(world.open_pages())
    accepted: list[list[tuple[Form, Data]]] = []
    for form in forms_on(world, pages, monkeypatch):
        accepted_by_name = defaultdict(list)
        for name, label, data in inputs(form):
            world.post(form.visitor, form.action, data, f"{name}: {label}")
            if world.written:
                accepted_by_name[name].append((form, data))
        accepted += accepted_by_name.values()
    assert not world.failures, "\n".join(world.failures)

    for data_sets in islice(zip_longest(*accepted), ROUNDS):
        with world.undone():
            for form, data in filter(None, data_sets):
                world.post(form.visitor, form.action, data, keep=True)
            for page in pages:
                world.get(page.visitor, page.address, "afterwards")
    assert not world.failures, "\n".join(world.failures)


@pytest.mark.slow
def test_wrong_values_in_the_query_break_no_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """All names at once, because the code reads each of them separately."""
    for page in list(world.open_pages()):
        with names_read(monkeypatch) as names:
            world.get(page.visitor, page.address, data=NOTHING)
        for label, values in wrong_values().items() if names else ():
            world.get(page.visitor, page.address, label, dict.fromkeys(names, values))

    assert not world.failures, "\n".join(world.failures)
