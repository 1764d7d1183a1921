"""Describe every cause: what happened, who must act and what to do, and find the description of an error.

The texts are English message IDs for `%`-formatting with the values of `facts`.
"""

import re

from intacct import errors as e
from intacct.catalogue import ROLE_NAME
from intacct.diagnosis import Diagnosis, Place, Who
from intacct.i18n import gettext_noop as _

ASK_BEANWORKS = _("Write to %(support_email)s and quote the code of this problem. Everything you entered is saved.")
WAIT = _("You don’t need to do anything. Everything you entered is saved.")
CHECK_AGAIN = _("Then check again in Beanworks Connect.")

COMPANY = Place(("Company", "Setup", "Company"), ("Company", "Company Info"))
SECURITY = Place((*COMPANY.path, "Edit", "Security"), (*COMPANY.older_path, "Edit", "Security"))
ENTITIES = Place(("Company", "Entities"))
SUBSCRIPTIONS = Place(("Company", "Admin", "Subscriptions"), ("Company", "Subscriptions"))
USERS = Place(("Company", "Admin", "Web Services users"), ("Company", "Web Services Users"))
USER = Place((*USERS.path, "%(user_id)s", "Edit"), (*USERS.older_path, "%(user_id)s", "Edit"))
USER_SECURITY = Place((*USER.path, "Security"), (*USER.older_path, "Security"))
ASK_FOR_ADDRESSES = _("If none are listed, write to %(support_email)s to get them.")
# Left out while the deployment has not set its addresses.
OUR_ADDRESSES = (("IP addresses", "%(our_addresses)s"),)
ROLES = Place(("Company", "Admin", "Roles"), ("Company", "Roles"))
ROLE_PAGE = Place(
    (*ROLES.path, ROLE_NAME, "Subscriptions", "Permissions"),
    (*ROLES.older_path, ROLE_NAME, "Edit", "View Subscriptions", "Permissions"),
)
MULTI_ENTITY = Place(
    (*SUBSCRIPTIONS.path, "Multi-Entity Management", "Configure"),
    (*SUBSCRIPTIONS.older_path, "Multi-Entity Management", "Configure"),
)
BILLS = Place(("Accounts Payable", "All", "Bills"), ("Accounts Payable", "Bills"))

NAMED_PLACES = {
    "company_path": COMPANY,
    "security_path": SECURITY,
    "entities_path": ENTITIES,
    "subscriptions_path": SUBSCRIPTIONS,
    "multi_entity_path": MULTI_ENTITY,
    "users_path": USERS,
    "bills_path": BILLS,
}
"""Pages in Intacct that texts name in the middle of a sentence, by the name of the value that the text contains."""

