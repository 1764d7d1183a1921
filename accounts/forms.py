import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import User


def time_zones() -> list[tuple[str, str]]:
    """Places people know: 'America/Vancouver', not 'Etc/GMT+8' or 'PST8PDT'."""
    return [(name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones()) if _is_place(name)]


def _is_place(name: str) -> bool:
    return "/" in name and not name.startswith(("Etc/", "SystemV/", "US/"))


class MeForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, help_text=_("Of pages and mails."))
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones, help_text=_("Times are shown in it."))

    @classmethod
    def stored(cls, person: User) -> dict[str, Any]:
        return {"name": person.name, "language": person.language, "time_zone": person.time_zone}
