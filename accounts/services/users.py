from collections.abc import Iterable
from typing import Any

from allauth.usersessions.models import UserSession
from django.db import transaction

from accounts.models import RoleAssignment, User
from accounts.services.customers import part_save, set_fields
from audit.services import event_record


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
    user.set_unusable_password()
    part_save(user, "user.created", actor, email=user.email, roles=sorted(roles))
    RoleAssignment.objects.bulk_create(RoleAssignment(user=user, role=role) for role in roles)
    return user


@transaction.atomic
def roles_change(*, user: User, actor: User | None, roles: Iterable[str]) -> None:
    """Give a user exactly these roles."""
    old, new = set(user.roles.values_list("role", flat=True)), set(roles)
    if old == new:
        return
    user.roles.exclude(role__in=new).delete()
    RoleAssignment.objects.bulk_create(RoleAssignment(user=user, role=role) for role in new - old)
    changes = {"removed": sorted(old - new), "added": sorted(new - old)}
    event_record(action="user.roles_changed", actor=actor, target=user, customer_id=user.customer_id, **changes)
