"""What error pages tell each kind of reader to do, and where their button leads."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from tests.wizard.pages.reading import main, words
from wizard.access import OPENED

pytestmark = pytest.mark.django_db
NOWHERE = "/no/such/page/"


@pytest.fixture
def guest(client: Client) -> Client:
    session = client.session
    session[OPENED] = "hash"
    session.save()
    return client


def test_guest_returns_to_their_steps_and_not_to_the_sign_in(guest: Client) -> None:
    page = guest.get(NOWHERE)

    assert "your link does not include this page" in words(page)
    assert main(page).xpath(".//a[.='Back to your steps']/@href") == ["/"]
    assert guest.get("/").headers["Location"] == "/handover/"


def test_visitor_without_a_session_is_offered_to_sign_in(client: Client) -> None:
    page = client.get(NOWHERE)

    assert main(page).xpath(".//a[.='Sign in']/@href") == ["/accounts/login/"]


def test_user_is_sent_to_who_can_give_access(
    administrator: User, success: User, browser_of: Callable[[User], Client]
) -> None:
    own = words(browser_of(success).get("/beanworks/queue/"))
    customers = words(browser_of(administrator).get("/beanworks/queue/"))

    assert "Ask a colleague in support, or ask the customer." in own
    assert "Ask a System Administrator of your company" in customers
