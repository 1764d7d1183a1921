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
    known = [next((word for part, word in words.items() if part in user_agent), "") for words in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, known)) or _("Unknown device")


@register.filter
def lacks_second_factor(user: User) -> bool:
    return is_missing(user)
