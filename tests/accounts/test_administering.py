"""What others change for a user, and that every customer keeps an administrator."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts import services
from accounts.models import OrgUnit, Role, User
from accounts.services import Refused
from audit.models import AuditEvent

ADMINISTRATOR = [Role.SYSTEM_ADMINISTRATOR]
WAYS_TO_LOSE: dict[str, Callable[[User, User], None]] = {
    "deactivated": lambda user, actor: services.user_deactivate(user=user, actor=actor, reason="Left"),
    "demoted": lambda user, actor: services.user_administer(user=user, actor=actor, roles=[]),
    "moved": lambda user, actor: services.user_administer(
        user=user, actor=actor, roles=[Role.PO_ADMINISTRATOR], home_org_unit=OrgUnit.objects.get(name="Canada")
    ),
}


def test_roles_and_org_units_of_a_user_change(
    administrator: User, branch_administrator: User, root: OrgUnit, branch: OrgUnit
) -> None:
    services.user_administer(
        user=branch_administrator, actor=administrator, roles=ADMINISTRATOR, home_org_unit=root,
        additional_org_units=[branch], name="Bo Root",
    )  # fmt: skip

    user = User.objects.get(pk=branch_administrator.pk)
    assert (user.name, user.home_org_unit, [*user.additional_org_units.all()]) == ("Bo Root", root, [branch])
    assert user.may_administer()
    assert {event.action: event.metadata for event in AuditEvent.objects.all()} == {
        "user.updated": {
            "name": "Bo Root",
            "changed": {"home_org_unit": ["Canada", "Hillside"], "name": ["Bo Branch", "Bo Root"]},
        },
        "user.org_units_changed": {"name": "Bo Root", "removed": [], "added": ["Canada"]},
    }  # fmt: skip


def test_home_of_an_administrator_is_the_root(administrator: User, branch: OrgUnit, branch_administrator: User) -> None:
    for changes in ({"home_org_unit": branch}, {"home_org_unit": branch, "roles": [*Role.values]}):
        with pytest.raises(Refused, match="Root Org Unit"):
            services.user_administer(user=administrator, actor=None, **changes)
    with pytest.raises(Refused, match="Root Org Unit"):
        services.user_administer(user=branch_administrator, actor=None, roles=[*Role.values])

    services.user_administer(user=branch_administrator, actor=None, name="Bo")  # from before this rule


@pytest.mark.parametrize("way", WAYS_TO_LOSE)
def test_last_administrator_stays(
    way: str, root: OrgUnit, administrator: User, branch: OrgUnit, support: User, new_user: Callable[..., User]
) -> None:
    with pytest.raises(Refused, match="last active System Administrator"):
        WAYS_TO_LOSE[way](administrator, support)
    assert User.objects.root_administrators().get() == administrator
    assert not AuditEvent.objects.exists()

    second = new_user("Zoe Second", *ADMINISTRATOR, home=root)
    WAYS_TO_LOSE[way](administrator, support)
    assert User.objects.root_administrators().get() == second


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ways", [("deactivated", "deactivated"), ("demoted", "moved"), ("moved", "deactivated")])
def test_two_last_administrators_are_not_removed_at_once(
    ways: tuple[str, str], administrator: User, branch: OrgUnit, support: User, new_user: Callable[..., User]
) -> None:
    second = new_user("Zoe Second", *ADMINISTRATOR, home=administrator.home_org_unit)
    start = Barrier(2)

    def remove(user: User, way: str) -> bool:
        start.wait()
        try:
            WAYS_TO_LOSE[way](user, support)
            return True
        except Refused:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(remove, [administrator, second], ways)) == [False, True]
    assert User.objects.root_administrators().count() == 1


@pytest.mark.django_db(transaction=True)
def test_support_users_do_not_deactivate_each_other_at_once(support: User, other_support: User) -> None:
    start = Barrier(2)

    def deactivate(pair: tuple[User, User]) -> bool:
        user, actor = pair
        start.wait()
        try:
            services.user_deactivate(user=user, actor=actor, reason="")
            return True
        except Refused:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        pairs = [(support, other_support), (other_support, support)]
        assert sorted(threads.map(deactivate, pairs)) == [False, True]


def test_customer_without_an_administrator_can_still_be_changed(branch_administrator: User, support: User) -> None:
    services.user_administer(user=branch_administrator, actor=support, roles=[])

    assert not branch_administrator.roles.exists()
