"""Which accounts may be one person's."""

import pytest

from accounts.identity import stands_behind
from accounts.models import OrgUnit, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def requester(administrator: User) -> User:
    return administrator


def test_a_user_stands_behind_whom_they_invited(support: User, requester: User) -> None:
    assert not stands_behind(support, requester)
    requester.invited_by = support

    assert stands_behind(support, requester)


def test_a_user_stands_behind_whom_the_invited_invited(support: User, requester: User, exporter: User) -> None:
    requester.invited_by, exporter.invited_by = exporter, support

    assert stands_behind(support, requester)


def test_a_user_stands_behind_a_second_address_of_their_mailbox(support: User, root: OrgUnit) -> None:
    second = User(email="sue.support+second@example.com")
    third = User(email="sue.support@example.org")

    assert stands_behind(support, second)
    assert not stands_behind(support, third)


def test_having_been_invited_by_the_same_user_says_nothing(support: User, success: User, requester: User) -> None:
    success.invited_by = requester.invited_by = support

    assert not stands_behind(success, requester)


def test_a_chain_in_a_circle_ends(support: User, requester: User, exporter: User) -> None:
    requester.invited_by, exporter.invited_by = exporter, requester

    assert not stands_behind(support, requester)
