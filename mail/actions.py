"""What happens to emails, for the audit log."""

from django.utils.translation import gettext_lazy as _

from audit.actions import Action

ACTIONS = (
    Action("mail.chosen", _("Chose which mails they get")),
    Action("mail.failed", _("A mail could not be delivered")),
    Action("mail.tried_again", _("Had a mail sent again")),
)
SUBJECTS = {"mail": _("Mail")}
