"""What Beanworks staff do on their own pages, for the audit log."""

from django.utils.translation import gettext_lazy as _

from audit.actions import Action

ACTIONS = (
    Action("board.downloaded", _("Downloaded the board")),
    Action("diagnostics.downloaded", _("Downloaded the diagnostic bundle")),
    Action("diagnostics.viewed", _("Viewed the diagnostic bundle")),
    Action("customer.assigned", _("Assigned the customer to %(manager)s")),
    Action("audit_log.downloaded", _("Downloaded the audit log")),
)
SUBJECTS = {
    "board": _("Board"),
    "diagnostics": _("Diagnostic bundle"),
    "audit_log": _("Audit log"),
}
