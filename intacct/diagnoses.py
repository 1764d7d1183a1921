"""Describe every cause: what happened, who must act and what to do. `diagnosis` finds the entry for an error.

The texts are English message IDs for `%`-formatting with the values of `diagnosis.facts`.
"""

from dataclasses import dataclass
from enum import Enum

from intacct import errors as e
from intacct.i18n import gettext_noop as _


class Who(Enum):
    """Name who must act."""

    CUSTOMER_ADMINISTRATOR = "customer_administrator"
    INTACCT_ADMINISTRATOR = "intacct_administrator"
    BEANWORKS = "beanworks"
    SAGE = "sage"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Diagnosis:
    """Describe one cause for users.

    cause: its short name, which is stored. steps: what to do, in the order to try.
    retry_helps: the same request may succeed later, although nothing has changed.
    """

    cause: str
    who: Who
    headline: str
    steps: tuple[str, ...]
    retry_helps: bool = False


ASK_BEANWORKS = _("Write to help@beanworks.com and quote the code of this problem. Everything you entered is saved.")
WAIT = _("You do not have to do anything: everything you entered is saved.")
CHECK_AGAIN = _("Then check again in Beanworks Connect.")

TABLE: dict[type[e.IntacctError], Diagnosis] = {
    # Reaching Intacct
    e.ConnectError: Diagnosis(
        "no-connection",
        Who.NOBODY,
        _("We could not reach Intacct"),
        (WAIT, _("Check again in a few minutes. If it lasts, Sage’s status page tells whether Intacct is up.")),
        retry_helps=True,
    ),
    e.NoAnswerInTime: Diagnosis(
        "no-answer-in-time",
        Who.NOBODY,
        _("Intacct did not answer in time"),
        (WAIT, _("Check again in a few minutes. Large companies answer slowly at the end of a month.")),
        retry_helps=True,
    ),
    e.TlsError: Diagnosis(
        "unproved-identity",
        Who.BEANWORKS,
        _("The other side could not prove that it is Intacct, so we sent nothing"),
        (ASK_BEANWORKS,),
    ),
    e.ForbiddenHost: Diagnosis(
        "forbidden-host",
        Who.BEANWORKS,
        _("Intacct sent us to an address that is not Intacct’s, so we did not go there"),
        (ASK_BEANWORKS,),
    ),
    e.BodyTooLarge: Diagnosis(
        "reply-too-large",
        Who.BEANWORKS,
        _("Intacct’s answer was larger than we accept"),
        (ASK_BEANWORKS,),
    ),
    e.CompanyBusy: Diagnosis(
        "company-busy",
        Who.NOBODY,
        _("Other work with %(company_id)s is still under way"),
        (_("Intacct lets us ask only a few things at a time. Check again in a minute."),),
        retry_helps=True,
    ),
    e.UnsendableText: Diagnosis(
        "unsendable-text",
        Who.CUSTOMER_ADMINISTRATOR,
        _("The %(subject)s contains a character that cannot be sent to Intacct"),
        (
            _("Nothing was sent. Such a character is invisible and often comes along when text is copied."),
            _("Type the value by hand instead of pasting it, and save."),
        ),
    ),
    e.GatewayBlocked: Diagnosis(
        "blocked-before-intacct",
        Who.INTACCT_ADMINISTRATOR,
        _("We were turned away before we reached Intacct’s sign-in"),
        (
            _("In Intacct, open Company → Setup → Company → Security (older menu: Company → Company Info → Security)."),
            _("If “Enforce IP address filters” is on, add these for the user %(user_id)s: %(our_addresses)s."),
            _("If it is off, write to help@beanworks.com: the block is then not in your company."),
        ),
    ),
    e.UnreadableReply: Diagnosis(
        "unreadable-reply",
        Who.NOBODY,
        _("Intacct’s answer could not be read, so we do not trust any of it"),
        (WAIT, _("Check again in a few minutes. If it happens again, write to help@beanworks.com.")),
        retry_helps=True,
    ),
    e.DamagedReply: Diagnosis(
        "damaged-reply",
        Who.INTACCT_ADMINISTRATOR,
        _("Part of what Intacct sent cannot be read: %(said)s"),
        (
            _("Open the record that the message names in Intacct, type the text of its field again by hand, and save."),
            CHECK_AGAIN,
            _("If you cannot find it, write to help@beanworks.com. Everything else was read and saved."),
        ),
    ),
    e.HtmlReply: Diagnosis(
        "web-page-reply",
        Who.SAGE,
        _("Intacct answered with a web page, as it does when it is out of order"),
        (WAIT, _("Check again in a few minutes; Sage’s status page tells whether Intacct is up.")),
        retry_helps=True,
    ),
    # The gateway
    e.Throttled: Diagnosis(
        "too-many-requests",
        Who.NOBODY,
        _("Intacct is taking no more requests for this company at the moment"),
        (
            _("Other programs may be using your company’s share. Check again in a minute: we slow down by ourselves."),
            _("If it keeps happening, ask your Sage representative about your Web Services performance tier."),
        ),
        retry_helps=True,
    ),
    e.GatewayUnavailable: Diagnosis(
        "intacct-unavailable",
        Who.SAGE,
        _("Intacct is out of order or under maintenance"),
        (WAIT, _("Check again later; Sage’s status page tells when Intacct is back.")),
        retry_helps=True,
    ),
    e.UnknownCompanyOrSender: Diagnosis(
        "unknown-company-or-sender",
        Who.CUSTOMER_ADMINISTRATOR,
        _("Intacct does not know the company ID %(company_id)s"),
        (
            _("Compare it with the Company ID you type to sign in to Intacct. A blank at the end counts."),
            _("Use the ID, not the company’s name, and not the ID of a console."),
            _("If you work in a console, open the company itself: Company → Setup → Company shows its own ID."),
            _("If it is right, write to help@beanworks.com: Intacct gives the same answer when it does not know us."),
        ),
    ),
    e.WrongSender: Diagnosis(
        "wrong-sender-password",
        Who.BEANWORKS,
        _("Intacct did not accept Beanworks’ own credentials"),
        (_("Nothing is wrong on your side. Please write to help@beanworks.com so that we can put it right."),),
    ),
    e.CompanyExpired: Diagnosis(
        "company-expired",
        Who.SAGE,
        _("The company %(company_id)s is a demo or sandbox company and has expired"),
        (
            _("Ask your Sage representative to extend it, or connect your live company instead."),
            CHECK_AGAIN,
        ),
    ),
    e.CompanyInactive: Diagnosis(
        "company-inactive",
        Who.SAGE,
        _("Intacct reports that the company %(company_id)s is inactive or suspended"),
        (
            _("Sign in to Intacct as an administrator to see whether the company is open."),
            _("If it is not, ask your Sage representative to reactivate it. Nothing needs to change in Beanworks."),
            CHECK_AGAIN,
        ),
    ),
    e.BadRequest: Diagnosis(
        "bad-request",
        Who.BEANWORKS,
        _("Intacct refused the form of our request. This is our mistake, not yours"),
        (ASK_BEANWORKS,),
    ),
    # The company
    e.SenderNotAuthorized: Diagnosis(
        "sender-not-authorized",
        Who.INTACCT_ADMINISTRATOR,
        _("%(company_id)s has not authorized Beanworks’ sender ID %(sender_id)s yet"),
        (
            _("In Intacct, open Company → Setup → Company → Edit → Security (older menu: Company → Company Info)."),
            _("Be at the top level. An authorization that was added inside an entity does not count: add it again."),
            _("Under Web Services authorizations, choose + and enter %(sender_id)s exactly so; Status: Active."),
            _("Save in the small window, then save the whole page: without the second save, Intacct forgets it."),
            CHECK_AGAIN,
        ),
    ),
    e.WebServicesOff: Diagnosis(
        "web-services-off",
        Who.INTACCT_ADMINISTRATOR,
        _("Web Services is not switched on in %(company_id)s"),
        (
            _("In Intacct, open Company → Admin → Subscriptions (older menu: Company → Subscriptions)."),
            _("Switch Web Services on and confirm."),
            CHECK_AGAIN,
        ),
    ),
    e.SignInRefused: Diagnosis(
        "sign-in-refused",
        Who.CUSTOMER_ADMINISTRATOR,
        _("Intacct did not accept the sign-in of user %(user_id)s in company %(company_id)s"),
        (
            _("Check company ID, user ID and password: capital letters and blanks at the end count."),
            _("The password is the one Intacct emailed when the user was created; a reset sends a new one."),
            _(
                "If that email never came, look in the junk folder and compare the user’s address. Company → Setup → "
                "Company → Security may list allowed email addresses: the user’s must be among them."
            ),
            _("Look at Company → Admin → Web Services users → %(user_id)s: its Status must be Active."),
            _("If you entered an entity, check that it exists and that %(user_id)s may work in it."),
            _("The user must be listed under Web Services users. One listed only under Users cannot sign in for us."),
            _("If your company filters IP addresses, add these addresses for this user: %(our_addresses)s."),
        ),
    ),
    e.UserInactive: Diagnosis(
        "user-inactive",
        Who.INTACCT_ADMINISTRATOR,
        _("The user %(user_id)s is locked out or inactive in Intacct"),
        (
            _("Open Company → Admin → Web Services users → %(user_id)s → Edit, set Status to Active, and save."),
            _("If the password was reset as well, enter the new one in step 5, ERP credentials."),
        ),
    ),
    e.EntityRefused: Diagnosis(
        "entity-refused",
        Who.CUSTOMER_ADMINISTRATOR,
        _("Intacct did not let %(user_id)s into the entity %(entity_id)s"),
        (
            _("Check the entity’s ID in Intacct under Company → Entities; to connect the top level, leave it blank."),
            _("See that %(user_id)s is not kept to other entities: Company → Admin → Web Services users."),
        ),
    ),
    e.AddressRefused: Diagnosis(
        "address-refused",
        Who.INTACCT_ADMINISTRATOR,
        _("Intacct did not accept the internet address we came from"),
        (
            _("Open Company → Admin → Web Services users → %(user_id)s → Edit → Security."),
            _("Add these addresses: %(our_addresses)s."),
        ),
    ),
    e.NotAWebServicesUser: Diagnosis(
        "not-a-web-services-user",
        Who.INTACCT_ADMINISTRATOR,
        _("Intacct asked for a second sign-in step, which it does only for users who sign in on screen"),
        (
            _("Open Company → Admin → Web Services users and look for %(user_id)s."),
            _("If it is listed only under Users, create a new user under Web Services users, with the same role."),
            _("In step 5, ERP credentials, enter the new user ID and the password that Intacct emails."),
        ),
    ),
    e.SessionExpired: Diagnosis(
        "session-ended",
        Who.NOBODY,
        _("Intacct ended our session twice in a row"),
        (WAIT, _("Check again in a minute. If it happens again, write to help@beanworks.com.")),
        retry_helps=True,
    ),
    # One function
    e.PermissionDenied: Diagnosis(
        "permission-missing",
        Who.INTACCT_ADMINISTRATOR,
        _("The role of %(user_id)s lacks a permission for %(subject)s"),
        (
            _("First look at which role is assigned: Company → Admin → Web Services users → %(user_id)s → Roles."),
            _("Then open Company → Admin → Roles → that role → Subscriptions → Permissions (older: Company → Roles)."),
            _("Tick what step 2 in Beanworks Connect shows as missing, and save."),
            CHECK_AGAIN,
        ),
    ),
    e.NotSubscribed: Diagnosis(
        "not-subscribed",
        Who.INTACCT_ADMINISTRATOR,
        _("Your company does not subscribe to %(subject)s, or it is switched off for %(user_id)s"),
        (
            _("If you do not use this application in Intacct, there is nothing to do: we leave the list out."),
            _("If you do, see that it is on: Company → Admin → Subscriptions (older menu: Company → Subscriptions)."),
        ),
    ),
    e.OperationUnsupported: Diagnosis(
        "operation-unsupported",
        Who.BEANWORKS,
        _("Intacct does not offer this for %(subject)s in your company"),
        (ASK_BEANWORKS,),
    ),
    e.ObjectUnknown: Diagnosis(
        "object-unknown",
        Who.INTACCT_ADMINISTRATOR,
        _("Your company has no %(subject)s"),
        (
            _("If you do not use it in Intacct, there is nothing to do: we leave the list out."),
            _("If you do, its application may be switched off: Company → Admin → Subscriptions."),
        ),
    ),
    e.LoginUnknown: Diagnosis(
        "login-unknown",
        Who.CUSTOMER_ADMINISTRATOR,
        _("Intacct does not know the user we asked about: “%(said)s”"),
        (
            _("Compare the user ID with Company → Admin → Web Services users. Capital letters count."),
            CHECK_AGAIN,
        ),
    ),
    e.FieldUnknown: Diagnosis(
        "field-refused",
        Who.BEANWORKS,
        _("Intacct does not let us read the field %(fields)s of %(subject)s"),
        (
            _("This list cannot be read without that field. Nothing is wrong on your side."),
            ASK_BEANWORKS,
        ),
    ),
    e.QueryRefused: Diagnosis(
        "query-refused",
        Who.BEANWORKS,
        _("Intacct did not accept a question we asked about %(subject)s"),
        (
            _("Often a field we ask for does not exist in your company. Nothing is wrong on your side."),
            ASK_BEANWORKS,
        ),
    ),
    e.RecordRefused: Diagnosis(
        "record-refused",
        Who.CUSTOMER_ADMINISTRATOR,
        _("Intacct did not accept the record: “%(said)s”"),
        (_("Correct what Intacct names, then send it again."),),
    ),
    e.RolledBack: Diagnosis(
        "rolled-back",
        Who.NOBODY,
        _("Intacct undid this because something sent with it failed"),
        (_("Look at what failed first; this will then go through with it."),),
        retry_helps=True,
    ),
    # Everything else
    e.IntacctError: Diagnosis(
        "unknown",
        Who.BEANWORKS,
        _("Intacct said “%(said)s”, and we have not seen this before"),
        (
            _("Check once more: what is new to us may pass by itself."),
            ASK_BEANWORKS,
        ),
        retry_helps=True,
    ),
}
