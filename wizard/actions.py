"""What happens to connections, handovers and sync profiles, for the audit log."""

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from audit.actions import Action, Facts
from core.isolated_text import Sentence
from wizard.explanations import StoredCause, explain
from wizard.help import TOPICS
from wizard.models import Connection
from wizard.stages import STAGES, check_titles
from wizard.tally import Tally


def _stage_and_task(facts: Facts) -> Facts:
    """Return the stage's title and the task's text. A stage or task that no longer exists is shown as it was stored."""
    stage = STAGES.get(facts["stage"])
    if stage is None:
        return {}
    texts = {task.slug: task.text for task in stage.tasks}
    return {"stage": stage.title, "task": texts.get(facts["task"], facts["task"])}


def _level(facts: Facts) -> Facts:
    """Return the level's label. Old events name levels that the form no longer offers."""
    return {"level": dict(Connection.Level.choices).get(facts["level"], facts["level"])}


def _check_title(facts: Facts) -> Facts:
    """Return the check's title. Only the connection knows those of user-defined dimensions."""
    return {"check": check_titles({}).get(facts["check"], facts["check"])}


def _incident_title(facts: Facts) -> Facts:
    """Return the check's title, which says which permission or list it is, and what is wrong with it."""
    reason = next((gettext(topic.title) for topic in TOPICS if topic.cause == facts["cause"]), "")
    title = check_titles({}).get(facts["check"], "" if reason else facts["check"])
    return {"check": f"{title} ({reason})" if title and reason else title or reason}


def _check_result(facts: Facts) -> Facts:
    """Return what Intacct reported. Old events do not hold it."""
    failed = facts["failed"]
    if not failed:
        return {"result": Tally.of_facts(facts).parts or _("not recorded")}
    headline = explain(StoredCause(facts["cause"], facts["facts"])).headline
    if facts["blocker"]:
        return {"result": headline}
    words = ngettext(
        "%(failed)s check failed: %(headline)s", "%(failed)s checks failed. The first one: %(headline)s", failed
    )
    return {"result": Sentence(words, {"failed": failed, "headline": headline})}


