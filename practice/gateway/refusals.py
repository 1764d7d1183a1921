"""The catalog of errors: every refusal of the gateway, by layer. Those about bills are in `bill_refusals`.

Each docstring begins with the source of its number and words:
- Recorded: a reply of the real gateway, or the recorded replies in the tests of Sage's own clients.
- Documented: Sage's documents.
- Reported: errors that authors of clients in use have described.
- Guess: nothing public is known. A client must not depend on it. Where it matters, it is an option (Behavior).
"""

import secrets
import string
from dataclasses import dataclass

from practice.gateway.xml import element, leaf, text

LETTERS = string.ascii_letters + string.digits


def support_id() -> str:
    """Return a Support ID in the gateway's format: URL-encoded, so that a tilde is %7E."""
    return "".join(secrets.choice(LETTERS) for _ in range(12)) + "%7E" + secrets.token_hex(8)


@dataclass
class Error:
    """One `error` of an errormessage. None omits the element. The Support ID is added to description2."""

    errorno: str | None
    description2: str = ""
    description: str = ""
    correction: str = ""
    supported: bool = True
    additional: str = ""  # finished markup, included if the request asks for it

    def markup(self, *, more: bool) -> str:
        detail = (
            f"{self.description2} [Support ID: {support_id()}]"
            if self.supported and self.description2
            else self.description2
        )
        number = "" if self.errorno is None else leaf("errorno", self.errorno)
        words = (
            leaf("description", self.description) + leaf("description2", detail) + leaf("correction", self.correction)
        )
        return element("error", number, words, self.additional if more else "")


def message(errors: list[Error], *, more: bool = False) -> str:
    return element("errormessage", *(error.markup(more=more) for error in errors))


@dataclass
class Refusal(Exception):
    errors: list[Error]


@dataclass
class ControlRefused(Refusal):
    """Refused before any operation. `bare`: by the gateway in front, which echoes nothing of the request."""

    status: int = 200
    bare: bool = False
    retry_after: int = 0


class SignInRefused(Refusal):
    """Refused in operation/authentication."""


class ResultRefused(Refusal):
    """Refused by one function."""


def gateway(errorno: str, description: str, status: int) -> ControlRefused:
    """Documented: a refusal by the gateway in front of all companies. It echoes nothing and uses `description`."""
    request_id = secrets.token_hex(8)
    error = Error(errorno, description=f"{description} [Request ID: {request_id}]", supported=False)
    return ControlRefused([error], status=status, bare=True)


def unknown_company() -> ControlRefused:
    """Documented: the company or the sender is unknown or inactive."""
    return gateway("GW-0011", "Invalid Request", 400)


def too_many(retry_after: int) -> ControlRefused:
    """Documented. `retry_after`: seconds for the Retry-After header (a guess); 0 omits the header."""
    refusal = gateway("GW-0010", "API rate limit exceeded", 429)
    refusal.retry_after = retry_after
    return refusal


def forbidden() -> ControlRefused:
    """Guess: the number is documented for REST only."""
    return gateway("GW-0042", "Forbidden", 403)


def wrong_sender() -> ControlRefused:
    """Recorded."""
    return ControlRefused([Error("XL03000006", "Incorrect Intacct XML Partner ID or password.")])


def expired() -> ControlRefused:
    """Recorded: in the tests of Sage's own clients."""
    return ControlRefused([Error("PL04000055", "This company is a demo company and has expired.")])


def wrong_policy(policy: str) -> ControlRefused:
    """Recorded: in the tests of Sage's own clients."""
    return ControlRefused([Error("XL03000006", f"{policy} is not a valid transport policy.")])


def invalid(messages: list[str]) -> ControlRefused:
    """Documented and recorded: the words are libxml2's."""
    return ControlRefused([Error("XL03000003", message) for message in messages])


def too_many_functions() -> ControlRefused:
    """Guess: it is not known whether there is a limit."""
    return invalid(["XML Parse schema error: Error 1871: Element 'function': This element is not expected"])


def wrong_user(shape: str) -> Refusal:
    """Recorded. `shape`: "sign-in", or the errorno of the front ends that reply with 401."""
    if shape == "sign-in":
        return SignInRefused([Error("XL03000006", "Sign-in information is incorrect")])
    description = "Sign-in information is incorrect. Please check your request."
    return ControlRefused([Error(shape, description=description, supported=False)], status=401)


def inactive_user(status: str) -> SignInRefused:
    """Guess."""
    return SignInRefused([Error("XL03000006", f"The user is {status.lower()}")])


def address_refused() -> SignInRefused:
    """Guess."""
    return SignInRefused([Error("XL03000006", "You are not allowed to sign in from this IP address")])


def entity_refused(entity: str) -> SignInRefused:
    """Guess."""
    return SignInRefused([Error("XL03000006", f"Entity {entity} is not valid or you do not have access to it")])


def top_level_only() -> SignInRefused:
    """Reported: the words, in Codat's help pages. Layer and number are guesses."""
    return SignInRefused([Error("XL03000006", "Top level access only")])


LAYERS: dict[str, type[Refusal]] = {"control": ControlRefused, "sign-in": SignInRefused, "result": ResultRefused}


def in_words(layer: str, errorno: str, words: str) -> Refusal:
    """Guess: any words at any layer, as a test requests them."""
    return LAYERS[layer]([Error(errorno, words)])


