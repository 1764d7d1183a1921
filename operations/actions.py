"""What Beanworks staff do on their own pages, for the audit log."""

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.actions import Action, Facts
from operations.channels.changes import channel_changes
from operations.support.changes import support_changes


def _days(facts: Facts) -> Facts:
    """Return both days of a follow-up as the reader's language writes them."""
    return {name: _day(facts[name]) for name in ("contact_on", "snoozed_until")}


def _changes(facts: Facts) -> Facts:
    return {"changes": support_changes(facts["changes"] or {})}


def _channel_changes(facts: Facts) -> Facts:
    return {"changes": channel_changes(facts["changes"] or {}, has_new_url=bool(facts["has_new_url"]))}


def _day(stored: Any) -> str:
    return date_format(date.fromisoformat(stored)) if stored else gettext("none")


ACTIONS = (
    Action("board.downloaded", _("Downloaded the board")),
    Action("diagnostics.downloaded", _("Downloaded the diagnostic bundle")),
    Action("diagnostics.viewed", _("Viewed the diagnostic bundle")),
    Action("customer.deleted", _("Deleted the customer: %(rows)s rows")),
    Action("deletion.requested", _("Requested the deletion of the customer: %(reason)s"), tone="bad"),
    Action("deletion.confirmed", _("Confirmed the deletion of the customer"), tone="bad"),
    Action("deletion.canceled", _("Canceled the deletion of the customer")),
    Action("deletion.retried", _("Continued the deletion of the customer")),
    Action("export.requested", _("Requested an export of all data")),
    Action("export.made", _("The export of all data is ready")),
    Action("export.downloaded", _("Downloaded the export of all data")),
    Action("canned_text.added", _("Added the ready-made text “%(text)s”")),
    Action("canned_text.changed", _("Changed the ready-made text “%(text)s”")),
    Action("canned_text.moved", _("Moved the ready-made text “%(text)s”")),
    Action("customer.assigned", _("Assigned the customer to %(manager)s")),
    Action(
        "follow_up.saved",
        _("%(customer)s: next contact %(contact_on)s, snoozed until %(snoozed_until)s"),
        words=_days,
    ),
    Action("message.emailed", _("Emailed %(to)s what is missing")),
    Action("note.added", _("Added an internal note about %(customer)s")),
    Action("note.deleted", _("Deleted an internal note about %(customer)s")),
    Action("note.edited", _("Edited an internal note about %(customer)s")),
    Action("channel.created", _("Added the channel %(name)s at %(address)s")),
    Action("channel.changed", _("Changed the channel %(name)s: %(changes)s"), words=_channel_changes),
    Action("channel.deleted", _("Deleted the channel %(name)s")),
    Action("channel.tested", _("Sent a test to the channel %(name)s")),
    Action("channel.failed", _("A message to the channel %(name)s was not delivered"), outcome="failed"),
    Action("support_settings.changed", _("Changed the support settings: %(changes)s"), words=_changes),
    Action("audit_log.downloaded", _("Downloaded the audit log")),
)
SUBJECTS = {
    "board": _("Board"),
    "canned_text": _("Ready-made texts"),
    "deletion": _("Deletion of the customer"),
    "export": _("Exports of all data"),
    "diagnostics": _("Diagnostic bundle"),
    "audit_log": _("Audit log"),
    "follow_up": _("Next contacts"),
    "message": _("Messages"),
    "channel": _("Channels"),
    "note": _("Internal notes"),
    "support_settings": _("Support settings"),
}
