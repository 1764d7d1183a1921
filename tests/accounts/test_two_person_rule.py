"""Which accounts may belong to the same person."""

import pytest

from accounts.models import OrgUnit, User
from accounts.two_person_rule import stands_behind

pytestmark = pytest.mark.django_db


@pytest.fixture
def requester(administrator: User) -> User:
    return administrator


def test_user_stands_behind_a_user_they_invited(support: User, requester: User) -> None:
    assert not stands_behind(support, requester)
    requester.invited_by = support

    assert stands_behind(support, requester)


def test_user_stands_behind_users_invited_by_those_they_invited(support: User, requester: User, exporter: User) -> None:
    requester.invited_by, exporter.invited_by = exporter, support

    assert stands_behind(support, requester)


def test_user_stands_behind_a_second_address_of_their_mailbox(support: User, root: OrgUnit) -> None:
    second = User(email="sue.support+second@example.com")
    third = User(email="sue.support@example.org")

    assert stands_behind(support, second)
    assert not stands_behind(support, third)


def test_two_users_invited_by_the_same_user_are_independent(support: User, success: User, requester: User) -> None:
    success.invited_by = requester.invited_by = support

    assert not stands_behind(success, requester)


def test_circular_chain_of_invitations_ends(support: User, requester: User, exporter: User) -> None:
    requester.invited_by, exporter.invited_by = exporter, requester

    assert not stands_behind(support, requester)
