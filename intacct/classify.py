"""From what a reply said to the one exception that names its cause: a table read from the top, the first match wins.

Intacct uses one error number for many causes (XL03000006 for six) and sometimes none at all, so layer, number and words
are all looked at.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from intacct import errors as e

ROLLED_BACK = "XL03000009"
ANY: tuple[e.Layer, ...] = ("transport", "control", "authentication", "result")
"""For every rule without a reason beside it: nobody published which layer says what."""
CONTROL: tuple[e.Layer, ...] = ("control",)
REQUEST: tuple[e.Layer, ...] = ("control", "authentication")
"""For words that at the result layer speak of a record: an inactive vendor, a location, a verification code."""
NOT_SIGN_IN: tuple[e.Layer, ...] = ("transport", "control", "result")
"""For what refuses one function. A sign-in refused in the same words must stay an AuthenticationError or unknown:
only then is it never tried again, which could lock the user."""


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


# What a refusal quotes is a value, such as the company ID INACTIVE-CO: its words say nothing about the cause.
VALUE = re.compile(r"""(?<!\w)(['"])[^'"\n]*\1(?!\w)""")
# A name without quotes may hold these words as well, mostly between hyphens.
STATE = r"(?<![\w-])(inactive|not active|suspended|deactivated|disabled)(?![\w-])"

RULES = (
    Rule(e.Throttled, ANY, errorno="GW-0010"),
    Rule(e.Throttled, ANY, words="rate limit exceeded|too many (concurrent )?(requests|operations|connections)"),
    # A partner's help pages, which do not say at which layer.
    Rule(e.Throttled, ANY, words=r"\b200024\b|control id .*\bin process\b"),
    Rule(e.GatewayUnavailable, ANY, errorno="GW-000[1-9]"),
    Rule(e.GatewayUnavailable, ANY, words="temporarily (off-?line|unavailable)|please try again later"),
    Rule(e.CompanyExpired, ANY, errorno="PL04000055"),
    Rule(e.CompanyExpired, REQUEST, words="company .*has expired"),
    Rule(e.UnknownCompanyOrSender, ANY, errorno="GW-001[12]"),
    # Elsewhere a function's own request may be meant.
    Rule(e.UnknownCompanyOrSender, CONTROL, errorno="invalidRequest"),
    Rule(e.WrongSender, ANY, words="partner id or password"),
    Rule(e.BadRequest, ANY, errorno="XL03000003|GW-0014"),
    Rule(e.BadRequest, ANY, words="transport policy"),
    Rule(e.SessionExpired, ANY, words="invalid session|session .*(expired|timed out)"),
    # Before the next: it may come under the same heading. The quotes keep a company's own name out. Of a Web Services
    # user it is said that this user is disabled.
    Rule(e.WebServicesOff, ANY, words=r"web services(?! users?\b)[^.'\"\n]*(subscri|not enabled|disabled|turned off)"),
    # Sage's FAQ, an older copy, which does not say at which layer.
    Rule(
        e.WebServicesOff,
        ANY,
        words="not authorized for xml transactions|subscribed? to (the )?(xml gateway|web services)",
    ),
    Rule(e.SenderNotAuthorized, ANY, words="sender id .*not authorized|invalid web services authorization"),
    # The words of the rules from here to EntityRefused were never seen recorded, but for the number of a locked user.
    # Without them these causes arrive as a plain refusal, which is safe.
    Rule(e.AddressRefused, ANY, words=r"\bip (address|filter)"),
    Rule(
        e.NotAWebServicesUser,
        REQUEST,
        words=r"\b(2|two|multi)[- ]?(step|factor)|\b(2FA|MFA|SSO)\b|verification code|single sign[- ]?on"
        "|not a web services user|only web services users",
    ),
    Rule(e.UserInactive, ANY, errorno="PL04000076"),
    Rule(
        e.UserInactive,
        REQUEST,
        words=r"\buser\b((?!\bcompany\b)[^.\n])*((of|in) company \S+ )?is (inactive|locked|deactivated|disabled)",
    ),
    Rule(e.CompanyInactive, REQUEST, words=rf"\bcompany\b.*{STATE}"),
    Rule(e.UserInactive, REQUEST, words=r"(?<![\w-])(inactive|locked( ?out)?|lockedout|deactivated)(?![\w-])"),
    # Guesses. As a plain refusal, both would be tried again every hour, and the second locks the user for longer.
    # In the control layer, the password could be the sender's.
    Rule(e.SignInRefused, ("authentication",), words=r"\bpassword\b[^.\n]*\bexpired\b|change your password"),
    Rule(e.UserInactive, REQUEST, words=r"too many (failed|invalid|unsuccessful) (log|sign)[- ]?in"),
    Rule(e.EntityRefused, ANY, words="access to the top level"),
    Rule(e.EntityRefused, REQUEST, words=r"(?<![\w-])(entity|location|top[- ]level)(?![\w-])"),
    Rule(e.SignInRefused, ANY, errorno="XMLGW_JPP0002|UJPP0002"),
    Rule(e.SignInRefused, ANY, words="sign[- ]?in information is incorrect"),
    Rule(e.RolledBack, NOT_SIGN_IN, errorno=ROLLED_BACK),
    Rule(e.OperationUnsupported, NOT_SIGN_IN, words="cannot be performed on objects? of type"),
    # "To perform this action" is what an application that is off says.
    Rule(e.PermissionDenied, NOT_SIGN_IN, words="not authorized to (?!perform this action)"),
    Rule(
        e.NotSubscribed,
        NOT_SIGN_IN,
        words="not (a )?subscribed|feature is disabled|not authorized to perform this action",
    ),
    Rule(e.PermissionDenied, NOT_SIGN_IN, errorno="PL04000005"),
    Rule(e.PermissionDenied, NOT_SIGN_IN, words="(not|n['’]t) have (the )?permission|permission denied"),
    Rule(e.ObjectUnknown, NOT_SIGN_IN, words="object (definition|type) .*not found"),
    Rule(e.FieldUnknown, NOT_SIGN_IN, errorno="invalid fields list.*"),
    Rule(e.FieldUnknown, NOT_SIGN_IN, words="invalid fields list|fields? cannot be queried"),
    Rule(e.LoginUnknown, NOT_SIGN_IN, words="login id .*does not exist"),
    Rule(e.RecordRefused, NOT_SIGN_IN, errorno=r"BL\d+|PL05000104"),
    Rule(e.QueryRefused, NOT_SIGN_IN, errorno="DL02000001|Query Failed|readMore failed"),
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
    texts = [text for error in telling for text in (error.description, error.description2, error.correction)]
    words = VALUE.sub("''", "\n".join(texts))
    return next((rule.cause for rule in RULES if rule.matches(layer, numbers, words)), None)


def _by_status(status: int | None) -> type[e.IntacctError] | None:
    if status is None:
        return None
    return BY_STATUS.get(status) or (e.GatewayUnavailable if status >= 500 else None)
