from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from smartsync.models import SyncRun
from smartsync.services import default_since
from wizard.models import SyncProfile

KINDS = [
    (
        SyncRun.Kind.PARTIAL,
        _("Partial sync: what was added or changed since the last success. Quick; use it day to day."),
    ),
    (SyncRun.Kind.FULL, _("Full sync: every record of every list, compared one by one. Also finds what was deleted.")),
]


SHOWN = [("", _("All")), ("active", _("Active")), ("inactive", _("Inactive")), ("gone", _("No longer in Intacct"))]


class StartForm(forms.Form):
    """Full or partial; a partial one from a moment on, in the person's own time zone."""

    kind = forms.ChoiceField(label=_("What to sync"), choices=KINDS, widget=forms.RadioSelect)
    since = forms.DateTimeField(
        label=_("Changed since"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, profile: SyncProfile, *args: Any, **kwargs: Any) -> None:
        self.last_success = default_since(profile)
        super().__init__(*args, **{"initial": {"kind": SyncRun.Kind.PARTIAL, "since": self.last_success}, **kwargs})
        self.fields["since"].help_text = _("For a partial sync. Times are in %(zone)s.") % {
            "zone": timezone.get_current_timezone_name()
        }

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("kind") == SyncRun.Kind.FULL:
            return values | {"since": None}
        if values.get("since") and values["since"] > timezone.now():
            self.add_error("since", _("This lies in the future. Choose a moment that has passed."))
        return values


class FilterForm(forms.Form):
    """What to show of a list."""

    q = forms.CharField(label=_("Code or name"), required=False)
    show = forms.ChoiceField(label=_("Show"), choices=SHOWN, required=False)
