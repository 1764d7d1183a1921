"""Which accounts may belong to the same person."""

import pytest

from accounts.models import OrgUnit, User
from accounts.two_person_rule import may_be_same_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def requester(administrator: User) -> User:
    return administrator


def test_user_may_be_the_person_they_invited(support: User, requester: User) -> None:
    assert not may_be_same_person(support, requester)
    requester.invited_by = support

    assert may_be_same_person(support, requester)


def test_whole_chain_of_invitations_counts(support: User, requester: User, exporter: User) -> None:
    requester.invited_by, exporter.invited_by = exporter, support

    assert may_be_same_person(support, requester)


def test_second_address_of_a_mailbox_may_be_the_same_person(support: User, root: OrgUnit) -> None:
    second = User(email="sue+second@example.com")
    third = User(email="sue@example.org")

    assert may_be_same_person(support, second)
    assert not may_be_same_person(support, third)


def test_two_users_invited_by_the_same_user_are_independent(support: User, success: User, requester: User) -> None:
    success.invited_by = requester.invited_by = support

    assert not may_be_same_person(success, requester)


def test_circular_chain_of_invitations_ends(support: User, requester: User, exporter: User) -> None:
    requester.invited_by, exporter.invited_by = exporter, requester

    assert not may_be_same_person(support, requester)
