"""What a finding means, as texts for the user who must act.

`intacct.diagnoses` has Intacct's refusals, this module has ours.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from core.isolated_text import Sentence
from core.text import storable
from intacct.diagnoses import BY_CAUSE, diagnose
from intacct.diagnoses import CHECK_AGAIN as AGAIN
from intacct.diagnosis import Diagnosis, Who
from intacct.errors import IntacctError
from wizard.help import CODES

RAW = (
    *("layer", "errorno", "description", "description2", "correction", "additional", "support_id", "control_id"),
    *("status", "at"),
    # A warning of Intacct in a reply that succeeded.
    "warning",
    # Where our own code failed: see `core.work`.
    "failure",
)
# The parts of RAW that come from Intacct. The rest, where and when it failed, exists even if the gateway is silent.
FROM_INTACCT = ("errorno", "description", "description2", "correction", "additional", "support_id", "status", "warning")
LONGEST_FACT = 2_000
ADMIN = Who.INTACCT_ADMINISTRATOR
ROLE_PAGE = _("Open Company → Admin → Roles → Beanworks API → Subscriptions (older menu: Company → Roles).")
USER_PAGE = _(
    "Open Company → Admin → Web Services users → %(user_id)s → Edit (older menu: Company → Web Services Users)."
)
FIELDS_PAGE = _("Open Platform Services → Custom Fields (or Customization Services → Custom Fields).")
TICK = _(
    "In the %(module)s row, choose Permissions and select %(rights)s for %(permission)s. Wherever "
    "you select View, also select List."
)
SAVE = _("Save, then check again in Beanworks Connect.")
NEW_FIELD = _(
    "Choose Add and enter: object AP Bill, type URL, label Beanworks, ID %(wanted)s, description %(description)s."
)

OWN = {
    diagnosis.cause: diagnosis
    for diagnosis in (
        Diagnosis(
            "interrupted",
            Who.BEANWORKS,
            _("This failed several times because of an error on our side"),
            (
                _("Beanworks has been notified. Everything that was saved before is still there."),
                _("Try again in a few minutes. If it fails again, write to %(support_email)s."),
            ),
            retry_helps=True,
        ),
        Diagnosis(
            "counts_differ",
            Who.NO_ONE,
            _("Twice, Intacct counted %(counted)s records but sent %(read)s"),
            (
                _("Someone may be changing this list right now. Read it again in a few minutes."),
                _("What was read is saved. Nothing was marked as deleted."),
            ),
            retry_helps=True,
        ),
        Diagnosis(
            "check_failed",
            Who.BEANWORKS,
            _("We could not evaluate Intacct’s answer to this check"),
            (
                _(
                    "This is an error on our side. All other checks were made, and you can continue with the next "
                    "step."
                ),
                _("If the problem continues, write to %(support_email)s."),
            ),
            retry_helps=True,
        ),
        Diagnosis(
            "password_unreadable",
            Who.CUSTOMER_ADMINISTRATOR,
            _("The saved password of %(user_id)s can no longer be decrypted"),
            (
                _(
                    "Enter the password again in the ERP credentials step. If you no longer have it, reset it in "
                    "Intacct first."
                ),
                _("Nothing was sent to Intacct. Lists, profiles and schedules were not changed."),
            ),
        ),
        Diagnosis(
            "right_missing",
            ADMIN,
            _("A permission for %(permission)s in %(module)s is missing"),
            (ROLE_PAGE, TICK, SAVE),
        ),
        Diagnosis(
            "subscriptions_unread",
            ADMIN,
            _("Beanworks can’t read %(permission)s in %(module)s"),
            (
                ROLE_PAGE,
                TICK,
                _("If they are already selected, the user’s Admin Privileges must be Limited, not Off."),
                SAVE,
            ),
        ),
        Diagnosis(
            "right_unproved",
            Who.NO_ONE,
            _("We can’t check %(rights)s for %(permission)s without writing to Intacct"),
            (
                ROLE_PAGE,
                _(
                    "In the %(module)s row, open Permissions and confirm the selection: %(rights)s for "
"%(permission)s."
                ),
                _("To let us check it, select Permissions for Users under Administration. Then check again."),
            ),
        ),
        Diagnosis(
            "role_ineffective",
            ADMIN,
            _("The sign-in works, but Intacct refuses every list"),
            (
                USER_PAGE,
                _("Role Information must list Beanworks API. Add it if it is missing."),
                _("User Type must be Business. With any other type, permissions have no effect."),
                _(
                    "If your company uses user-based permissions, there are no roles. Select the permissions on the "
                    "user itself."
                ),
                SAVE,
            ),
        ),
        Diagnosis(
            "role_unassigned",
            ADMIN,
            _("The user %(user_id)s does not have the role Beanworks API"),
            (USER_PAGE, _("Under Role Information, add Beanworks API."), SAVE),
        ),
        Diagnosis(
            "not_reported",
            Who.NO_ONE,
            _("The Beanworks user can’t read this setting, so please check it yourself"),
            (USER_PAGE, _("It should say: %(expected)s.")),
        ),
        Diagnosis(
            "user_type_wrong",
            ADMIN,
            _("The user’s type is “%(found)s”, not Business"),
            (USER_PAGE, _("Set User Type to Business."), SAVE),
        ),
        Diagnosis(
            "admin_privileges_wrong",
            ADMIN,
            _("The user’s admin privileges are “%(found)s”, not Limited"),
            (USER_PAGE, _("Set Admin Privileges to Limited."), SAVE),
        ),
        Diagnosis(
            "admin_privileges_full",
            Who.NO_ONE,
            _("The user’s admin privileges are Full, which is more than Beanworks needs"),
            (USER_PAGE, _("This works. You can set Admin Privileges to Limited if you prefer.")),
        ),
        Diagnosis(
            "user_kind_regular",
            ADMIN,
            _("The user %(user_id)s is not a Web Services user: it can also sign in on screen"),
            (
                _("It works now, but stops when its password expires or when 2-step verification applies to it."),
                _("Create a user under Company → Admin → Web Services users, with the same role."),
                _(
                    "Then enter its user ID and password in the ERP credentials step. Syncs use the old user until "
                    "the new one works."
                ),
            ),
        ),
        Diagnosis(
            "entities_hidden",
            ADMIN,
            _("Your company has several entities, but Intacct lists %(count)s for the user %(user_id)s"),
            (
                _(
                    "Open Company → Admin → Subscriptions → Multi-Entity Management → Configure. “Restrict access to "
                    "top level only” hides entities from Web Services: clear it if you want to choose an entity."
                ),
                _(
                    "Or give the user access to the other entities: add them under Entities on the user’s page in "
                    "Intacct."
                ),
                _("If all bills belong to the top level, nothing needs to change."),
                AGAIN,
            ),
        ),
        Diagnosis(
            "field_missing",
            ADMIN,
            _("Bills have no field with the ID %(wanted)s"),
            (FIELDS_PAGE, NEW_FIELD, AGAIN),
        ),
        Diagnosis(
            "field_elsewhere",
            ADMIN,
            _("The field %(wanted)s is on %(found)s; it must be on AP Bill"),
            (FIELDS_PAGE, NEW_FIELD, _("Delete the field on %(found)s. A field cannot be moved."), AGAIN),
        ),
        Diagnosis(
            "field_id_wrong",
            ADMIN,
            _("The field’s ID is %(found)s; it must be %(wanted)s"),
            (
                FIELDS_PAGE,
                _("A field’s ID cannot be changed. Delete %(found)s to avoid confusion with the new field."),
                NEW_FIELD,
                AGAIN,
            ),
        ),
        Diagnosis(
            "field_text_wrong",
            ADMIN,
            _("The field’s %(part)s is “%(found)s”; it must be “%(wanted)s”"),
            (FIELDS_PAGE, _("Choose Edit beside BEANWORKS, correct the %(part)s, then choose Done."), AGAIN),
        ),
        Diagnosis(
            "field_type_wrong",
            ADMIN,
            _("The field is of type %(found)s, not URL"),
            (FIELDS_PAGE, _("A field’s type cannot be changed. Delete the field %(wanted)s."), NEW_FIELD, AGAIN),
        ),
        Diagnosis(
            "field_type_untold",
            Who.NO_ONE,
            _("Intacct does not report whether the field is a URL or plain text"),
            (
                FIELDS_PAGE,
                _("The data type of the field Beanworks must be URL. A plain text field has no link to click."),
            ),
        ),
        Diagnosis(
            "entity_unknown",
            Who.CUSTOMER_ADMINISTRATOR,
            _("The Beanworks user has no access to the entity %(entity_id)s"),
            (
                _("Choose another entity, or the top level."),
                _("Or give the user access: add %(entity_id)s under Entities on the user’s page in Intacct."),
                AGAIN,
            ),
        ),
        Diagnosis(
            "kept_to_entity",
            Who.CUSTOMER_ADMINISTRATOR,
            _("The Beanworks user is restricted to the entity %(found)s and cannot see the top level"),
            (
                _("If your bills belong to %(found)s, choose this entity in the ERP credentials step."),
                _("If not, give the user access to the top level: see Entities on the user’s page in Intacct."),
                AGAIN,
            ),
        ),
        Diagnosis(
            "formatting_unusual",
            ADMIN,
            _("The Beanworks user’s date format is %(found)s, so we can’t ask Intacct for recent changes"),
            (
                _("Syncs work, but each partial sync has to compare every list in full."),
                _("For faster syncs, set the user’s date format to month/day/year and its clock to 24 hours."),
                AGAIN,
            ),
        ),
        Diagnosis(
            "schedule_zone_unknown",
            Who.CUSTOMER_ADMINISTRATOR,
            _("A schedule of %(legal_entity)s is paused: its time zone %(zone)s no longer exists"),
            (_("Open the schedules of %(legal_entity)s, choose Change, and select another time zone."),),
        ),
        Diagnosis(
            "schedule_failed",
            Who.BEANWORKS,
            _("A schedule of %(legal_entity)s is paused: we could not start its sync"),
            (
                _(
                    "Beanworks has been notified and is looking for the cause. Until it is fixed, start syncs "
                    "yourself."
                ),
                _("After Beanworks has fixed it, open the schedules and choose Resume."),
            ),
        ),
        Diagnosis(
            "monitoring_failed",
            Who.BEANWORKS,
            _("The daily check of this connection could not be started"),
            (_("You don’t need to do anything. Beanworks has been notified, and we retry every day."),),
        ),
        Diagnosis(
            "records_set_aside",
            ADMIN,
            _("Some records of %(legal_entity)s cannot be stored: %(records)s"),
            (
                _("Open the latest sync. It lists each record with its number and the reason."),
                _("Correct these records in Intacct. The next sync reads them again."),
            ),
        ),
        Diagnosis(
            "deletions_held",
            Who.CUSTOMER_ADMINISTRATOR,
            _("%(count)s of %(total)s records in %(subject)s of %(legal_entity)s are missing or inactive in Intacct"),
            (
                _("Open the list and confirm or reject. Until then, these records stay as they are."),
                _(
                    "If they still exist, check the permissions and the entity restrictions of the Beanworks user. "
                    "Records that it cannot see look like deleted ones."
                ),
            ),
        ),
        Diagnosis(
            "not_used", Who.NO_ONE, _("Your company does not use this, so nothing is needed"), ()
        ),
    )
}  # fmt: skip

# Causes that pass without action. A gateway that does not work says nothing about the company.
PASSING = {diagnosis.cause for diagnosis in (*OWN.values(), *BY_CAUSE.values()) if diagnosis.retry_helps} - {"unknown"}
# Causes that say nothing about the company, or not yet: an unknown refusal may pass as well.
TEMPORARY = PASSING | {"unknown"}


class OwnError(IntacctError):
    """An error of a check or sync that is not a refusal of Intacct. `cause` is a key of `OWN`."""

    cause: ClassVar[str]


@dataclass(frozen=True)
class Explanation:
    """A finding as texts. Users quote `code`, and look it up under /help/."""

    headline: str
    code: str = ""
    steps: list[str] = field(default_factory=list)
    who: Who = Who.NO_ONE
    retry_helps: bool = True
    raw: dict[str, str] = field(default_factory=dict)

    @property
    def raw_text(self) -> str:
        """Intacct's own words, for support."""
        return "\n".join(f"{name}: {text}" for name, text in self.raw.items())

    @property
    def is_sent(self) -> bool:
        """Whether any part of `raw` came from Intacct."""
        return any(name in self.raw for name in FROM_INTACCT)


