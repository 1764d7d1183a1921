from allauth.usersessions.models import UserSession
from django.db import transaction

from accounts.models import User
from audit.services import event_record


@transaction.atomic
def person_change(*, person: User, name: str, language: str, time_zone: str) -> None:
    """Change a user's name, language or time zone. The audit log records the old and the new values."""
    new = {"name": name, "language": language, "time_zone": time_zone}
    old = {field: getattr(person, field) for field in new}
    changes = {field: [old[field], value] for field, value in new.items() if old[field] != value}
    if not changes:
        return
    for field, value in new.items():
        setattr(person, field, value)
    person.save(update_fields=list(new))
    event_record(action="person.changed", actor=person, target=person, customer_id=person.customer_id, changed=changes)


@transaction.atomic
def device_end(*, device: UserSession, person: User) -> None:
    device.end()
    event_record(action="device.signed_out", actor=person, target=person, customer_id=person.customer_id)
