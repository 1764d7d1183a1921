from datetime import time
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User, validate_time_zone
from core.constraints import known_value, one_dimension
from core.text import Words

# By the codes of the package `holidays`.
REGIONS: dict[str, Words] = {
    "AB": _("Alberta"),
    "BC": _("British Columbia"),
    "MB": _("Manitoba"),
    "NB": _("New Brunswick"),
    "NL": _("Newfoundland and Labrador"),
    "NS": _("Nova Scotia"),
    "NT": _("Northwest Territories"),
    "NU": _("Nunavut"),
    "ON": _("Ontario"),
    "PE": _("Prince Edward Island"),
    "QC": _("Quebec"),
    "SK": _("Saskatchewan"),
    "YT": _("Yukon"),
}
HOURS, DAYS = (1, 200), (1, 730)
"""The least and the most of each number."""


class SupportSettings(models.Model):
    """What support decided about its own work, in the only row of this table: see `current`.

    Hours are business hours. A field of reminders or of the escalation that is empty turns these off.
    """

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    target_hours = models.PositiveSmallIntegerField()
    # How long a request may be claimed until it counts as claimed for too long.
    claim_hours = models.PositiveSmallIntegerField()
    # Days are numbered as in `datetime`: Monday is 0.
    days = ArrayField(models.PositiveSmallIntegerField())
    opens = models.TimeField()
    closes = models.TimeField()
    time_zone = models.CharField(max_length=60, validators=[validate_time_zone])
    # Whose public holidays are not business days. Empty: no holidays.
    holidays = models.CharField(max_length=2, choices=REGIONS, blank=True)
    # Days without a change after which a customer who sets Intacct up counts as stopped.
    stopped_days = models.PositiveSmallIntegerField()
    first_reminder = models.PositiveSmallIntegerField(null=True)
    second_reminder = models.PositiveSmallIntegerField(null=True)
    third_reminder = models.PositiveSmallIntegerField(null=True)
    escalation_hours = models.PositiveSmallIntegerField(null=True)
    # Who gets the email. Empty: everyone in support.
    escalation_to = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=0)
    changed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="one_row_of_support_settings"),
            # A comparison with NULL is unknown, which a CHECK accepts.
            models.CheckConstraint(
                condition=Q(target_hours__range=HOURS, claim_hours__range=HOURS, escalation_hours__range=HOURS),
                name="support_hours_are_limited",
            ),
            one_dimension("support_days_are_one_list", "days"),
            models.CheckConstraint(
                condition=Q(days__contained_by=[*range(7)]) & ~Q(days=[]), name="support_works_on_a_day"
            ),
            models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="support_closes_after_it_opens"),
            known_value("holidays_are_of_a_known_region", "holidays", REGIONS, blank=True),
            models.CheckConstraint(condition=Q(stopped_days__range=DAYS), name="stopped_days_are_limited"),
            models.CheckConstraint(
                condition=Q(first_reminder__range=DAYS, second_reminder__range=DAYS, third_reminder__range=DAYS),
                name="reminders_are_limited",
            ),
            models.CheckConstraint(
                condition=Q(second_reminder__gt=F("first_reminder"), third_reminder__gt=F("second_reminder")),
                name="reminders_are_in_their_order",
            ),
            models.CheckConstraint(
                condition=(Q(second_reminder=None) | Q(first_reminder__isnull=False))
                & (Q(third_reminder=None) | Q(second_reminder__isnull=False)),
                name="no_reminder_is_left_out",
            ),
        ]

    def __str__(self) -> str:
        return "settings of support"

    @classmethod
    def current(cls) -> "SupportSettings":
        """Return what applies now, in every process: nothing remembers it."""
        return cls.objects.select_related("escalation_to").first() or cls(**deployment_defaults())

    @property
    def reminder_days(self) -> list[int]:
        return [day for day in (self.first_reminder, self.second_reminder, self.third_reminder) if day]


def deployment_defaults() -> dict[str, Any]:
    """Return what applies until support saves its settings for the first time."""
    opens, closes = map(time.fromisoformat, settings.SUPPORT_HOURS)
    first = settings.SETUP_REMINDER_DAYS
    return {
        "target_hours": settings.SUPPORT_TARGET_HOURS,
        "claim_hours": settings.SUPPORT_CLAIM_HOURS,
        "days": [*range(5)],
        "opens": opens,
        "closes": closes,
        "time_zone": settings.SUPPORT_TIME_ZONE,
        "holidays": settings.SUPPORT_HOLIDAYS,
        "stopped_days": settings.SUPPORT_STOPPED_DAYS,
        # The pauses grow, as in a conversation that the other side does not continue.
        "first_reminder": first,
        "second_reminder": first * 3,
        "third_reminder": first * 7,
    }
