"""What happens to emails, for the audit log."""

from django.utils.translation import gettext_lazy as _

from audit.actions import Action

ACTIONS = (
    Action("email.choices_saved", _("Changed their email notifications")),
    Action("email.failed", _("An email could not be delivered"), outcome="failed"),
    Action("email.retried", _("Retried an email")),
    Action("email.turned_off", _("Turned off a kind of email with the link in it")),
)
SUBJECTS = {"email": _("Emails")}
