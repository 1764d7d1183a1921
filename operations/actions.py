"""What Beanworks staff do on their own pages, for the audit log."""

from django.utils.translation import gettext_lazy as _

from audit.actions import Action

ACTIONS = (
    Action("board.downloaded", _("Downloaded the board")),
    Action("bundle.downloaded", _("Downloaded the diagnostic bundle")),
    Action("bundle.made", _("Viewed the diagnostic bundle")),
    Action("customer.assigned", _("Assigned the customer to %(manager)s")),
    Action("trail.exported", _("Downloaded the audit log")),
)
SUBJECTS = {
    "board": _("Board"),
    "bundle": _("Diagnostic bundle"),
    "trail": _("Audit log"),
}
