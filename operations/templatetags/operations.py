from datetime import timedelta

from django import template
from django.utils.translation import gettext as _

from operations import business_hours
from wizard.models import SyncProfile

register = template.Library()


@register.filter
def hours(length: timedelta) -> str:
    """Return a length in hours and minutes. Working hours are not converted to days."""
    whole, minutes = divmod(int(length.total_seconds() // 60), 60)
    return _("%(hours)s h %(minutes)s min") % {"hours": whole, "minutes": minutes} if whole else _("%s min") % minutes


@register.filter
def service_time(profile: SyncProfile) -> timedelta:
    return business_hours.service_time(profile)
