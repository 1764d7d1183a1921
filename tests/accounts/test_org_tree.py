"""The tree of a customer's org units."""

from accounts.models import Customer, OrgUnit, User
from accounts.org_tree import tree_of
from tests.support.users import create_user


def test_only_active_users_are_counted(customer: Customer, administrator: User, root: OrgUnit) -> None:
    create_user("Lee Left", home=root, is_active=False)

    assert [branch.users for branch in tree_of(customer)] == [1]