ACTIONS = (
    Action("answers.saved", _("Answered the questions in Pre-checks")),
    Action(
        "check.confirmed",
        _("Looked in Intacct and confirmed: %(check)s"),
        guest_sentence=_("Looked in Intacct and confirmed: %(check)s"),
        words=_check_title,
    ),
    Action(
        "check.contradicted", _("A check failed, so this needs to be confirmed again: %(check)s"), words=_check_title
    ),
    Action(
        "check.withdrawn",
        _("Withdrew the confirmation: %(check)s"),
        guest_sentence=_("Withdrew the confirmation: %(check)s"),
        words=_check_title,
    ),
    Action(
        "connection.disconnected",
        _("Disconnected Sage Intacct: the password was deleted, and syncs and checks ended"),
        tone="bad",
    ),
    Action("connection.reconnected", _("Reconnected Sage Intacct"), tone="good"),
    Action("connection.started", _("Started the connection")),
    Action("credentials.entered", _("Entered new credentials for %(user)s, which are checked before they are used")),
    Action(
        "credentials.replacement_refused",
        _("Intacct refused the new credentials for %(user)s. The current ones stay in use"),
        outcome="refused",
    ),
    Action(
        "credentials.refused",
        _("Intacct refused %(tries)s sign-ins in ten minutes, so we paused further sign-ins"),
        outcome="refused",
    ),
    Action("credentials.replaced", _("The new credentials for %(user)s are in use")),
    Action(
        "credentials.saved",
        _("Saved the credentials for %(user)s at %(company)s"),
        guest_sentence=_("Entered the credentials"),
    ),
    Action(
        "credentials.unlocked",
        _("Reported that the Intacct user %(user)s was unlocked, so its password is tried once more"),
    ),
    Action("handover.address_corrected", _("Corrected the address of %(guest)s and sent a new link")),
    Action("handover.created", _("Handed steps over to %(guest)s")),
    Action(
        "handover.moved",
        _("Requested a new link for another device"),
        guest_sentence=_("Requested a new link for another device"),
    ),
    Action("handover.opened", _("Opened a handover link"), guest_sentence=_("Opened the link")),
    Action("handover.renewed", _("Created a new link for %(guest)s")),
    Action("handover.taken_over", _("Took over the handover to %(guest)s")),
    Action("handover.revoked", _("Revoked the handover to %(guest)s")),
    Action("incident.closed", _("Works again: %(check)s"), tone="good", words=_incident_title),
    Action("incident.opened", _("No longer works: %(check)s"), outcome="failed", words=_incident_title),
    Action("level.chosen", _("Chose the level: %(level)s %(entity)s"), words=_level),
    Action("profile.approval_undone", _("Undid the approval of the profile of %(legal_entity)s"), tone="bad"),
    Action("profile.approved", _("Approved the profile of %(legal_entity)s"), tone="good"),
    Action("profile.claimed", _("Claimed the request for %(legal_entity)s")),
    Action("profile.declined", _("Declined the request for %(legal_entity)s: %(reason)s"), tone="bad"),
    Action(
        "profile.expired",
        _("Ended the profile of %(legal_entity)s, because its connection was disconnected for too long"),
    ),
    Action("profile.information_asked", _("Asked a question about %(legal_entity)s")),
    Action("profile.information_given", _("Answered a question about %(legal_entity)s")),
    Action("profile.released", _("Released the request for %(legal_entity)s")),
    Action("profile.requested", _("Requested a profile for %(legal_entity)s")),
    Action("profile.replaced", _("Replaced the profile of %(legal_entity)s by one for another level")),
    Action("profile.revoked", _("Revoked the profile of %(legal_entity)s: %(reason)s"), tone="bad"),
    Action("profile.withdrawn", _("Withdrew the request for %(legal_entity)s")),
    Action(
        "stage.attested",
        _("Marked %(stage)s as done"),
        guest_sentence=_("Marked %(stage)s as done"),
        words=_stage_and_task,
    ),
    Action("stage.reopened", _("Intacct reported a problem, so %(stage)s was reopened"), words=_stage_and_task),
    Action(
        "task.ticked",
        _("Marked a task of %(stage)s as done"),
        guest_sentence=_("Marked “%(task)s” in %(stage)s as done"),
        words=_stage_and_task,
    ),
    Action(
        "task.unticked",
        _("Marked a task of %(stage)s as not done"),
        guest_sentence=_("Marked “%(task)s” in %(stage)s as not done"),
        words=_stage_and_task,
    ),
    Action("test_bill.deleted", _("The test bill %(number)s is no longer in Intacct")),
    Action("test_bill.looked_for", _("Looked for the test bill %(number)s in Intacct again")),
    Action("test_bill.not_stored", _("Intacct did not store the link of the test bill %(number)s"), outcome="failed"),
    Action("test_bill.opened", _("Someone opened the link of the test bill %(number)s in %(browser)s"), tone="good"),
    Action(
        "test_bill.outdated",
        _("The role or the field changed in Intacct, so the test bill %(number)s no longer verifies it"),
        tone="bad",
    ),
    Action("test_bill.refused", _("The test bill %(number)s was not created"), outcome="failed"),
    Action("test_bill.requested", _("Sent the test bill %(number)s to Intacct")),
    Action(
        "test_bill.shown_as_text",
        _("Someone reported that Intacct shows the link of the test bill %(number)s as plain text"),
        tone="bad",
    ),
    Action("test_bill.state_changed", _("Intacct reports the test bill %(number)s as %(state)s")),
    Action("test_bill.stored", _("Intacct created the test bill %(number)s and stored its link"), tone="good"),
    Action(
        "test_bill.unsettled", _("We could not find out whether Intacct has the test bill %(number)s"), outcome="failed"
    ),
    Action("verification.finished", _("Verification finished: %(result)s"), words=_check_result),
    Action("verification.given_up", _("Verification failed because of an error on our side"), outcome="failed"),
    Action("verification.requested", _("Started a verification"), guest_sentence=_("Started a verification")),
)
SUBJECTS = {
    "answers": _("Pre-checks"),
    "check": _("Confirmations"),
    "connection": _("Connection"),
    "credentials": _("Credentials"),
    "handover": _("Handovers"),
    "incident": _("Incidents"),
    "level": _("Level"),
    "profile": _("API Sync Profile"),
    "stage": _("Steps"),
    "task": _("Tasks"),
    "test_bill": _("Test bills"),
    "verification": _("Checks"),
}
