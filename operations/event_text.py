"""The events of the audit log as sentences."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from audit.models import AuditEvent
from core.isolated_text import Sentence
from wizard.help import TOPICS
from wizard.models import Connection
from wizard.stages import STAGE

SENTENCES = {
    "board.downloaded": _("Downloaded the board"),
    "bundle.downloaded": _("Downloaded the diagnostic bundle"),
    "bundle.made": _("Looked at the diagnostic bundle"),
    "connection.started": _("Started the connection"),
    "credentials.entered": _("Entered new credentials of %(user)s; they are proved before they are used"),
    "credentials.kept": _("Intacct refused the new credentials of %(user)s; the old ones stay in use"),
    "credentials.refused": _("Intacct refused %(tries)s sign-ins in ten minutes, so no other is tried for now"),
    "credentials.replaced": _("The new credentials of %(user)s are in use"),
    "credentials.saved": _("Saved the credentials of %(user)s at %(company)s"),
    "credentials.unlocked": _("Said that the Intacct user %(user)s was unlocked, so its password is tried once more"),
    "customer.assigned": _("Handed the customer to %(manager)s"),
    "customer.created": _("Added the customer %(name)s"),
    "device.signed_out": _("Signed out another device"),
    "answers.saved": _("Answered the questions of Pre-checks"),
    "handover.made": _("Handed steps over to %(guest)s"),
    "handover.opened": _("Opened the link of a handover"),
    "handover.renewed": _("Made a new link for %(guest)s"),
    "handover.taken_over": _("Took over the handover to %(guest)s"),
    "handover.revoked": _("Ended the handover to %(guest)s"),
    "incident.closed": _("Works again: %(check)s"),
    "incident.opened": _("No longer works: %(check)s"),
    "invitation.accepted": _("Accepted the invitation"),
    "invitation.renewed": _("Made a new invitation link for %(email)s"),
    "invitation.taken_over": _("Took over the invitation of %(email)s with a new link"),
    "invitation.revoked": _("Took back the invitation of %(email)s"),
    "invitation.sent": _("Invited %(email)s"),
    "level.chosen": _("Chose the level: %(level)s %(entity)s"),
    "list.downloaded": _("Downloaded the list %(list)s"),
    "list_run.retried": _("Had the list %(list)s read again"),
    "mail.chosen": _("Chose which mails they get"),
    "mail.failed": _("A mail could not be delivered"),
    "mail.tried_again": _("Had a mail sent again"),
    "password.changed": _("Changed their password"),
    "password.reset": _("Chose a new password by mail"),
    "person.changed": _("Changed their name, language or time zone"),
    "person.signed_in": _("Signed in"),
    "profile.approved": _("Approved the profile of %(legal_entity)s"),
    "profile.claimed": _("Claimed the request for %(legal_entity)s"),
    "profile.declined": _("Declined the request for %(legal_entity)s: %(reason)s"),
    "profile.information_asked": _("Asked for information about %(legal_entity)s"),
    "profile.information_given": _("Gave information about %(legal_entity)s"),
    "profile.released": _("Handed back the request for %(legal_entity)s"),
    "profile.requested": _("Requested a profile for %(legal_entity)s"),
    "profile.withdrawn": _("Withdrew the request for %(legal_entity)s"),
    "list.deletions_confirmed": _("Confirmed that records were deleted in Intacct: %(marked)s were marked"),
    "list.deletions_held": _("%(missing)s missing and %(inactive)s inactive records are held until someone confirms"),
    "list.deletions_rejected": _("Rejected that records were deleted in Intacct: they stay as they are"),
    "list.deletions_returned": _("Records that were missing came back"),
    "profile.guard_changed": _("Changed from which share on missing records are held: %(percent)s percent"),
    "schedule.changed": _("Changed a schedule"),
    "schedule.created": _("Made a schedule"),
    "schedule.missed": _("A scheduled sync did not run"),
    "schedule.paused": _("Paused a schedule"),
    "schedule.removed": _("Removed a schedule"),
    "schedule.resumed": _("Resumed a schedule"),
    "schedule.set_aside": _("A schedule was paused because it cannot start"),
    "second_factor.added": _("Set up a second factor"),
    "second_factor.refused": _("Gave a wrong second factor"),
    "second_factor.removed": _("Removed a second factor"),
    "second_factor.renewed": _("Made new recovery codes"),
    "single_sign_on.refused": _("Single sign-on came with an address that nobody here has"),
    "stage.attested": _("Said that %(stage)s is done"),
    "stage.reopened": _("Intacct contradicts: %(stage)s is open again"),
    "sync_run.cancel_asked": _("Asked to stop a sync"),
    "sync_run.finished": _("A sync ended: %(result)s"),
    "sync_run.pruned": _("%(runs)s old syncs were removed"),
    "sync_run.started": _("Started a sync"),
    "task.ticked": _("Ticked a task of %(stage)s"),
    "task.unticked": _("Took back the tick of a task of %(stage)s"),
    "trail.exported": _("Took a copy of the trail"),
    "verification.finished": _("Intacct was asked; every answer is in"),
    "verification.given_up": _("Checking failed because of a fault on our side"),
    "verification.requested": _("Had the connection checked"),
}
ENDED_BADLY = {
    "profile.declined": "bad",
    "incident.opened": "bad",
    "credentials.kept": "bad",
    "credentials.refused": "bad",
}
ENDED_WELL = {"profile.approved": "good", "incident.closed": "good"}


class Happened(NamedTuple):
    event: AuditEvent
    sentence: str
    tone: str


def timeline_entries(events: Iterable[AuditEvent]) -> list[Happened]:
    return [Happened(event, sentence(event), (ENDED_BADLY | ENDED_WELL).get(event.action, "mute")) for event in events]


def sentence(event: AuditEvent) -> str:
    """Return the event as a sentence in the current language. An action without a sentence is shown by its own name."""
    facts = defaultdict(str, event.metadata if isinstance(event.metadata, dict) else {})
    if facts["stage"] in STAGE:
        facts["stage"] = STAGE[facts["stage"]].title
    if event.action == "level.chosen":
        # Old events name levels that the form no longer offers.
        facts["level"] = dict(Connection.Level.choices).get(facts["level"], facts["level"])
    if event.action.startswith("incident."):
        facts["check"] = _incident_title(facts["cause"], facts["check"])
    if event.action.startswith("list.deletions_"):
        facts |= {name: _count(value) for name, value in facts.items()}
    words = SENTENCES.get(event.action)
    return Sentence(gettext(words), facts) if words else event.action


def _incident_title(cause: str, check: str) -> str:
    """Return the incident in words, with the check's own name, which says which permission or list it is."""
    title = next((gettext(topic.title) for topic in TOPICS if topic.cause == cause), "")
    return f"{title} ({check})" if title else check


def _count(value: Any) -> Any:
    return number_format(value, force_grouping=True) if isinstance(value, int) else value
