"""Name what can go wrong with a request to Intacct: one class per cause.

The facts are from Sage's documentation, its SDK's tests and recorded replies; `classify` lists which reply means what.
Numbers in brackets are Intacct's `errorno` or an HTTP status. "Sage names no text" means that no public source shows
the reply, so `classify` recognizes several likely ones.

IntacctError
├── TransportError                  nothing readable came back
│   ├── ConnectError                no connection, or it broke                              may be repeated
│   ├── NoAnswerInTime               no answer, or no whole answer, in time
│   │   └── GatewayTimedOut         the front of the gateway gave up waiting (524)
│   ├── TlsError                    the server did not prove its identity
│   ├── ForbiddenHost               an address outside the allowed hosts, or a redirect
│   ├── BodyTooLarge
│   ├── CompanyBusy                 our own limit: too much of our work waits for this company  may be repeated
│   ├── UnsendableText              a value holds a character that XML cannot carry: nothing was sent
│   ├── GatewayBlocked              refused before the API was reached (403 page, address filter)
│   └── UnreadableReply             an answer that is not an Intacct reply                  may be repeated
│       ├── EmptyReply
│       ├── HtmlReply
│       │   └── CloudflareReply
│       ├── JsonReply
│       ├── TruncatedReply
│       ├── DoctypeReply            XML with a document type: refused unread
│       └── MisshapenReply          Intacct's XML, but a part is missing or contradicts another
│           └── DamagedReply        characters or tags that cannot be read, and would come again
├── GatewayError                    the gateway answered, and stopped the whole request
│   ├── Throttled                   too many requests                                       may be repeated
│   ├── GatewayUnavailable          failing, or under maintenance                           may be repeated
│   ├── UnknownCompanyOrSender
│   ├── WrongSender                 sender ID or sender password wrong
│   ├── CompanyExpired              a demo or sandbox company past its end
│   ├── CompanyInactive             the whole company is inactive or suspended at Intacct
│   └── BadRequest                  our XML was refused
├── AuthenticationError             the company refused this sign-in
│   ├── SenderNotAuthorized
│   ├── SignInRefused               company, user or password wrong; also most of what Intacct does not distinguish
│   │   ├── UserInactive
│   │   ├── EntityRefused
│   │   ├── AddressRefused
│   │   └── NotAWebServicesUser     Intacct asks for a second sign-in step
│   ├── WebServicesOff
│   └── SessionExpired
├── FunctionError                   one function of the request failed
│   ├── PermissionDenied
│   ├── NotSubscribed
│   ├── OperationUnsupported
│   ├── ObjectUnknown
│   ├── LoginUnknown                we asked about a user that the company does not have
│   ├── QueryRefused                a field, value or filter was refused
│   │   └── FieldUnknown
│   ├── RecordRefused               a record to be written broke a rule
│   └── RolledBack                  undone because another function failed
└── UnknownError                    Intacct reported something that we do not know
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Literal, TypedDict

from intacct.refused_fields import named_fields

Layer = Literal["transport", "control", "authentication", "result"]


@dataclass(frozen=True)
class ErrorText:
    """Hold one `error` element of a reply, ready to be shown.

    Character references are decoded, the Support ID is in a field of its own, and secrets are replaced by stars.
    """

    errorno: str = ""
    description: str = ""
    description2: str = ""
    correction: str = ""
    support_id: str = ""
    additional: str = ""

    @property
    def said(self) -> str:
        """The message. Intacct puts it in one of three elements, usually in `description2`."""
        return self.description2 or self.description or self.correction


class Details(TypedDict):
    """Hold the arguments that every IntacctError takes."""

    layer: Layer
    errors: tuple[ErrorText, ...]
    status: int | None
    control_id: str
    retry_after: float | None


class IntacctError(Exception):
    """Raise this, or a class below it, when Intacct or the connection to it fails.

    layer: how far the request got. errors: the errors of the reply, in their order. status: the HTTP status, if any.
    control_id: of the function (result layer) or of the request. retry_after: seconds that Intacct asked us to wait.
    at: when it happened, in UTC. retryable: whether the same request may succeed if it is sent again.
    """

    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str = "",
        *,
        layer: Layer = "transport",
        errors: Sequence[ErrorText] = (),
        status: int | None = None,
        control_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.layer = layer
        self.errors = tuple(errors)
        self.status = status
        self.control_id = control_id
        self.retry_after = retry_after
        self.at = datetime.now(UTC)

    @property
    def details(self) -> Details:
        """The arguments for another exception about the same event."""
        return {
            "layer": self.layer,
            "errors": self.errors,
            "status": self.status,
            "control_id": self.control_id,
            "retry_after": self.retry_after,
        }

    @property
    def errorno(self) -> str:
        """The first `errorno` in the errors that is not empty; "" if there is none."""
        return self._first("errorno")

    @property
    def description(self) -> str:
        """The first `description` in the errors that is not empty; "" if there is none."""
        return self._first("description")

    @property
    def description2(self) -> str:
        """The first `description2` in the errors that is not empty; "" if there is none."""
        return self._first("description2")

    @property
    def correction(self) -> str:
        """The first `correction` in the errors that is not empty; "" if there is none."""
        return self._first("correction")

    @property
    def support_id(self) -> str:
        """The ID, decoded, by which Intacct's support finds this event. "" if the reply has none."""
        return self._first("support_id")

    @property
    def additional(self) -> str:
        """What Intacct adds for programs (`additionalinfo`): an ID of the error, its category and its subject."""
        return self._first("additional")

    @property
    def texts(self) -> tuple[str, ...]:
        """All messages of the reply, in their order, without blank or repeated ones."""
        texts = (text for error in self.errors for text in (error.description, error.description2, error.correction))
        return tuple(dict.fromkeys(text for text in texts if text))

    @property
    def said(self) -> str:
        """What happened, in Intacct's words, or in ours if the reply has no message. Never blank."""
        return " ".join(self.texts) or super().__str__() or self.errorno or "no reason was given"

    def __str__(self) -> str:
        where = " ".join(filter(None, [self.layer, self.errorno, f"HTTP {self.status}" if self.status else ""]))
        support = f" (Support ID {self.support_id})" if self.support_id else ""
        return f"[{where}] {self.said}{support}"

    def _first(self, part: str) -> str:
        return next((text for error in self.errors if (text := getattr(error, part))), "")