TABLE: dict[type[e.IntacctError], Diagnosis] = {
    # Reaching Intacct
    e.ConnectError: Diagnosis(
        "no_connection",
        Who.NO_ONE,
        _("We could not reach Intacct"),
        (
            WAIT,
            _(
                "Check again in a few minutes. If the problem continues, see whether Sage’s status page reports "
                "an outage."
            ),
        ),
        retry_helps=True,
    ),
    e.NoAnswerInTime: Diagnosis(
        "no_answer_in_time",
        Who.NO_ONE,
        _("Intacct did not answer in time"),
        (WAIT, _("Check again in a few minutes. Intacct can be slow for large companies, especially at month-end.")),
        retry_helps=True,
    ),
    e.TlsError: Diagnosis(
        "unproved_identity",
        Who.BEANWORKS,
        _("The server could not prove that it is Intacct, so we sent nothing"),
        (ASK_BEANWORKS,),
    ),
    e.ForbiddenHost: Diagnosis(
        "forbidden_host",
        Who.BEANWORKS,
        _("Intacct named an address that does not belong to Intacct, so we did not use it"),
        (ASK_BEANWORKS,),
    ),
    e.BodyTooLarge: Diagnosis(
        "reply_too_large",
        Who.BEANWORKS,
        _("Intacct’s answer was larger than we accept"),
        (ASK_BEANWORKS,),
    ),
    e.CompanyBusy: Diagnosis(
        "company_busy",
        Who.NO_ONE,
        _("Another check or sync of %(company_id)s is still running"),
        (_("Intacct accepts only a few requests at a time. Check again in a minute."),),
        retry_helps=True,
    ),
    e.UnsendableText: Diagnosis(
        "unsendable_text",
        Who.CUSTOMER_ADMINISTRATOR,
        _("The %(subject)s contains a character that cannot be sent to Intacct"),
        (
            _(
                "Type the value instead of pasting it, then save. The character is invisible and is often copied along "
                "with other text. Nothing was sent."
            ),
        ),
    ),
    e.GatewayBlocked: Diagnosis(
        "blocked_before_intacct",
        Who.INTACCT_ADMINISTRATOR,
        _("Our request was blocked before it reached Intacct"),
        (
            _("If “Enforce IP address filters” is on, add Beanworks’ IP addresses for the user %(user_id)s."),
            ASK_FOR_ADDRESSES,
            _("If it is off, your company is not blocking us. Write to %(support_email)s."),
        ),
        place=SECURITY,
        values=OUR_ADDRESSES,
    ),
    e.UnreadableReply: Diagnosis(
        "unreadable_reply",
        Who.NO_ONE,
        _("We could not read Intacct’s answer, so we used none of it"),
        (WAIT, _("Check again in a few minutes. If it happens again, write to %(support_email)s.")),
        retry_helps=True,
    ),
    e.DamagedReply: Diagnosis(
        "damaged_reply",
        Who.INTACCT_ADMINISTRATOR,
        _("We could not read part of Intacct’s answer: %(said)s"),
        (
            _("In Intacct, open the record that the message names, retype the text of the field, and save."),
            CHECK_AGAIN,
            _("If you cannot find the record, write to %(support_email)s. Everything else was read and saved."),
        ),
    ),
    e.HtmlReply: Diagnosis(
        "web_page_reply",
        Who.SAGE,
        _("Intacct answered with a web page, as it does during an outage"),
        (WAIT, _("Check again in a few minutes. Sage’s status page shows whether Intacct is available.")),
        retry_helps=True,
    ),
    # The gateway
    e.Throttled: Diagnosis(
        "too_many_requests",
        Who.NO_ONE,
        _("Intacct accepts no more requests for this company right now"),
        (
            _(
                "Other integrations may be using your company’s quota, so we slow down automatically. Check "
                "again in a minute."
            ),
            _("If it keeps happening, ask your Sage representative about your Web Services performance tier."),
        ),
        retry_helps=True,
    ),
    e.GatewayUnavailable: Diagnosis(
        "intacct_unavailable",
        Who.SAGE,
        _("Intacct is unavailable or under maintenance"),
        (WAIT, _("Check again later. Sage’s status page shows when Intacct is available again.")),
        retry_helps=True,
    ),
    e.UnknownCompanyOrSender: Diagnosis(
        "unknown_company_or_sender",
        Who.CUSTOMER_ADMINISTRATOR,
        _("Intacct does not know the company ID %(company_id)s"),
        (
            _("Compare it with the Company ID that you enter to sign in to Intacct. Look for a space at the end."),
            _("Use the company’s own ID, not its name and not the ID of a console."),
            _("If you work in a console, open the company itself: %(company_path)s shows its own ID."),
            _(
                "If the ID is right, write to %(support_email)s. Intacct sends the same answer if it does not "
                "know Beanworks."
            ),
        ),
    ),
    e.WrongSender: Diagnosis(
        "wrong_sender_password",
        Who.BEANWORKS,
        _("Intacct did not accept Beanworks’ own credentials"),
        (_("Nothing is wrong on your side. Write to %(support_email)s so that we can fix it."),),
    ),
    e.CompanyExpired: Diagnosis(
        "company_expired",
        Who.SAGE,
        _("The company %(company_id)s is a demo or sandbox company and has expired"),
        (
            _("Ask your Sage representative to extend it, or connect your live company instead."),
            CHECK_AGAIN,
        ),
    ),
    e.CompanyInactive: Diagnosis(
        "company_inactive",
        Who.SAGE,
        _("Intacct reports that the company %(company_id)s is inactive or suspended"),
        (
            _("Sign in to Intacct as an administrator to see whether the company is open."),
            _("If it is not, ask your Sage representative to reactivate it. Nothing needs to change in Beanworks."),
            CHECK_AGAIN,
        ),
    ),
    e.BadRequest: Diagnosis(
        "bad_request",
        Who.BEANWORKS,
        _("Intacct refused our request as invalid. This is our error, not yours"),
        (ASK_BEANWORKS,),
    ),
    # The company
    e.SenderNotAuthorized: Diagnosis(
        "sender_not_authorized",
        Who.INTACCT_ADMINISTRATOR,
        _("%(company_id)s has not authorized Beanworks’ sender ID %(sender_id)s yet"),
        (
            _(
                "Make sure you are at the top level. An authorization added inside an entity does not count. Add "
                "it again."
            ),
            _("Under Web Services authorizations, choose + and enter the values exactly as shown."),
            _("Save the dialog, then save the page. Without the second save, Intacct discards the entry."),
            CHECK_AGAIN,
        ),
        place=SECURITY,
        values=(("Sender ID", "%(sender_id)s"), ("Status", "Active")),
    ),
    e.WebServicesOff: Diagnosis(
        "web_services_off",
        Who.INTACCT_ADMINISTRATOR,
        _("Web Services is not turned on in %(company_id)s"),
        (_("Turn on Web Services and confirm."), CHECK_AGAIN),
        place=SUBSCRIPTIONS,
    ),
    e.SignInRefused: Diagnosis(
        "sign_in_refused",
        Who.CUSTOMER_ADMINISTRATOR,
        _("Intacct did not accept the sign-in of user %(user_id)s in company %(company_id)s"),
        (
            _("Check the company ID, user ID and password. Capital letters and spaces at the end matter."),
            _("Use the password that Intacct emailed when the user was created. If it was reset, use the new one."),
            _(
                "If the email did not arrive, look in the junk folder and check the user’s email address. If "
                "%(security_path)s lists allowed email addresses, the user’s must be one of them."
            ),
            _("Open %(users_path)s → %(user_id)s. Its Status must be Active."),
            _("If you entered an entity, check that it exists and that %(user_id)s has access to it."),
            _(
                "The user must be listed under Web Services users. A user listed only under Users cannot sign in "
                "for Beanworks."
            ),
            _("If your company filters IP addresses, add these addresses for this user: %(our_addresses)s."),
        ),
    ),
    e.UserInactive: Diagnosis(
        "user_inactive",
        Who.INTACCT_ADMINISTRATOR,
        _("The user %(user_id)s is locked out or inactive in Intacct"),
        (
            _("Set Status to Active, and save."),
            _("If the password was reset as well, enter the new one in Beanworks Connect."),
        ),
        place=USER,
        values=(("Status", "Active"),),
    ),
    e.EntityRefused: Diagnosis(
        "entity_refused",
        Who.CUSTOMER_ADMINISTRATOR,
        _("Intacct refused %(user_id)s access to the entity %(entity_id)s"),
        (
            _("Check the entity’s ID in Intacct under %(entities_path)s. To connect the top level, leave it blank."),
            _("Check that %(user_id)s is not restricted to other entities: %(users_path)s."),
        ),
    ),
    e.AddressRefused: Diagnosis(
        "address_refused",
        Who.INTACCT_ADMINISTRATOR,
        _("Intacct refused the IP address that our request came from"),
        (_("Add Beanworks’ IP addresses."), ASK_FOR_ADDRESSES),
        place=USER_SECURITY,
        values=OUR_ADDRESSES,
    ),
    e.NotAWebServicesUser: Diagnosis(
        "not_a_web_services_user",
        Who.INTACCT_ADMINISTRATOR,
        _("Intacct asked for a second sign-in step, which it does only for users who sign in on screen"),
        (
            _("Look for %(user_id)s in this list."),
            _("If it is listed only under Users, create a new user under Web Services users, with the same role."),
            _("In the ERP credentials step, enter the new user ID and the password that Intacct emails."),
        ),
        place=USERS,
    ),
    e.SessionExpired: Diagnosis(
        "session_ended",
        Who.NO_ONE,
        _("Intacct ended our session twice in a row"),
        (WAIT, _("Check again in a minute. If it happens again, write to %(support_email)s.")),
        retry_helps=True,
    ),
    # One function
    e.PermissionDenied: Diagnosis(
        "permission_missing",
        Who.INTACCT_ADMINISTRATOR,
        _("The role of %(user_id)s lacks a permission for %(subject)s"),
        (
            _("Open the role that %(user_id)s has, then its Subscriptions, then Permissions."),
            _("Select the permissions that Beanworks Connect shows as missing, and save."),
            CHECK_AGAIN,
        ),
        place=ROLES,
    ),
    e.NotSubscribed: Diagnosis(
        "not_subscribed",
        Who.INTACCT_ADMINISTRATOR,
        _("Your company does not subscribe to %(subject)s, or it is turned off for %(user_id)s"),
        (
            _("If you do not use this application in Intacct, there is nothing to do. We skip the list."),
            _("If you do, check that it is on."),
        ),
        place=SUBSCRIPTIONS,
    ),
    e.OperationUnsupported: Diagnosis(
        "operation_unsupported",
        Who.BEANWORKS,
        _("Intacct does not offer this for %(subject)s in your company"),
        (ASK_BEANWORKS,),
    ),
    e.ObjectUnknown: Diagnosis(
        "object_unknown",
        Who.INTACCT_ADMINISTRATOR,
        _("Your company has no %(subject)s"),
        (
            _("If you do not use it in Intacct, there is nothing to do. We skip the list."),
            _("If you do, its application may be turned off. Turn it on."),
        ),
        place=SUBSCRIPTIONS,
    ),
    e.LoginUnknown: Diagnosis(
        "login_unknown",
        Who.CUSTOMER_ADMINISTRATOR,
        _("Intacct does not know the user we asked about: “%(said)s”"),
        (
            _("Compare the user ID with the one in this list. Capital letters count."),
            CHECK_AGAIN,
        ),
        place=USERS,
    ),
    e.FieldUnknown: Diagnosis(
        "field_refused",
        Who.BEANWORKS,
        _("Intacct does not let us read the field %(fields)s of %(subject)s"),
        (
            _("This list cannot be read without that field. Nothing is wrong on your side."),
            ASK_BEANWORKS,
        ),
    ),
    e.QueryRefused: Diagnosis(
        "query_refused",
        Who.BEANWORKS,
        _("Intacct refused our query for %(subject)s"),
        (
            _("Often a field we ask for does not exist in your company. Nothing is wrong on your side."),
            ASK_BEANWORKS,
        ),
    ),
    e.RecordRefused: Diagnosis(
        "record_refused",
        Who.CUSTOMER_ADMINISTRATOR,
        _("Intacct refused the record: “%(said)s”"),
        (_("Correct what Intacct names, then send it again."),),
    ),
    e.RolledBack: Diagnosis(
        "rolled_back",
        Who.NO_ONE,
        _("Intacct reversed this because another part of the same request failed"),
        (_("Fix the part that failed. This part will then succeed with it."),),
        retry_helps=True,
    ),
    # Everything else
    e.IntacctError: Diagnosis(
        "unknown",
        Who.BEANWORKS,
        _("Intacct reported an error that we do not know: “%(said)s”"),
        (
            _("Check again. The problem may be temporary."),
            ASK_BEANWORKS,
        ),
        retry_helps=True,
    ),
}

