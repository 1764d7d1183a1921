"""Find the diagnosis of a refused bill: the first row of a table whose words occur in Intacct's texts.

Sage documents neither numbers nor words of these refusals. The words are those that companies and other clients of the
API report, written so that a variant matches too. A text that no row knows is shown as Intacct sent it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from intacct import errors as e
from intacct.catalogue import CUSTOM_FIELD
from intacct.diagnoses import ROLE_PAGE, TABLE, diagnose
from intacct.diagnosis import Diagnosis, Place, Who
from intacct.i18n import gettext_noop as _

CHOOSE = _("Choose another one, then send the test bill again. What you chose is still there.")
AGAIN = _("Then send the test bill again. What you chose is still there.")
PAYABLE = Place(("Accounts Payable", "Setup", "Configuration"), ("Accounts Payable", "Configure Accounts Payable"))
PERIODS = Place(("General Ledger", "All", "Books", "Open"), ("General Ledger", "Open Books"))
VENDORS = Place(("Accounts Payable", "All", "Vendors"), ("Accounts Payable", "Vendors"))
REQUIRED = r"(?:required|missing|must (?:be )?(?:specif|select|provid|enter|have)|mandatory|is blank)"
DIMENSION = (
    r"\b(?:(?:department|location|class|project|customer|employee|item|contract|warehouse|task|cost ?type)(?:e?s|id)?"
    r"|GLDIM\w+)\b"
)
DIMENSIONS = rf"{DIMENSION}(?:(?:,? and |, ?){DIMENSION})*"


@dataclass(frozen=True)
class Refusal:
    """Map words of Intacct's texts to a diagnosis. Words are a regular expression that ignores case.

    Its groups, if it has any, are what a text names.
    """

    words: str
    diagnosis: Diagnosis


def _by_customer(cause: str, headline: str, *steps: str) -> Diagnosis:
    return Diagnosis(cause, Who.CUSTOMER_ADMINISTRATOR, headline, steps)


ADD_MISSING = Diagnosis(
    "bill_add_missing",
    Who.INTACCT_ADMINISTRATOR,
    _("The role of %(user_id)s may not add bills"),
    (
        _("In the row of Accounts Payable, choose Permissions. Select List, View and Add for Bills, and save."),
        AGAIN,
    ),
    place=ROLE_PAGE,
    values=(("Accounts Payable: Bills", "List, View, Add"),),
)
FIELD_REFUSED = Diagnosis(
    "bill_field_refused",
    Who.INTACCT_ADMINISTRATOR,
    _("Bills have no field %(wanted)s, so Intacct refused the link"),
    (
        _("Open the step Custom field. Check again there to see whether the field is missing or on another object."),
        AGAIN,
    ),
)
DIMENSION_REQUIRED = _by_customer(
    "bill_dimension_required",
    _("Intacct requires this on bills: %(field)s"),
    _("Choose a value for it, then send the test bill again. What you chose is still there."),
    _("If the form does not offer it, sync its list first, or choose an account that does not require it."),
)
REFUSALS = (
    Refusal(
        rf"\b{CUSTOM_FIELD.id}\b(?!-).*(not|invalid|unknown|unrecogni|unexpected)|(not|invalid|unknown|unrecogni|unexpected)"
        rf"[^\n]*\b{CUSTOM_FIELD.id}\b(?!-)",
        FIELD_REFUSED,
    ),
    Refusal(
        r"on hold|holdpayment|onhold",
        _by_customer("bill_vendor_on_hold", _("The vendor is on hold in Intacct"), CHOOSE),
    ),
    Refusal(
        r"(top[- ]level|root)[^\n]*vendor|vendor[^\n]*(top[- ]level|root|(different|another|other|this) entity)",
        _by_customer(
            "bill_vendor_of_top_level",
            _("Intacct does not accept this vendor in this entity"),
            _("Some vendors can be used only at the top level or in their own entity."),
            CHOOSE,
        ),
    ),
    Refusal(
        r"vendor[^\n]*(inactive|not active|not valid)|(inactive|activate|invalid)[^\n]*vendor",
        _by_customer("bill_vendor_inactive", _("The vendor is inactive in Intacct, or no longer exists"), CHOOSE),
    ),
    Refusal(
        r"account[^\n]*(inactive|not active|not valid)|(inactive|activate|invalid)[^\n]*account",
        _by_customer("bill_account_inactive", _("The account is inactive in Intacct, or not valid for bills"), CHOOSE),
    ),
    # Before the words of other rules, because companies name dimensions as they like, such as "Approved by".
    Refusal(r"missing the (?P<named>\S[^\n]*?) dimension", DIMENSION_REQUIRED),
    Refusal(
        r"(period|books?|date|month|entity)\b[^\n]*\b(closed|not open)|(closed|locked) (period|books?|month)",
        Diagnosis(
            "bill_period_closed",
            Who.INTACCT_ADMINISTRATOR,
            _("The accounting period of the bill’s date is closed in Intacct"),
            (_("Choose a date in an open period, or open the period."), AGAIN),
            place=PERIODS,
        ),
    ),
    Refusal(
        r"sequenc|(bill|document|invoice)? ?number[^\n]*(automatic|not allowed|cannot be (entered|specified|set))",
        Diagnosis(
            "bill_number_not_allowed",
            Who.INTACCT_ADMINISTRATOR,
            _("Intacct numbers bills itself and does not accept ours"),
            (
                _("Beanworks sends the vendor’s invoice number as the bill number."),
                _("Open the numbering of bills. Remove the document sequence for bills, or let users enter numbers."),
                AGAIN,
            ),
            place=PAYABLE,
        ),
    ),
    Refusal(
        r"approv",
        Diagnosis(
            "bill_approval_required",
            Who.INTACCT_ADMINISTRATOR,
            _("The approval rules for bills in Intacct do not accept this bill"),
            (_("Open the approval rules for bills. The Beanworks user must be able to save a draft."), AGAIN),
            place=PAYABLE,
        ),
    ),
    Refusal(
        r"currenc|exchange ?rate",
        _by_customer(
            "bill_currency_refused",
            _("Intacct does not accept the bill’s currency"),
            _("Choose the vendor’s currency, or the base currency."),
            AGAIN,
        ),
    ),
    Refusal(
        r"amount[^\n]*(minimum|maximum|least|less|greater|exceed|limit|invalid|zero|not allowed|allocat)",
        Diagnosis(
            "bill_amount_refused",
            Who.INTACCT_ADMINISTRATOR,
            _("A rule in Intacct does not accept the amount 0.01"),
            (_("Turn off the rule for a moment, or exempt the Beanworks user."), AGAIN),
        ),
    ),
    Refusal(
        rf"(?P<field>{DIMENSIONS})[^\n]*{REQUIRED}|{REQUIRED}[^\n]*?(?P<other>{DIMENSIONS})",
        DIMENSION_REQUIRED,
    ),
    Refusal(
        r"another .*already exists|already exists|duplicate",
        _by_customer(
            "bill_number_used",
            _("A bill with this number exists in Intacct already"),
            _("Send the test bill again. It gets the next number."),
        ),
    ),
)
DIAGNOSES = (ADD_MISSING, *dict.fromkeys(refusal.diagnosis for refusal in REFUSALS))
ABOUT_THE_RECORD = (e.RecordRefused, e.QueryRefused, e.UnknownError)


def diagnose_bill(error: e.IntacctError) -> tuple[str, dict[str, str]]:
    """Return the cause of a refused bill and the facts that only this table knows, by the words of the refusal."""
    if error.layer not in ("control", "result"):
        return diagnose(error).cause, {}
    if isinstance(error, e.PermissionDenied):
        return ADD_MISSING.cause, {}
    words = "\n".join([error.errorno, *error.texts])
    for refusal in REFUSALS:
        if re.search(refusal.words, words, re.IGNORECASE):
            return refusal.diagnosis.cause, {"wanted": CUSTOM_FIELD.id, **_named_fields(refusal.diagnosis, words)}
    known = TABLE[e.RecordRefused] if isinstance(error, ABOUT_THE_RECORD) else diagnose(error)
    return known.cause, {}


def _named_fields(diagnosis: Diagnosis, words: str) -> dict[str, str]:
    """Return what the texts name, once each: Intacct reports every missing dimension in a text of its own."""
    rows = [refusal.words for refusal in REFUSALS if refusal.diagnosis is diagnosis]
    named = [_named_field(rows, line) for line in words.splitlines()]
    names = ", ".join(dict.fromkeys(filter(None, named)))
    return {"field": names} if names else {}


def _named_field(rows: Sequence[str], line: str) -> str:
    match = next(filter(None, (re.search(row, line, re.IGNORECASE) for row in rows)), None)
    return next(filter(None, match.groupdict().values()), "") if match else ""
