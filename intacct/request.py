"""Build requests: from sender, login or session, and functions to bytes.

The order of the elements is the order in Sage's XML schema (DTD 3.0). Intacct refuses a request in any other order.
"""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

from lxml import etree

from intacct.secret import Secret, SecretBytes
from intacct.xml import boolean, element

LONGEST_CONTROL_ID = 256
"""Characters, by Sage's XML schema."""


@dataclass(frozen=True)
class Sender:
    """Hold Beanworks' own Web Services credentials, which are the same for every company."""

    id: str
    password: Secret


@dataclass(frozen=True)
class Login:
    """Hold the credentials of a Web Services user of one company.

    entity_id: opens the session at this entity. None: at the top level.
    """

    company_id: str
    user_id: str
    password: Secret
    entity_id: str | None = None


class SessionKey(Secret):
    """Hold a session ID, which is worth as much as a password while the session lasts."""


@dataclass(frozen=True)
class Function:
    """Hold one function of a request.

    control_id: connects the function with its result. Without one it gets f1, f2 … by its position in the request.
    is_unique: Intacct does the function only once and refuses the same control ID in a later request.
    """

    name: str
    body: etree._Element
    control_id: str = ""
    is_unique: bool = False

    def with_id(self, control_id: str) -> Self:
        """Return the same function with this control ID."""
        return replace(self, control_id=control_id)


def build(sender: Sender, auth: Login | SessionKey, functions: Sequence[Function], *, control_id: str) -> bytes:
    """Return the request as UTF-8 XML. The bytes hold passwords, so their `repr` shows only their length.

    Raises UnsendableText for a character that XML cannot hold, and ValueError for control IDs that are too long or
    not unique.
    """
    request = element(
        "request",
        _control(sender, control_id, is_unique=any(function.is_unique for function in functions)),
        element(
            "operation",
            element("authentication", _login(auth) if isinstance(auth, Login) else _session(auth)),
            element("content", *_functions(functions)),
            transaction=boolean(False),
        ),
    )
    return SecretBytes(etree.tostring(request, xml_declaration=True, encoding="UTF-8"))


def _control(sender: Sender, control_id: str, *, is_unique: bool) -> etree._Element:
    return element(
        "control",
        element("senderid", sender.id),
        element("password", sender.password),
        element("controlid", _check_length(control_id)),
        element("uniqueid", boolean(is_unique)),
        element("dtdversion", "3.0"),
        element("includewhitespace", boolean(False)),
        # The last element of the sequence in Sage's schema. Intacct knows it since release 2023 R2.
        element("showadditionalerrorinfo", boolean(True)),
    )


def _login(login: Login) -> etree._Element:
    block = element(
        "login",
        element("userid", login.user_id),
        element("companyid", login.company_id),
        element("password", login.password),
    )
    if login.entity_id:
        block.append(element("locationid", login.entity_id))
    return block


def _session(key: SessionKey) -> etree._Element:
    return element("sessionid", key)


def with_control_ids(functions: Sequence[Function]) -> list[Function]:
    """Return the same functions, all with a control ID."""
    return [
        function if function.control_id else function.with_id(f"f{position}")
        for position, function in enumerate(functions, start=1)
    ]


def _functions(functions: Sequence[Function]) -> Iterator[etree._Element]:
    functions = with_control_ids(functions)
    if len({function.control_id for function in functions}) < len(functions):
        raise ValueError("two functions of one request share a control ID, which would mix up their results")
    for function in functions:
        # lxml moves an element into its new parent. Without the copy, a function could be sent only once.
        yield element("function", copy.deepcopy(function.body), controlid=_check_length(function.control_id))


def _check_length(control_id: str) -> str:
    if len(control_id) > LONGEST_CONTROL_ID:
        raise ValueError(f"a control ID has at most {LONGEST_CONTROL_ID} characters")
    return control_id