class TransportError(IntacctError):
    """Raise a class below this when nothing readable came back, or nothing was sent."""


class ConnectError(TransportError):
    """Happens when no connection to the gateway is made, or the connection breaks."""

    retryable = True


class NoAnswerInTime(TransportError):
    """Happens when no answer, or no whole answer, comes in time.

    The same request is not sent again: `paging` asks for half a page instead.
    """


class GatewayTimedOut(NoAnswerInTime):
    """Happens when Cloudflare, in front of the gateway, stops waiting for it (HTTP 524).

    Sage's own SDKs do not retry it either.
    """


class TlsError(TransportError):
    """Happens when the TLS connection fails, for example if the server does not prove that it is Intacct."""


class ForbiddenHost(TransportError):
    """Happens when an address is not one of the allowed hosts, or when the gateway redirects us. Nothing goes there."""


class BodyTooLarge(TransportError):
    """Happens when a reply has more bytes or more elements than we accept."""


class CompanyBusy(TransportError):
    """Happens when our own requests to this company use all its slots for too long. See `limiter`."""

    retryable = True


class UnsendableText(TransportError):
    """Happens when a value holds a character that XML cannot hold: a control character, or half of a surrogate pair.

    Nothing was sent. The message names the element of the value, never the value itself: it may be secret.
    """


class GatewayBlocked(TransportError):
    """Happens when a request is refused before it reaches the API: HTTP 403, for example from an address filter."""


class UnreadableReply(TransportError):
    """Happens when an answer is not an Intacct reply and looks like none of the kinds below."""

    retryable = True


class EmptyReply(UnreadableReply):
    """Happens when an answer has no body."""


class HtmlReply(UnreadableReply):
    """Happens when an answer is a web page."""


class CloudflareReply(HtmlReply):
    """Happens when an answer is an error page of Cloudflare, the network in front of Intacct."""


class JsonReply(UnreadableReply):
    """Happens when an answer is JSON where XML was expected."""


class TruncatedReply(UnreadableReply):
    """Happens when an answer begins as an Intacct reply but breaks off or was damaged on the way."""


class DoctypeReply(UnreadableReply):
    """Happens when a reply declares a document type, which Intacct never does. It is refused unread."""

    retryable = False


class MisshapenReply(UnreadableReply):
    """Happens when a part of Intacct's reply is missing or contradicts another part."""

    # Intacct builds the same reply from the same records, so a retry would get the same reply.
    retryable = False


class DamagedReply(MisshapenReply):
    """Happens when characters or tags of a reply cannot be read."""


class GatewayError(IntacctError):
    """Raise a class below this when the gateway answers and stops the whole request."""


class Throttled(GatewayError):
    """Happens when Intacct refuses a request because there are too many at once (HTTP 429, GW-0010)."""

    retryable = True


