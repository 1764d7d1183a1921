"""From what a reply said to the one exception that names its cause: a table read from the top, the first match wins.

Intacct uses one error number for many causes (XL03000006 for six) and sometimes none at all, so layer, number and words
are all looked at.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from intacct import errors as e

CONTROL: tuple[e.Layer, ...] = ("control",)
SIGN_IN: tuple[e.Layer, ...] = ("control", "authentication")
AUTHENTICATION: tuple[e.Layer, ...] = ("authentication",)
RESULT: tuple[e.Layer, ...] = ("result",)
ROLLED_BACK = "XL03000009"
ANY: tuple[e.Layer, ...] = ("transport", "control", "authentication", "result")


@dataclass(frozen=True)
class Rule:
    """A rule matches when the layer, any error number (whole) and the words (anywhere, case ignored) all do."""

    cause: type[e.IntacctError]
    layers: tuple[e.Layer, ...]
    errorno: str = ""
    words: str = ""

    def matches(self, layer: e.Layer, numbers: Sequence[str], words: str) -> bool:
        return (
            layer in self.layers
            and (not self.errorno or any(re.fullmatch(self.errorno, number, re.IGNORECASE) for number in numbers))
            and bool(re.search(self.words, words, re.IGNORECASE))
        )


RULES = (
    Rule(e.Throttled, ANY, errorno="GW-0010"),
    Rule(e.Throttled, ANY, words="rate limit exceeded|too many (concurrent )?requests"),
    Rule(e.GatewayUnavailable, ANY, errorno="GW-000[1-9]"),
    Rule(e.GatewayUnavailable, ANY, words="temporarily (off-?line|unavailable)|please try again later"),
    Rule(e.CompanyExpired, ANY, errorno="PL04000055"),
    Rule(e.CompanyExpired, SIGN_IN, words="company .*has expired"),
    Rule(e.UnknownCompanyOrSender, CONTROL, errorno="GW-001[12]|invalidRequest"),
    Rule(e.WrongSender, CONTROL, words="partner id or password"),
    Rule(e.BadRequest, CONTROL, errorno="XL03000003|GW-0014"),
    Rule(e.BadRequest, CONTROL, words="transport policy"),
    Rule(e.SessionExpired, SIGN_IN, words="invalid session|session .*(expired|timed out)"),
    # Before the next: it may come under the same heading. Never seen recorded.
    Rule(e.WebServicesOff, AUTHENTICATION, words="web services.*(subscri|not enabled|disabled|turned off)"),
    Rule(e.SenderNotAuthorized, SIGN_IN, words="sender id .*not authorized|invalid web services authorization"),
    # The next three words were never seen recorded; without them these causes arrive as a plain refusal, which is safe.
    Rule(e.AddressRefused, SIGN_IN, words=r"\bip address"),
    Rule(e.UserInactive, AUTHENTICATION, words=r"\b(inactive|locked( ?out)?|deactivated)\b"),
    Rule(e.EntityRefused, AUTHENTICATION, words=r"\b(entity|location)\b"),
    Rule(e.SignInRefused, SIGN_IN, errorno="XMLGW_JPP0002|UJPP0002"),
    Rule(e.SignInRefused, SIGN_IN, words="sign-?in information is incorrect"),
    Rule(e.RolledBack, RESULT, errorno=ROLLED_BACK),
    Rule(e.OperationUnsupported, RESULT, words="cannot be performed on objects? of type"),
    Rule(e.NotSubscribed, RESULT, words="not subscribed|feature is disabled|not authorized to perform this action"),
    Rule(e.PermissionDenied, RESULT, errorno="PL04000005"),
    Rule(e.PermissionDenied, RESULT, words="not have (the )?permission|permission denied"),
    Rule(e.ObjectUnknown, RESULT, words="object definition .*not found"),
    Rule(e.FieldUnknown, RESULT, errorno="invalid fields list.*"),
    Rule(e.FieldUnknown, RESULT, words="invalid fields list"),
    Rule(e.RecordRefused, RESULT, errorno=r"BL\d+|PL05000104"),
    Rule(e.QueryRefused, RESULT, errorno="DL02000001|Query Failed"),
)

BY_STATUS: dict[int, type[e.IntacctError]] = {
    401: e.SignInRefused,
    403: e.GatewayBlocked,
    429: e.Throttled,
    524: e.GatewayTimedOut,
}


def classify(
    layer: e.Layer,
    status: int | None,
    errors: Sequence[e.ErrorText],
    *,
    control_id: str = "",
    retry_after: float | None = None,
    message: str = "",
) -> e.IntacctError:
    """The exception for a failure at this layer; UnknownError when neither words, number nor HTTP status are known."""
    cause = _by_words(layer, errors) or _by_status(status) or e.UnknownError
    return cause(message, layer=layer, errors=errors, status=status, control_id=control_id, retry_after=retry_after)


def _by_words(layer: e.Layer, errors: Sequence[e.ErrorText]) -> type[e.IntacctError] | None:
    # The function that failed carries the roll-back as a second error: its own cause comes first.
    telling = [error for error in errors if error.errorno != ROLLED_BACK] or errors
    numbers = [error.errorno for error in telling]
    words = "\n".join(text for error in telling for text in (error.description, error.description2, error.correction))
    return next((rule.cause for rule in RULES if rule.matches(layer, numbers, words)), None)


def _by_status(status: int | None) -> type[e.IntacctError] | None:
    if status is None:
        return None
    return BY_STATUS.get(status) or (e.GatewayUnavailable if status >= 500 else None)
