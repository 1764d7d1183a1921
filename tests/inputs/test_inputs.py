"""Wrong values into every field of every form, and into every value of a request that any address reads.

Addresses come from the resolver, forms from the pages, names from what is read: a new page is covered by itself.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice, zip_longest

import pytest
from pytest_django.fixtures import Settings

from tests.inputs.forms import Data, Form, forms_of
from tests.inputs.reading import names_read
from tests.inputs.values import values_for, wrong_values
from tests.inputs.world import NOTHING, Page, World

# In each, every field holds another of the wrong values that were accepted, and all pages are fetched.
ROUNDS = 2


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> World:
    settings.ACCOUNT_RATE_LIMITS = settings.MFA_RATE_LIMITS = False  # all of it comes from one address
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a hundred passwords are set
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)  # thousands of refusals are meant
    return World()


def forms_on(world: World, pages: list[Page], monkeypatch: pytest.MonkeyPatch) -> list[Form]:
    """One of each kind, with the values that are read besides its fields; acts that no page shows have none."""
    forms: dict[object, Form] = {}
    for page in pages:
        for form in forms_of(page.visitor, page.address, page.body):
            if form.method == "post":
                forms.setdefault(form.key, form)
    seen = {form.name for form in forms.values()}
    for act in world.acts():
        if act.name not in seen:
            forms.setdefault(act.key, act)

    for form in forms.values():
        with names_read(monkeypatch) as names:
            world.post(form.visitor, form.action, form.data)
        form.names, form.data = names, {} if form.data == NOTHING else form.data
    return list(forms.values())


def inputs(form: Form) -> Iterator[tuple[str, str, Data]]:
    """Every wrong value in every field, the others as they should be; all that is read beside the fields at once.

    A guest's forms are those of an administrator behind another door: there, all fields at once.
    """
    each_alone = form.data.keys() if form.visitor != "handover_guest" else ()
    for name in each_alone:
        for label, values in values_for(form.kinds[name], form.limits[name]).items():
            yield name, label, form.data | {name: values}

    others = (form.names | form.data.keys()) - set(each_alone)
    for label, values in wrong_values().items() if others else ():
        yield ", ".join(sorted(others)), label, form.data | dict.fromkeys(others, values)


@pytest.mark.slow
def test_no_value_of_any_form_breaks_it_or_any_page_afterwards(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = list(world.open_pages())
    accepted: list[list[tuple[Form, Data]]] = []
    for form in forms_on(world, pages, monkeypatch):
        taken = defaultdict(list)
        for name, label, data in inputs(form):
            world.post(form.visitor, form.action, data, f"{name}: {label}")
            if world.written:
                taken[name].append((form, data))
        accepted += taken.values()
    assert not world.failures, "\n".join(world.failures)

    for sent in islice(zip_longest(*accepted), ROUNDS):
        with world.undone():
            for form, data in filter(None, sent):
                world.post(form.visitor, form.action, data, keep=True)
            for page in pages:
                world.get(page.visitor, page.address, "afterwards")
    assert not world.failures, "\n".join(world.failures)


@pytest.mark.slow
def test_no_value_in_any_address_breaks_a_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """All names at once: each of them is looked at by itself."""
    for page in list(world.open_pages()):
        with names_read(monkeypatch) as names:
            world.get(page.visitor, page.address, data=NOTHING)
        for label, values in wrong_values().items() if names else ():
            world.get(page.visitor, page.address, label, dict.fromkeys(names, values))

    assert not world.failures, "\n".join(world.failures)