class GatewayUnavailable(GatewayError):
    """Happens when the gateway fails or is under maintenance (HTTP 5xx, GW-0001 to GW-0009)."""

    retryable = True


class UnknownCompanyOrSender(GatewayError):
    """Happens when the gateway does not know the company or the sender ID, or one of them is inactive (GW-0011)."""


class WrongSender(GatewayError):
    """Happens when the sender ID or the sender password is wrong (XL03000006 at the control level)."""


class CompanyExpired(GatewayError):
    """Happens when a demo or sandbox company is past its end (PL04000055)."""


class CompanyInactive(GatewayError):
    """Happens when Intacct has made the whole company inactive or suspended it."""


class BadRequest(GatewayError):
    """Happens when Intacct refuses our XML: not well-formed, or not as its schema wants it (XL03000003)."""


class AuthenticationError(IntacctError):
    """Raise a class below this when the company refuses a sign-in or a session."""


class SenderNotAuthorized(AuthenticationError):
    """Happens when the company has not authorized our sender ID, or has made that authorization inactive.

    XL03000006; the text is in Sage's FAQ.
    """


class SignInRefused(AuthenticationError):
    """Happens when company ID, user ID or password is wrong (XL03000006, or HTTP 401 with a code of its own; recorded).

    Intacct gives no more detail for most refusals. Each counts as a failed try, and several lock the user.
    """


class UserInactive(SignInRefused):
    """Happens when the user is inactive, locked or disabled. PL04000076 was recorded for a locked user.

    For the other states Sage names no text: most companies report them as `SignInRefused`.
    """


class EntityRefused(SignInRefused):
    """Happens when the user has no access to the entity, or to the top level.

    Sage names no text: `session` raises it when a session of the same user cannot be opened at the entity.
    """


class AddressRefused(SignInRefused):
    """Happens when the company's IP address filter refuses our address. Sage names no text."""


class NotAWebServicesUser(SignInRefused):
    """Happens when Intacct asks for a second sign-in step, because the user is not a Web Services user."""


class WebServicesOff(AuthenticationError):
    """Happens when the company has no Web Services subscription, or has turned it off.

    Sage's FAQ quotes the text without its level and number.
    """


class SessionExpired(AuthenticationError):
    """Happens when a session has ended or Intacct does not know it.

    Recorded: XL03000006 with empty user and company.
    """


class FunctionError(IntacctError):
    """Raise a class below this when one function of a request fails. The others may succeed."""


class PermissionDenied(FunctionError):
    """Happens when the user's role lacks a permission (PL04000005)."""


class NotSubscribed(FunctionError):
    """Happens when the company does not subscribe to the module, or has turned the feature off.

    The texts are those that other clients of the API report.
    """


class OperationUnsupported(FunctionError):
    """Happens when Intacct does not support the operation on this kind of object (PL04000005, as for a permission)."""


class ObjectUnknown(FunctionError):
    """Happens when Intacct, or this company, has no object of this name. The text is in the SDK's tests."""


class LoginUnknown(FunctionError):
    """Happens when we ask about a user that the company does not have."""


class QueryRefused(FunctionError):
    """Happens when Intacct refuses a field, a value or a filter of a query (DL02000001)."""


class FieldUnknown(QueryRefused):
    """Happens when Intacct names fields that this company does not have or does not let us read.

    The texts are recorded: see `refused_fields`.
    """

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """(object, field) as Intacct named them. The object is "" if Intacct named none."""
        return named_fields([*(error.errorno for error in self.errors), *self.texts])

    def refused_among(self, asked: Sequence[str]) -> list[str]:
        """Return the requested fields that Intacct refused.

        A field matches by its own name, or by the object or relation that Intacct named and its name: "OBJECT.FIELD".
        """
        named = {form.upper() for owner, field in self.fields for form in (field, f"{owner}.{field}")}
        return [name for name in asked if name.upper() in named]


class RecordRefused(FunctionError):
    """Happens when a record to be written breaks a rule of the company or of Intacct (BL…, PL05000104)."""


class RolledBack(FunctionError):
    """Happens when Intacct undoes a function because another function of the request failed (XL03000009)."""


class UnknownError(IntacctError):
    """Happens when `classify` knows neither the text, the number nor the HTTP status of a failure."""


SIGN_IN_REFUSED = (AuthenticationError, CompanyExpired, CompanyInactive, UnknownCompanyOrSender, WrongSender)
"""After one of these, nothing of the company can be read, and another try may lock the user."""
