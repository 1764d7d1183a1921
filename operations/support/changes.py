from collections.abc import Mapping
from typing import Any

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from core.time_zones import zone_label
from operations.support.forms import SupportSettingsForm
from wizard.models.support_settings import REGIONS


def changes_in_words(changes: Mapping[str, tuple[Any, Any]]) -> str:
    """Return what changed, with the old and the new values, in the words of the form."""
    return "; ".join(
        _("%(field)s: %(old)s → %(new)s")
        % {"field": SupportSettingsForm.base_fields[name].label, "old": _words(name, old), "new": _words(name, new)}
        for name, (old, new) in changes.items()
    )


def _words(name: str, value: Any) -> str:
    if name == "days":
        return ", ".join(str(WEEKDAYS_ABBR[day]) for day in value)
    if name == "time_zone":
        return str(zone_label(value))
    if name == "escalation_to":
        return value or _("Everyone in support")
    return str(REGIONS.get(value) or value or _("none"))
