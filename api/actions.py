"""What users do with API keys, and keys themselves, for the audit log."""

from django.utils.translation import gettext_lazy as _

from audit.actions import Action

ACTIONS = (
    Action("api_key.created", _("Created the API key %(name)s")),
    Action("api_key.rotated", _("Replaced the token of the API key %(name)s")),
    Action("api_key.revoked", _("Revoked the API key %(name)s")),
    Action("arrival.created", _("Created a sign-in link for %(email)s")),
    Action("arrival.used", _("Arrived from %(key)s")),
)
SUBJECTS = {"api_key": _("API keys"), "arrival": _("Arrivals from other services")}