class Troubled(Protocol):
    @property
    def cause(self) -> str: ...
    @property
    def facts(self) -> dict[str, Any]: ...


def cause_of(error: IntacctError) -> str:
    return error.cause if isinstance(error, OwnError) else diagnose(error).cause


def storable_facts(facts: dict[str, Any]) -> dict[str, Any]:
    """Return facts without characters that PostgreSQL refuses, and with texts cut to what a page can show."""
    return {name: storable(value)[:LONGEST_FACT] if isinstance(value, str) else value for name, value in facts.items()}


def diagnosis_of(cause: str) -> Diagnosis:
    return OWN.get(cause) or BY_CAUSE.get(cause) or BY_CAUSE["unknown"]


def explain(troubled: Troubled) -> Explanation:
    """Explain a finding or incident in the current language, with its own facts filled in.

    Never fails for a stored row: it shows what it can of causes and facts that no code writes any more.
    """
    known = diagnosis_of(troubled.cause)
    stored = troubled.facts if isinstance(troubled.facts, dict) else {}
    facts = defaultdict(
        str, _translate_facts(stored), our_addresses=our_addresses(), support_email=settings.SUPPORT_EMAIL
    )

    return Explanation(
        headline=Sentence(gettext(known.headline), facts),
        code=CODES.get(known.cause, ""),
        steps=[Sentence(gettext(step), facts) for step in known.steps],
        who=known.who,
        retry_helps=known.retry_helps or troubled.cause in OWN,
        raw={name: str(stored[name]) for name in RAW if stored.get(name)},
    )


def _text(value: Any) -> str:
    return str(number_format(value, force_grouping=True)) if type(value) is int else str(value)


def our_addresses() -> str:
    """The addresses that a customer with an IP filter has to allow."""
    words = gettext("Beanworks’ addresses (ask %(support_email)s for them)")
    return ", ".join(settings.OUTGOING_ADDRESSES) or words % {"support_email": settings.SUPPORT_EMAIL}


def _translate_facts(facts: dict[str, Any]) -> dict[str, str]:
    """Facts as texts. Translates words of ours, keeps names from Intacct, and formats integers, which are counts."""
    texts = {name: _text(value) for name, value in facts.items() if value or type(value) is int}
    return {name: gettext(text) if name in ("part", "module", "subject") else text for name, text in texts.items()}
