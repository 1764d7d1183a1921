from collections.abc import Mapping
from typing import Any

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from core.time_zones import zone_label
from operations.changes import changes_in_words
from operations.support.forms import SupportSettingsForm
from wizard.models.support_settings import REGIONS


def support_changes(changes: Mapping[str, tuple[Any, Any]]) -> str:
    """Return what changed of the settings of support, with the old and the new values, in the words of the form."""
    return "; ".join(changes_in_words(SupportSettingsForm, changes, _words))


def _words(name: str, value: Any) -> str:
    if name == "days":
        return ", ".join(str(WEEKDAYS_ABBR[day]) for day in value)
    if name == "time_zone":
        return str(zone_label(value))
    if name == "escalation_to":
        return value or _("Everyone in support")
    return str(REGIONS.get(value) or value or _("none"))
