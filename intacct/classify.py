"""Find the exception that names the cause of a failure: the first matching rule of a table.

Intacct uses one error number for many causes (XL03000006 for six) and sometimes gives none. So a rule looks at the
layer, the number and the words. The rules are from Sage's documentation, SDK tests and recorded replies, unless a
comment names another source.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from intacct import errors as e

ROLLED_BACK = "XL03000009"
ANY: tuple[e.Layer, ...] = ("transport", "control", "authentication", "result")
"""For every rule without a reason beside it: no source documents which layer reports what."""
CONTROL: tuple[e.Layer, ...] = ("control",)
REQUEST: tuple[e.Layer, ...] = ("control", "authentication")
"""For words that at the result layer are about a record: an inactive vendor, a location, a verification code."""
NOT_SIGN_IN: tuple[e.Layer, ...] = ("transport", "control", "result")
"""For errors that refuse one function. A sign-in that is refused in the same words must stay an AuthenticationError or
unknown, because only those are never retried. A retry could lock the user."""


@dataclass(frozen=True)
class Rule:
    """Map a kind of failure to its cause.

    It matches if the layer is one of `layers`, one of the error numbers matches `errorno` as a whole, and `words`
    occurs anywhere in the texts. Both are regular expressions that ignore case; "" matches everything.
    """

    cause: type[e.IntacctError]
    layers: tuple[e.Layer, ...]
    errorno: str = ""
    words: str = ""

    def matches(self, layer: e.Layer, numbers: Sequence[str], words: str) -> bool:
        """Whether the rule matches a failure with these error numbers and this text."""
        return (
            layer in self.layers
            and (not self.errorno or any(re.fullmatch(self.errorno, number, re.IGNORECASE) for number in numbers))
            and bool(re.search(self.words, words, re.IGNORECASE))
        )


# A text in quotes is a value, such as the company ID INACTIVE-CO. Its words say nothing about the cause.
VALUE = re.compile(r"""(?<!\w)(['"])[^'"\n]*\1(?!\w)""")
# A name without quotes may also contain these words, mostly between hyphens.
STATE = r"(?<![\w-])(inactive|not active|suspended|deactivated|disabled)(?![\w-])"

RULES = (
    Rule(e.Throttled, ANY, errorno="GW-0010"),
    Rule(e.Throttled, ANY, words="rate limit exceeded|too many (concurrent )?(requests|operations|connections)"),
    # From a partner's help pages, which do not name the layer.
    Rule(e.Throttled, ANY, words=r"\b200024\b|control id .*\bin process\b"),
    Rule(e.GatewayUnavailable, ANY, errorno="GW-000[1-9]"),
    Rule(e.GatewayUnavailable, ANY, words="temporarily (off-?line|unavailable)|please try again later"),
    Rule(e.CompanyExpired, ANY, errorno="PL04000055"),
    Rule(e.CompanyExpired, REQUEST, words="company .*has expired"),
    Rule(e.UnknownCompanyOrSender, ANY, errorno="GW-001[12]"),
    # At other layers it may be about the request of one function.
    Rule(e.UnknownCompanyOrSender, CONTROL, errorno="invalidRequest"),
    Rule(e.WrongSender, ANY, words="partner id or password"),
    Rule(e.BadRequest, ANY, errorno="XL03000003|GW-0014"),
    Rule(e.BadRequest, ANY, words="transport policy"),
    Rule(e.SessionExpired, ANY, words="invalid session|session .*(expired|timed out)"),
    # Before the rules below, since such an error may have the description that they match. A quote ends the match, so
    # that a company's own name does not count. "Web Services user … disabled" is about the user, not the subscription.
    Rule(e.WebServicesOff, ANY, words=r"web services(?! users?\b)[^.'\"\n]*(subscri|not enabled|disabled|turned off)"),
    # From an older copy of Sage's FAQ, which does not name the layer.
    Rule(
        e.WebServicesOff,
        ANY,
        words="not authorized for xml transactions|subscribed? to (the )?(xml gateway|web services)",
    ),
    Rule(e.SenderNotAuthorized, ANY, words="sender id .*not authorized|invalid web services authorization"),
    # From here to EntityRefused, no recorded reply has these words; only the number of a locked user was recorded.
    # Without these rules, the causes would be a plain refusal, which is safe.
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
    # Guesses. As a plain refusal, both would be retried every hour, and the second would lock the user for longer.
    # At the control layer, the password could be the sender's.
    Rule(e.SignInRefused, ("authentication",), words=r"\bpassword\b[^.\n]*\bexpired\b|change your password"),
    Rule(e.UserInactive, REQUEST, words=r"too many (failed|invalid|unsuccessful) (log|sign)[- ]?in"),
    Rule(e.EntityRefused, ANY, words="access to the top level"),
    Rule(e.EntityRefused, REQUEST, words=r"(?<![\w-])(entity|location|top[- ]level)(?![\w-])"),
    Rule(e.SignInRefused, ANY, errorno="XMLGW_JPP0002|UJPP0002"),
    Rule(e.SignInRefused, ANY, words="sign[- ]?in information is incorrect"),
    Rule(e.RolledBack, NOT_SIGN_IN, errorno=ROLLED_BACK),
    Rule(e.OperationUnsupported, NOT_SIGN_IN, words="cannot be performed on objects? of type"),
    # "Not authorized to perform this action" is reported for an application that is turned off.
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
    """Return the exception for a failure at this layer, ready to be raised.

    status: the HTTP status. errors: those of the reply. control_id: of the function or the request.
    retry_after: seconds that the gateway asked us to wait. message: ours, for a failure without a text of Intacct's.
    The result is an UnknownError if words, number and HTTP status are all unknown.
    """
    cause = _by_words(layer, errors) or _by_status(status) or e.UnknownError
    return cause(message, layer=layer, errors=errors, status=status, control_id=control_id, retry_after=retry_after)


def _by_words(layer: e.Layer, errors: Sequence[e.ErrorText]) -> type[e.IntacctError] | None:
    # The function that failed also reports the rollback, as a second error. Its own cause counts.
    causes = [error for error in errors if error.errorno != ROLLED_BACK] or errors
    numbers = [error.errorno for error in causes]
    texts = [text for error in causes for text in (error.description, error.description2, error.correction)]
    words = VALUE.sub("''", "\n".join(texts))
    return next((rule.cause for rule in RULES if rule.matches(layer, numbers, words)), None)


def _by_status(status: int | None) -> type[e.IntacctError] | None:
    if status is None:
        return None
    return BY_STATUS.get(status) or (e.GatewayUnavailable if status >= 500 else None)
