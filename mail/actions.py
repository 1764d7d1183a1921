"""What happens to emails, for the audit log."""

from django.utils.translation import gettext_lazy as _

from audit.actions import Action

ACTIONS = (
    Action("mail.chosen", _("Changed their email notifications")),
    Action("mail.failed", _("An email could not be delivered")),
    Action("mail.tried_again", _("Retried an email")),
)
SUBJECTS = {"mail": _("Emails")}
