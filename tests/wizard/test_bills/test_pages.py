"""The page of test bills: what it explains, its form, and its refusals."""

import pytest
from django.test import Client

from accounts.models import User

from .conftest import Bills

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client


def test_page_explains_before_it_acts(bills: Bills, ada: Client) -> None:
    page = ada.get(f"/connection/{bills.profile.connection_id}/test-bill/").content.decode()

    assert "It is a draft" in page
    assert "Create the draft bill in Intacct" in page
