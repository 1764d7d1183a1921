from django import template
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.second_factor import is_missing

register = template.Library()
# What a user agent contains, and the name users know. The first match counts.
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "Linux": "Linux",
}


@register.filter
def device(user_agent: str) -> str:
    """Return a device's name, such as 'Chrome, Windows', from what the browser sends."""
    known = [browser_name(user_agent), _first_name(SYSTEMS, user_agent)]
    return ", ".join(filter(None, known)) or _("Unknown device")


def browser_name(user_agent: str) -> str:
    """Return the browser's name, such as Chrome; "" if it is unknown."""
    return _first_name(BROWSERS, user_agent)


def _first_name(names: dict[str, str], user_agent: str) -> str:
    return next((name for part, name in names.items() if part in user_agent), "")


@register.filter
def lacks_second_factor(user: User) -> bool:
    return is_missing(user)
