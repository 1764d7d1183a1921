"""Users: what they change themselves, and what others change for them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import OrgUnit, Role, RoleAssignment, User
from accounts.services.customers import (
    customer_lock,
    part_change,
    part_save,
    refuse_removed,
    refuse_suspended,
    set_fields,
)
from audit.services import event_record
from core.errors import Refused

ADMINISTRATOR_BELOW_ROOT = gettext_lazy(
    "The home of a System Administrator must be the Root Org Unit. Choose it, or leave out the role."
)


@transaction.atomic
def user_change(*, user: User, name: str, language: str, time_zone: str) -> None:
    """Change a user's name, language or time zone. The audit log records the old and the new values."""
    changes = set_fields(user, {"name": name, "language": language, "time_zone": time_zone})
    if changes:
        user.save(update_fields=list(changes))
        event_record(action="user.changed", actor=user, target=user, customer_id=user.customer_id, changed=changes)


def menu_choose(*, user: User, older: bool) -> None:
    user.has_older_menu = older
    user.save(update_fields=["has_older_menu"])


@transaction.atomic
def device_end(*, device: UserSession, user: User) -> None:
    device.end()
    event_record(action="device.signed_out", actor=user, target=user, customer_id=user.customer_id)


@transaction.atomic
def user_create(*, actor: User | None, roles: Iterable[str], invited_by: User | None, **fields: Any) -> User:
    """Create a user of a customer without a password, for another service of Beanworks that knows who they are.

    `invited_by` is who made the API key: like an inviter, that user never decides a request of the new user.
    """
    user = User(invited_by=invited_by, **fields)
    customer_lock(user.customer_id)
    refuse_suspended(user.customer_id)
    refuse_removed(user.home_org_unit)
    refuse_administrator_below_root(user.home_org_unit, roles)
    user.set_unusable_password()
    part_save(user, "user.created", actor, email=user.email, roles=sorted(roles))
    RoleAssignment.objects.bulk_create(RoleAssignment(user=user, role=role) for role in roles)
    return user


@transaction.atomic
def user_administer(
    *,
    user: User,
    actor: User | None,
    roles: Iterable[str] | None = None,
    additional_org_units: Iterable[OrgUnit] | None = None,
    **new: Any,
) -> None:
    """Change fields of a user, their roles, and the org units that they reach beside their home."""
    additional = None if additional_org_units is None else set(additional_org_units)
    with keep_an_administrator(user):
        refuse_removed(new.get("home_org_unit"), *(additional or ()))
        if roles is not None or "home_org_unit" in new:
            user.refresh_from_db(fields=["home_org_unit"])  # it may have changed before we had the lock
            wanted = user.roles.values_list("role", flat=True) if roles is None else roles
            refuse_administrator_below_root(new.get("home_org_unit", user.home_org_unit), wanted)
        part_change(part=user, actor=actor, **new)
        if roles is not None:
            _change_roles(user, actor, set(roles))
        if additional is not None:
            _change_additional_org_units(user, actor, additional)


def user_lock(user: User) -> None:
    """Lock what changes of this user wait for: their customer, or all of support."""
    customer_lock(user.customer_id)
    if user.is_beanworks:
        list(_supporters().order_by("pk").select_for_update(no_key=True))


def _supporters() -> QuerySet[User]:
    return User.objects.filter(kind=User.Kind.SUPPORT, is_active=True)


@contextmanager
def keep_an_administrator(user: User) -> Iterator[None]:
    """Refuse what is done inside if it takes the last one away who can administer a customer, or Beanworks.

    All that can take one away waits for the same lock, so that of two such changes the second sees the first.
    """
    user_lock(user)
    peers = _supporters() if user.is_beanworks else User.objects.root_administrators().filter(customer=user.customer_id)

    is_one = peers.filter(pk=user.pk).exists()
    with transaction.atomic():
        yield
        if is_one and not peers.exists():
            raise Refused(
                _("This is the last active user of support. Give another user access first.")
                if user.is_beanworks
                else _(
                    "This is the last active System Administrator at the Root Org Unit. "
                    "Give another user this role and home first."
                )
            )


def refuse_administrator_below_root(home: OrgUnit | None, roles: Iterable[str]) -> None:
    if home and not home.is_root and Role.SYSTEM_ADMINISTRATOR in roles:
        raise Refused(ADMINISTRATOR_BELOW_ROOT)


def _change_roles(user: User, actor: User | None, new: set[str]) -> None:
    """Give a user exactly these roles."""
    old = set(user.roles.values_list("role", flat=True))
    if old == new:
        return
    user.roles.exclude(role__in=new).delete()
    RoleAssignment.objects.bulk_create(RoleAssignment(user=user, role=role) for role in new - old)
    changes = {"removed": sorted(old - new), "added": sorted(new - old)}
    event_record(action="user.roles_changed", actor=actor, target=user, customer_id=user.customer_id, **changes)


def _change_additional_org_units(user: User, actor: User | None, new: set[OrgUnit]) -> None:
    old = set(user.additional_org_units.all())
    if old == new:
        return
    user.additional_org_units.set(new)
    changes = {"removed": sorted(map(str, old - new)), "added": sorted(map(str, new - old))}
    event_record(
        action="user.org_units_changed",
        actor=actor,
        target=user,
        customer_id=user.customer_id,
        name=user.name,
        **changes,
    )
