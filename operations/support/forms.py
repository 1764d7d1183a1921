from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.stale_forms import VersionedForm
from core.collation import Natural
from core.fields import CHOOSE_ONE, RowField
from core.text import Words
from core.time_zones import ZoneSelect, zone_choices
from wizard.models import SupportSettings
from wizard.models.support_settings import DAYS, HOURS, REGIONS

REMINDERS = ("first_reminder", "second_reminder", "third_reminder")
# The parts of the page, with the fields of each.
PARTS: dict[Words, tuple[str, ...]] = {
    _("Requests"): ("target_hours", "claim_hours", "escalation_hours", "escalation_to"),
    _("Business hours"): ("days", "opens", "closes", "time_zone", "holidays"),
    _("Customers who stop"): (*REMINDERS, "stopped_days"),
}


def _number(limits: tuple[int, int], label: Any, *, required: bool = True, help_text: Any = "") -> Any:
    least, most = limits
    return forms.IntegerField(label=label, min_value=least, max_value=most, required=required, help_text=help_text)


def _time(label: Any) -> forms.TimeField:
    return forms.TimeField(label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


class SupportSettingsForm(VersionedForm):
    target_hours = _number(HOURS, _("Target for a decision, in business hours"))
    claim_hours = _number(
        HOURS,
        _("A claim is too old after, in business hours"),
        help_text=_("Channels report a request that is claimed for longer."),
    )
    escalation_hours = _number(
        HOURS,
        _("Escalate after, in business hours"),
        required=False,
        help_text=_("How long a request waits until we email about it, once. Leave this blank to email no one."),
    )
    escalation_to = RowField(
        label=_("Escalate to"),
        queryset=User.objects.filter(is_active=True).exclude(kind=User.Kind.CUSTOMER).order_by(Natural("name")),
        required=False,
        empty_label=_("Everyone in support"),
    )
    days = forms.TypedMultipleChoiceField(
        label=_("Days"),
        coerce=int,
        choices=list(WEEKDAYS.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages=CHOOSE_ONE,
    )
    opens = _time(_("From"))
    closes = _time(_("To"))
    time_zone = forms.ChoiceField(widget=ZoneSelect, label=_("Time zone"))
    holidays = forms.ChoiceField(
        label=_("Public holidays"),
        choices=[("", _("None")), *REGIONS.items()],
        required=False,
        help_text=_("Public holidays of this province or territory are not business days."),
    )
    first_reminder = _number(
        DAYS,
        _("First reminder, in days without a change"),
        required=False,
        help_text=_("We remind customers to continue the set-up. Leave this blank to send no reminder."),
    )
    second_reminder = _number(DAYS, _("Second reminder, in days"), required=False)
    third_reminder = _number(DAYS, _("Third reminder, in days"), required=False)
    stopped_days = _number(
        DAYS,
        _("A customer has stopped after, in days without a change"),
        help_text=_("Channels report a customer who stopped the set-up for so long."),
    )

    def __init__(self, settings: SupportSettings, data: Any = None) -> None:
        present = {name: getattr(settings, name) for name in self.base_fields}
        super().__init__(data, initial=present)
        self.fields["time_zone"].choices = zone_choices(settings.time_zone)  # type: ignore[attr-defined]

    def parts(self) -> list[tuple[Words, list[forms.BoundField]]]:
        return [(title, [self[name] for name in names]) for title, names in PARTS.items()]

    # Days and times are normalized, so that the same ones in another spelling are no change.
    def clean_days(self) -> list[int]:
        return sorted(set(self.cleaned_data["days"]))

    def clean_opens(self) -> time:
        opens: time = self.cleaned_data["opens"]
        return opens.replace(second=0, microsecond=0)

    def clean_closes(self) -> time:
        closes: time = self.cleaned_data["closes"].replace(second=0, microsecond=0)
        opens = self.cleaned_data.get("opens")
        if opens and closes <= opens:
            raise ValidationError(_("Choose a time after the start."))
        return closes

    def clean_second_reminder(self) -> int | None:
        return self._after("first_reminder", "second_reminder")

    def clean_third_reminder(self) -> int | None:
        return self._after("second_reminder", "third_reminder")

    def _after(self, earlier: str, name: str) -> int | None:
        days: int | None = self.cleaned_data[name]
        if days is None or earlier in self.errors:
            return days
        before = self.cleaned_data[earlier]
        if before is None:
            raise ValidationError(_("Fill in the reminder before this one first."))
        if days <= before:
            raise ValidationError(_("Enter more days than for the reminder before this one."))
        return days
