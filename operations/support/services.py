from collections.abc import Mapping
from datetime import time
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.stale_forms import Changed
from audit.services import event_record
from wizard.models import SupportSettings
from wizard.models.support_settings import deployment_defaults


@transaction.atomic
def support_settings_save(*, actor: User, version: int | None, values: Mapping[str, Any]) -> bool:
    """Save the settings. Raises Changed if they are no longer of this version. Returns whether anything changed."""
    SupportSettings.objects.get_or_create(pk=SupportSettings.ONLY, defaults=deployment_defaults())
    settings = SupportSettings.objects.select_for_update().get()
    if settings.version != version:
        raise Changed
    before = {name: getattr(settings, name) for name in values}
    changes = {name: [_stored(before[name]), _stored(value)] for name, value in values.items() if value != before[name]}
    if not changes:
        return False
    for name, value in values.items():
        setattr(settings, name, value)
    settings.version += 1
    settings.changed_by = actor
    settings.save()
    event_record(action="support_settings.changed", actor=actor, target=settings, changes=changes)
    return True


def _stored(value: Any) -> Any:
    """Return a value as the audit log stores it."""
    if isinstance(value, User):
        return value.name
    return value.isoformat("minutes") if isinstance(value, time) else value
