"""What can go wrong, one leaf per cause.

IntacctError
├── TransportError                  nothing readable came back
│   ├── ConnectError                no connection, or it broke                              may be repeated
│   ├── NoAnswerInTime               no answer, or no whole answer, in time
│   │   └── GatewayTimedOut         the front of the gateway gave up waiting (524)
│   ├── TlsError                    the other side could not prove who it is
│   ├── ForbiddenHost               an address outside the allowed hosts, or a redirect
│   ├── BodyTooLarge
│   ├── CompanyBusy                 our own limit: too much of our work waits for this company  may be repeated
│   ├── UnsendableText              a value holds a character that XML cannot carry: nothing was sent
│   ├── GatewayBlocked              refused before the API was reached (403 page, address filter)
│   └── UnreadableReply             an answer that is no Intacct reply                      may be repeated
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
│   ├── GatewayUnavailable          out of order, or under maintenance                      may be repeated
│   ├── UnknownCompanyOrSender
│   ├── WrongSender                 sender ID or sender password wrong
│   ├── CompanyExpired              a demo or sandbox company past its end
│   ├── CompanyInactive             the whole company is inactive or suspended at Intacct
│   └── BadRequest                  our XML was refused
├── AuthenticationError             the company said no to this sign-in
│   ├── SenderNotAuthorized
│   ├── SignInRefused               company, user or password wrong; also most of what Intacct does not tell apart
│   │   ├── UserInactive
│   │   ├── EntityRefused
│   │   ├── AddressRefused
│   │   └── NotAWebServicesUser     a second step is asked for at sign-in, as from a person
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
│   ├── RecordRefused               what was to be written broke a rule
│   └── RolledBack                  undone because another function failed
└── UnknownError                    Intacct said something we have not seen before
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Literal, TypedDict

from intacct.refused_fields import named_fields

Layer = Literal["transport", "control", "authentication", "result"]


@dataclass(frozen=True)
class ErrorText:
    """One `error` of a reply: entities and the Support ID already taken out, secrets starred."""

    errorno: str = ""
    description: str = ""
    description2: str = ""
    correction: str = ""
    support_id: str = ""
    additional: str = ""

    @property
    def said(self) -> str:
        """The message. Intacct puts it in either place."""
        return self.description2 or self.description or self.correction


class Details(TypedDict):
    layer: Layer
    errors: tuple[ErrorText, ...]
    status: int | None
    control_id: str
    retry_after: float | None


class IntacctError(Exception):
    """Everything this library raises when Intacct, or the way to it, fails.

    layer: how far the request came; errors: what the reply said, first one first; status: HTTP status, if any;
    control_id: of the function (result layer) or of the request; at: when, UTC.
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
        """What another exception about the same event is made with."""
        return {
            "layer": self.layer,
            "errors": self.errors,
            "status": self.status,
            "control_id": self.control_id,
            "retry_after": self.retry_after,
        }

    @property
    def errorno(self) -> str:
        return self._first("errorno")

    @property
    def description(self) -> str:
        return self._first("description")

    @property
    def description2(self) -> str:
        return self._first("description2")

    @property
    def correction(self) -> str:
        return self._first("correction")

    @property
    def support_id(self) -> str:
        """Intacct's own name for this event, decoded: what its support asks for. "" when it gave none."""
        return self._first("support_id")

    @property
    def additional(self) -> str:
        """What Intacct adds for programs: an ID of the error, its category and what it is about."""
        return self._first("additional")

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything said, in order, nothing blank."""
        said = (text for error in self.errors for text in (error.description, error.description2, error.correction))
        return tuple(dict.fromkeys(text for text in said if text))

    @property
    def said(self) -> str:
        """What happened in Intacct's words, or ours where it said nothing. Never blank."""
        return " ".join(self.texts) or super().__str__() or self.errorno or "no reason was given"

    def __str__(self) -> str:
        where = " ".join(filter(None, [self.layer, self.errorno, f"HTTP {self.status}" if self.status else ""]))
        support = f" (Support ID {self.support_id})" if self.support_id else ""
        return f"[{where}] {self.said}{support}"

    def _first(self, part: str) -> str:
        return next((text for error in self.errors if (text := getattr(error, part))), "")


class TransportError(IntacctError): ...


class ConnectError(TransportError):
    retryable = True


class NoAnswerInTime(TransportError):
    """Not repeated as it was: a reader asks again for half a page."""


class GatewayTimedOut(NoAnswerInTime): ...


class TlsError(TransportError): ...


class ForbiddenHost(TransportError): ...


class BodyTooLarge(TransportError): ...


class CompanyBusy(TransportError):
    retryable = True


class UnsendableText(TransportError):
    """A value holds a character that XML cannot carry (a control character, half of a surrogate pair).

    The message names the element the value belongs in, never the value itself: it may be secret.
    """


class GatewayBlocked(TransportError): ...


class UnreadableReply(TransportError):
    retryable = True


class EmptyReply(UnreadableReply): ...


class HtmlReply(UnreadableReply): ...


class CloudflareReply(HtmlReply): ...


class JsonReply(UnreadableReply): ...


class TruncatedReply(UnreadableReply): ...


class DoctypeReply(UnreadableReply):
    retryable = False


class MisshapenReply(UnreadableReply):
    # Intacct builds the same reply from the same records: it would come again as it is.
    retryable = False


class DamagedReply(MisshapenReply): ...


class GatewayError(IntacctError): ...


class Throttled(GatewayError):
    retryable = True


class GatewayUnavailable(GatewayError):
    retryable = True


class UnknownCompanyOrSender(GatewayError): ...


class WrongSender(GatewayError): ...


class CompanyExpired(GatewayError): ...


class CompanyInactive(GatewayError): ...


class BadRequest(GatewayError): ...


class AuthenticationError(IntacctError): ...


class SenderNotAuthorized(AuthenticationError): ...


class SignInRefused(AuthenticationError): ...


class UserInactive(SignInRefused): ...


class EntityRefused(SignInRefused): ...


class AddressRefused(SignInRefused): ...


class NotAWebServicesUser(SignInRefused): ...


class WebServicesOff(AuthenticationError): ...


class SessionExpired(AuthenticationError): ...


class FunctionError(IntacctError): ...


class PermissionDenied(FunctionError): ...


class NotSubscribed(FunctionError): ...


class OperationUnsupported(FunctionError): ...


class ObjectUnknown(FunctionError): ...


class LoginUnknown(FunctionError): ...


class QueryRefused(FunctionError): ...


class FieldUnknown(QueryRefused):
    """Intacct named fields that this company does not have or does not let us ask for."""

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """(object, field) as Intacct named them; the object is "" where it gave none."""
        return named_fields([*(error.errorno for error in self.errors), *self.texts])

    def refused_among(self, asked: Sequence[str]) -> list[str]:
        """Those of the fields asked for that Intacct named, by their own name or below the relation it named."""
        named = {form.upper() for owner, field in self.fields for form in (field, f"{owner}.{field}")}
        return [name for name in asked if name.upper() in named]


class RecordRefused(FunctionError): ...


class RolledBack(FunctionError): ...


class UnknownError(IntacctError): ...


SIGN_IN_REFUSED = (AuthenticationError, CompanyExpired, CompanyInactive, UnknownCompanyOrSender, WrongSender)
"""After these nothing of the company can be read, and another try may do harm."""
