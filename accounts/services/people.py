from allauth.usersessions.models import UserSession
from django.db import transaction

from accounts.models import User
from audit.services import event_record


@transaction.atomic
def person_change(*, person: User, name: str, language: str, time_zone: str) -> None:
    """How a person is called and how they read; the trail says what changed, from what to what."""
    after = {"name": name, "language": language, "time_zone": time_zone}
    before = {field: getattr(person, field) for field in after}
    changed = {field: [before[field], value] for field, value in after.items() if before[field] != value}
    if not changed:
        return
    for field, value in after.items():
        setattr(person, field, value)
    person.save(update_fields=list(after))
    event_record(action="person.changed", actor=person, target=person, customer_id=person.customer_id, changed=changed)


@transaction.atomic
def device_end(*, device: UserSession, person: User) -> None:
    device.end()
    event_record(action="device.signed_out", actor=person, target=person, customer_id=person.customer_id)