BY_CAUSE = {diagnosis.cause: diagnosis for diagnosis in TABLE.values()}
"""The diagnoses by cause, for a cause that was stored."""

SUBJECT = re.compile(r"(?:objects? of type|object definition|object type)\s+([\w./-]+)", re.IGNORECASE)
VALUE_FOR = re.compile(r"value for <(\w+)>")
VALUES = {"companyid": _("company ID"), "userid": _("user ID"), "password": _("password"), "locationid": _("entity ID")}


def diagnose(error: e.IntacctError) -> Diagnosis:
    """Return the diagnosis for the class of the error, or for the nearest class above it."""
    return next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)


def facts(
    error: e.IntacctError, *, company_id: str = "", user_id: str = "", sender_id: str = "", entity_id: str = ""
) -> dict[str, str]:
    """Return every value that the texts of a diagnosis may name, and the values that support asks for.

    All are plain strings without secrets. Values that are not about the error are missing: `our_addresses`, from
    which our requests come, `support_email`, and the paths of NAMED_PLACES. The code that shows a text must add them.
    """
    return {
        "company_id": company_id,
        "user_id": user_id,
        "sender_id": sender_id,
        "entity_id": entity_id,
        "subject": _subject(error),
        "fields": ", ".join(name for _object, name in error.fields) if isinstance(error, e.FieldUnknown) else "",
        "said": error.said,
        "layer": error.layer,
        "errorno": error.errorno,
        "description": error.description,
        "description2": error.description2,
        "correction": error.correction,
        "additional": error.additional,
        "support_id": error.support_id,
        "control_id": error.control_id,
        "status": str(error.status or ""),
        "at": error.at.isoformat(timespec="seconds"),
    }


def _subject(error: e.IntacctError) -> str:
    """What the error is about: an object, or the name of the value that could not be sent."""
    if isinstance(error, e.UnsendableText) and (value := VALUE_FOR.search(error.said)):
        return VALUES.get(value[1], value[1])
    if isinstance(error, e.FieldUnknown):
        return next((owner.upper() for owner, _name in error.fields if owner), _("this"))
    subject = SUBJECT.search(error.said)
    return subject[1].upper() if subject else _("this")
