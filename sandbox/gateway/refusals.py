"""The error catalogue: every way the gateway says no, by the layer that says it."""

import secrets
import string
from dataclasses import dataclass, field

from sandbox.gateway.markup import element, leaf

LETTERS = string.ascii_letters + string.digits


def support_id() -> str:
    """As the gateway writes it: URL-encoded, so that a tilde is %7E."""
    return "".join(secrets.choice(LETTERS) for _ in range(12)) + "%7E" + secrets.token_hex(8)


@dataclass
class Error:
    """One `error` of an errormessage. None leaves the element out; the Support ID is added to description2."""

    errorno: str | None
    description2: str = ""
    description: str = ""
    correction: str = ""
    supported: bool = True
    additional: str = ""  # ready markup, shown when the request asked for it

    def markup(self, *, more: bool) -> str:
        told = (
            f"{self.description2} [Support ID: {support_id()}]"
            if self.supported and self.description2
            else self.description2
        )
        number = "" if self.errorno is None else leaf("errorno", self.errorno)
        words = leaf("description", self.description) + leaf("description2", told) + leaf("correction", self.correction)
        return element("error", number, words, self.additional if more else "")


def message(errors: list[Error], *, more: bool = False) -> str:
    return element("errormessage", *(each.markup(more=more) for each in errors))


@dataclass
class Refusal(Exception):
    errors: list[Error]


@dataclass
class ControlRefused(Refusal):
    """Said before any operation. `bare`: the gateway in front says it, which echoes nothing of the request."""

    status: int = 200
    bare: bool = False
    retry_after: int = 0


class SignInRefused(Refusal):
    """Said in operation/authentication."""


@dataclass
class ResultRefused(Refusal):
    """Said by one function; `data` is what was done before."""

    data: str = field(default="")


def gateway(errorno: str, description: str, status: int) -> ControlRefused:
    request_id = secrets.token_hex(8)
    error = Error(errorno, description=f"{description} [Request ID: {request_id}]", supported=False)
    return ControlRefused([error], status=status, bare=True)


def unknown_company() -> ControlRefused:
    return gateway("GW-0011", "Invalid Request", 400)


def too_many(retry_after: int) -> ControlRefused:
    """`retry_after`: seconds, told in a header of their own; 0 tells nothing."""
    refusal = gateway("GW-0010", "API rate limit exceeded", 429)
    refusal.retry_after = retry_after
    return refusal


def forbidden() -> ControlRefused:
    return gateway("GW-0042", "Forbidden", 403)


def wrong_sender() -> ControlRefused:
    return ControlRefused([Error("XL03000006", "Incorrect Intacct XML Partner ID or password.")])


def expired() -> ControlRefused:
    return ControlRefused([Error("PL04000055", "This company is a demo company and has expired.")])


def wrong_policy(policy: str) -> ControlRefused:
    return ControlRefused([Error("XL03000006", f"{policy} is not a valid transport policy.")])


def invalid(messages: list[str]) -> ControlRefused:
    return ControlRefused([Error("XL03000003", each) for each in messages])


def too_many_functions() -> ControlRefused:
    return invalid(["XML Parse schema error: Error 1871: Element 'function': This element is not expected"])


def wrong_user(shape: str) -> Refusal:
    """`shape`: "sign-in", or the errorno of the front ends that answer 401."""
    if shape == "sign-in":
        return SignInRefused([Error("XL03000006", "Sign-in information is incorrect")])
    told = "Sign-in information is incorrect. Please check your request."
    return ControlRefused([Error(shape, description=told, supported=False)], status=401)


def sign_in(words: str) -> SignInRefused:
    return SignInRefused([Error("XL03000006", words)])


LAYERS: dict[str, type[Refusal]] = {"control": ControlRefused, "sign-in": SignInRefused, "result": ResultRefused}


def said(layer: str, errorno: str, words: str) -> Refusal:
    """A refusal in any words at any layer."""
    return LAYERS[layer]([Error(errorno, words)])


def locked_out() -> SignInRefused:
    """Recorded in 2018."""
    locked = Error("PL04000076", "This user is in LOCKEDOUT state")
    return SignInRefused([locked, Error("XL03000006", "Sign-in information is incorrect")])


def invalid_session(session_id: str) -> SignInRefused:
    return SignInRefused([Error("XL03000006", f"Invalid session {session_id[:8]}....")])


