from collections.abc import Callable

import pytest
from django.conf import settings as product
from django.test import Client
from django.urls import reverse

from accounts.models import Customer, OrgUnit, Role, User
from tests.support.users import create_user
from tests.wizard.pages.handovers.guest import GUEST
from tests.wizard.pages.reading import main, words
from wizard.models import Connection


@pytest.fixture
def page(answered: Connection) -> str:
    return reverse("wizard:handover", args=[answered.pk])


@pytest.fixture
def link(browser_of_ada: Client, page: str) -> str:
    response = browser_of_ada.post(page, GUEST | {"note": "By Friday, please."}, follow=True)
    address: str = main(response).xpath("string(.//code)")
    return address.removeprefix(product.SITE_URL)


@pytest.fixture
def ida(link: str) -> Client:
    """The browser of a guest who opened the link and started."""
    client = Client()
    assert "By Friday, please." in words(client.get(link, follow=True))
    client.post("/handover/", follow=True)
    return client


@pytest.fixture
def browser_of_bea(customer: Customer, root: OrgUnit, signed_in: Callable[[User], Client]) -> Client:
    """A second administrator of the same customer."""
    return signed_in(create_user("Bea Root", Role.SYSTEM_ADMINISTRATOR, home=root))