def locked_out() -> SignInRefused:
    """Recorded in 2018."""
    locked = Error("PL04000076", "This user is in LOCKEDOUT state")
    return SignInRefused([locked, Error("XL03000006", "Sign-in information is incorrect")])


def invalid_session(session_id: str) -> SignInRefused:
    """Recorded."""
    return SignInRefused([Error("XL03000006", f"Invalid session {session_id[:8]}....")])


def unauthorized(sender: str, company: str) -> SignInRefused:
    """Documented in an FAQ and recorded."""
    description = f"The sender ID '{sender}' is not authorized to make Web Services requests to company ID '{company}'."
    correction = "Contact the company administrator to grant Web Services authorization to this sender ID."
    return SignInRefused([Error("XL03000006", description, "Invalid Web Services Authorization", correction)])


def web_services_off(layer: str) -> Refusal:
    """Documented: the words, in an older copy of Sage's FAQ. Layer and number are guesses."""
    return in_words(
        layer, "XL03000006", "This company is not authorized for XML transactions. Please subscribe to the XML Gateway."
    )


def denied(operation: str, object_name: str) -> ResultRefused:
    """Recorded: with the object in upper case for QUERY and in lower case for READ_BY_QUERY.

    The additional information is the example of Sage's document, whose target has attributes.
    """
    description = f"You do not have permission for API operation {operation} on objects of type {object_name}"
    more = element(
        "additionalinfo",
        leaf("errorid", "GL-0493"),
        leaf("category", "Invalid permission"),
        element("target", domain="result", requestinfo="", object=object_name, field=""),
        element("description", text(description), messageid="IA.YOU_DO_NOT_HAVE_PERMISSION"),
    )
    return ResultRefused([Error("PL04000005", description, additional=more)])


def audit_denied() -> ResultRefused:
    """Reported: by Estuary, without an errorno."""
    return ResultRefused([Error(None, "You do not have permission to view audit history")])


def function_denied(function: str) -> ResultRefused:
    """Guess: the words are those for objects."""
    return ResultRefused([Error("PL04000005", f"You do not have permission for API operation {function}")])


def unsupported(operation: str, object_name: str) -> ResultRefused:
    """Reported: by Estuary, for READ_BY_QUERY. That other operations are refused the same way is a guess."""
    description = f"API operation '{operation}' cannot be performed on objects of type {object_name}"
    return ResultRefused([Error("PL04000005", description)])


def unknown_object(object_name: str, errorno: str = "Query Failed") -> ResultRefused:
    """Recorded: in the tests of Sage's own clients; `Query Failed` by readByQuery, `XXX` by read."""
    return ResultRefused([Error(errorno, f"Object definition {object_name} not found")])


def unknown_type(object_name: str) -> ResultRefused:
    """Recorded for inspect."""
    return ResultRefused([Error("XXX", f"Object type {object_name} not found")])


def unknown_login(login: str) -> ResultRefused:
    """Recorded for getUserPermissions."""
    return ResultRefused([Error("BL03000025", f"Login ID {login} does not exist.")])


def not_offered(function: str) -> ResultRefused:
    """Guess: the function is in Sage's schema but not simulated. The words are our own."""
    return ResultRefused([Error("XL03000006", f"The practice company does not offer the function {function}")])


def used_control_id(control_id: str) -> ResultRefused:
    """Documented: the refusal. Number and words are guesses."""
    return ResultRefused([Error("XL03000006", f"The control ID '{control_id}' has been used before")])


def not_subscribed(module: str) -> ResultRefused:
    """Reported: the words, for account allocations. The number is a guess."""
    return ResultRefused([Error("PL04000005", f"{module} module is not subscribed")])


def disabled() -> ResultRefused:
    """Reported: the words, without a number."""
    return ResultRefused([Error("", "This feature is disabled for your company or your current user")])


def unauthorized_action() -> ResultRefused:
    """Reported: the words, without a number."""
    return ResultRefused([Error("", "You're not authorized to perform this action")])


def unknown_fields(names: list[str]) -> ResultRefused:
    """Recorded: for read."""
    return ResultRefused([Error(f"Invalid fields list {','.join(names)}")])


def unqueryable(object_name: str, names: list[str]) -> ResultRefused:
    """Recorded: in three companies' replies to `query`, with the object's name in upper or lower case."""
    return ResultRefused(
        [Error("XL03000006", f"The following fields cannot be queried : [{object_name}: [{', '.join(names)}] ]")]
    )


def bad_query(detail: str) -> ResultRefused:
    """Reported: the first error, by several clients. A second error with details is known; its words are a guess."""
    first = Error("DL02000001", "There was an error processing the request.")
    return ResultRefused([first, Error("DL02000001", detail)] if detail else [first])


def expired_result(result_id: str) -> ResultRefused:
    """Recorded: in the tests of two of Sage's own clients."""
    return ResultRefused(
        [Error("readMore failed", f"Attempt to readMore with an invalid or expired resultId: {result_id}")]
    )


def off_line() -> ResultRefused:
    """Reported: the words, by two clients in use."""
    error = Error("", "The Service is Temporarily Off-line", correction="Please Try Again Later")
    return ResultRefused([error])


ROLLED_BACK = Error("XL03000009", "The entire transaction in this operation has been rolled back due to an error.")
"""Recorded: in the tests of Sage's own clients."""
WARNING = Error("PL03000008", "One or more records are shown without the fields you may not see.")
"""Guess: a warning beside success. Such warnings exist; their words are not known."""