def unauthorised(sender: str, company: str) -> SignInRefused:
    told = f"The sender ID '{sender}' is not authorized to make Web Services requests to company ID '{company}'."
    mend = "Contact the company administrator to grant Web Services authorization to this sender ID."
    return SignInRefused([Error("XL03000006", told, "Invalid Web Services Authorization", mend)])


def web_services_off(layer: str) -> Refusal:
    """Words: Sage's FAQ, an older copy, which gives neither layer nor number."""
    return said(
        layer, "XL03000006", "This company is not authorized for XML transactions. Please subscribe to the XML Gateway."
    )


def denied(operation: str, object_name: str) -> ResultRefused:
    told = f"You do not have permission for API operation {operation} on objects of type {object_name}"
    target = element("target", leaf("domain", "result"), leaf("object", object_name))
    more = element("additionalinfo", leaf("errorid", "GL-0493"), leaf("category", "Invalid permission"), target)
    return ResultRefused([Error("PL04000005", told, additional=more)])


def audit_denied() -> ResultRefused:
    return ResultRefused([Error(None, "You do not have permission to view audit history")])


def function_denied(function: str) -> ResultRefused:
    return ResultRefused([Error("PL04000005", f"You do not have permission for API operation {function}")])


def unsupported(operation: str, object_name: str) -> ResultRefused:
    told = f"API operation '{operation}' cannot be performed on objects of type {object_name}"
    return ResultRefused([Error("PL04000005", told)])


def unknown_object(object_name: str, errorno: str = "Query Failed") -> ResultRefused:
    return ResultRefused([Error(errorno, f"Object definition {object_name} not found")])


def unknown_type(object_name: str) -> ResultRefused:
    """Recorded for inspect."""
    return ResultRefused([Error("XXX", f"Object type {object_name} not found")])


def unknown_login(login: str) -> ResultRefused:
    """Recorded for getUserPermissions."""
    return ResultRefused([Error("BL03000025", f"Login ID {login} does not exist.")])


def not_offered(function: str) -> ResultRefused:
    """A function of Sage's schema that is not simulated: the words are our own, and no client may rely on them."""
    return ResultRefused([Error("XL03000006", f"The practice company does not offer the function {function}")])


def used_control_id(control_id: str) -> ResultRefused:
    """That it is refused is documented, the words are a guess."""
    return ResultRefused([Error("XL03000006", f"The control ID '{control_id}' has been used before")])


def not_subscribed(module: str) -> ResultRefused:
    return ResultRefused([Error("PL04000005", f"{module} module is not subscribed")])


def disabled() -> ResultRefused:
    return ResultRefused([Error("", "This feature is disabled for your company or your current user")])


def unauthorised_action() -> ResultRefused:
    return ResultRefused([Error("", "You're not authorized to perform this action")])


def unknown_fields(names: list[str]) -> ResultRefused:
    return ResultRefused([Error(f"Invalid fields list {','.join(names)}")])


def unqueryable(object_name: str, names: list[str]) -> ResultRefused:
    """Recorded: in three companies' replies to `query`, with the object's name in capitals or small letters."""
    return ResultRefused(
        [Error("XL03000006", f"The following fields cannot be queried : [{object_name}: [{', '.join(names)}] ]")]
    )


def bad_query(told: str) -> ResultRefused:
    first = Error("DL02000001", "There was an error processing the request.")
    return ResultRefused([first, Error("DL02000001", told)] if told else [first])


def expired_result(result_id: str) -> ResultRefused:
    """Recorded: in the tests of two of Sage's own clients."""
    return ResultRefused(
        [Error("readMore failed", f"Attempt to readMore with an invalid or expired resultId: {result_id}")]
    )


def validation(*told: str) -> ResultRefused:
    return ResultRefused([Error("BL01001973", each) for each in told])


def off_line() -> ResultRefused:
    told = Error("", "The Service is Temporarily Off-line", correction="Please Try Again Later")
    return ResultRefused([told])


ROLLED_BACK = Error("XL03000009", "The entire transaction in this operation has been rolled back due to an error.")
WARNING = Error("PL03000008", "One or more records are shown without the fields you may not see.")
"""Said beside success. Guess: that there are such warnings is known, their words are not."""
