"""What happens to connections, handovers and sync profiles, for the audit log."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.actions import Action, Facts
from wizard.help import TOPICS
from wizard.models import Connection
from wizard.stages import STAGE


def _stage_and_task(facts: Facts) -> Facts:
    """Return the stage's title and the task's text. A stage or task that no longer exists is shown as it was stored."""
    stage = STAGE.get(facts["stage"])
    if stage is None:
        return {}
    texts = {task.slug: task.text for task in stage.tasks}
    return {"stage": stage.title, "task": texts.get(facts["task"], facts["task"])}


def _level(facts: Facts) -> Facts:
    """Return the level's label. Old events name levels that the form no longer offers."""
    return {"level": dict(Connection.Level.choices).get(facts["level"], facts["level"])}


def _incident_title(facts: Facts) -> Facts:
    """Return the incident in words, with the check's own name, which says which permission or list it is."""
    check = facts["check"]
    title = next((gettext(topic.title) for topic in TOPICS if topic.cause == facts["cause"]), "")
    return {"check": f"{title} ({check})" if title else check}


ACTIONS = (
    Action("answers.saved", _("Answered the questions of Pre-checks")),
    Action("connection.started", _("Started the connection")),
    Action("credentials.entered", _("Entered new credentials of %(user)s; they are proved before they are used")),
    Action(
        "credentials.kept", _("Intacct refused the new credentials of %(user)s; the old ones stay in use"), tone="bad"
    ),
    Action(
        "credentials.refused",
        _("Intacct refused %(tries)s sign-ins in ten minutes, so no other is tried for now"),
        tone="bad",
    ),
    Action("credentials.replaced", _("The new credentials of %(user)s are in use")),
    Action(
        "credentials.saved",
        _("Saved the credentials of %(user)s at %(company)s"),
        guest_sentence=_("Entered the credentials"),
    ),
    Action(
        "credentials.unlocked",
        _("Said that the Intacct user %(user)s was unlocked, so its password is tried once more"),
    ),
    Action("handover.made", _("Handed steps over to %(guest)s")),
    Action("handover.opened", _("Opened the link of a handover"), guest_sentence=_("Opened the link")),
    Action("handover.renewed", _("Made a new link for %(guest)s")),
    Action("handover.taken_over", _("Took over the handover to %(guest)s")),
    Action("handover.revoked", _("Ended the handover to %(guest)s")),
    Action("incident.closed", _("Works again: %(check)s"), tone="good", words=_incident_title),
    Action("incident.opened", _("No longer works: %(check)s"), tone="bad", words=_incident_title),
    Action("level.chosen", _("Chose the level: %(level)s %(entity)s"), words=_level),
    Action("profile.approved", _("Approved the profile of %(legal_entity)s"), tone="good"),
    Action("profile.claimed", _("Claimed the request for %(legal_entity)s")),
    Action("profile.declined", _("Declined the request for %(legal_entity)s: %(reason)s"), tone="bad"),
    Action("profile.information_asked", _("Asked for information about %(legal_entity)s")),
    Action("profile.information_given", _("Gave information about %(legal_entity)s")),
    Action("profile.released", _("Handed back the request for %(legal_entity)s")),
    Action("profile.requested", _("Requested a profile for %(legal_entity)s")),
    Action("profile.withdrawn", _("Withdrew the request for %(legal_entity)s")),
    Action(
        "stage.attested",
        _("Said that %(stage)s is done"),
        guest_sentence=_("Marked %(stage)s as done"),
        words=_stage_and_task,
    ),
    Action("stage.reopened", _("Intacct contradicts: %(stage)s is open again"), words=_stage_and_task),
    Action(
        "task.ticked",
        _("Ticked a task of %(stage)s"),
        guest_sentence=_("Ticked “%(task)s” in %(stage)s"),
        words=_stage_and_task,
    ),
    Action(
        "task.unticked",
        _("Took back the tick of a task of %(stage)s"),
        guest_sentence=_("Took back the tick of “%(task)s” in %(stage)s"),
        words=_stage_and_task,
    ),
    Action("verification.finished", _("Intacct was asked; every answer is in")),
    Action("verification.given_up", _("Checking failed because of a fault on our side")),
    Action("verification.requested", _("Had the connection checked"), guest_sentence=_("Had Intacct asked")),
)
SUBJECTS = {
    "answers": _("Pre-checks"),
    "connection": _("Connection"),
    "credentials": _("Credentials"),
    "handover": _("Handovers"),
    "incident": _("What broke and works again"),
    "level": _("Level"),
    "profile": _("API Sync Profile"),
    "stage": _("Steps"),
    "task": _("Tasks"),
    "verification": _("Checks"),
}
