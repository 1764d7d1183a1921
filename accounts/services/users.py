from allauth.usersessions.models import UserSession
from django.db import transaction

from accounts.models import User
from audit.services import event_record


@transaction.atomic
def user_change(*, user: User, name: str, language: str, time_zone: str) -> None:
    """Change a user's name, language or time zone. The audit log records the old and the new values."""
    new = {"name": name, "language": language, "time_zone": time_zone}
    old = {field: getattr(user, field) for field in new}
    changes = {field: [old[field], value] for field, value in new.items() if old[field] != value}
    if not changes:
        return
    for field, value in new.items():
        setattr(user, field, value)
    user.save(update_fields=list(new))
    event_record(action="user.changed", actor=user, target=user, customer_id=user.customer_id, changed=changes)


def menu_choose(*, user: User, older: bool) -> None:
    user.has_older_menu = older
    user.save(update_fields=["has_older_menu"])


@transaction.atomic
def device_end(*, device: UserSession, user: User) -> None:
    device.end()
    event_record(action="device.signed_out", actor=user, target=user, customer_id=user.customer_id)
