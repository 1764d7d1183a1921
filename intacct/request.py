"""Requests: control, login or session, functions → bytes. The element order is Sage's schema's order."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

from lxml import etree

from intacct.markup import boolean, element
from intacct.secret import Secret, SecretBytes

LONGEST_CONTROL_ID = 256


@dataclass(frozen=True)
class Sender:
    """Beanworks' own Web Services credentials, the same for every company."""

    id: str
    password: Secret


@dataclass(frozen=True)
class Login:
    """A Web Services user of one company; with an entity ID the session is that entity's, else top level."""

    company_id: str
    user_id: str
    password: Secret
    entity_id: str | None = None


class SessionKey(Secret):
    """A session ID: as good as a password while it lives."""


@dataclass(frozen=True)
class Function:
    """One call. Without a control ID it gets f1, f2 … by its place in the request."""

    name: str
    body: etree._Element
    control_id: str = ""

    def with_id(self, control_id: str) -> Self:
        return replace(self, control_id=control_id)


def build(sender: Sender, auth: Login | SessionKey, functions: Sequence[Function], *, control_id: str) -> bytes:
    """The request as UTF-8 XML. Raises UnsendableText for characters XML cannot carry, ValueError for control IDs."""
    request = element(
        "request",
        _control(sender, control_id),
        element(
            "operation",
            element("authentication", _login(auth) if isinstance(auth, Login) else _session(auth)),
            element("content", *_functions(functions)),
            transaction=boolean(False),
        ),
    )
    return SecretBytes(etree.tostring(request, xml_declaration=True, encoding="UTF-8"))


def _control(sender: Sender, control_id: str) -> etree._Element:
    return element(
        "control",
        element("senderid", sender.id),
        element("password", sender.password),
        element("controlid", _short(control_id)),
        element("uniqueid", boolean(False)),
        element("dtdversion", "3.0"),
        element("includewhitespace", boolean(False)),
        # The last of the sequence in Sage's schema. Known to Intacct since 2023 R2.
        element("showadditionalerrorinfo", boolean(True)),
    )


def _login(login: Login) -> etree._Element:
    made = element(
        "login",
        element("userid", login.user_id),
        element("companyid", login.company_id),
        element("password", login.password),
    )
    if login.entity_id:
        made.append(element("locationid", login.entity_id))
    return made


def _session(key: SessionKey) -> etree._Element:
    return element("sessionid", key)


def named(functions: Sequence[Function]) -> list[Function]:
    """The same, each with a control ID."""
    return [each if each.control_id else each.with_id(f"f{at}") for at, each in enumerate(functions, start=1)]


def _functions(functions: Sequence[Function]) -> Iterator[etree._Element]:
    all_named = named(functions)
    if len({each.control_id for each in all_named}) < len(functions):
        raise ValueError("two functions of one request share a control ID, so their results could not be told apart")
    for each in all_named:
        # An element has one parent: without the copy a function could be sent only once.
        yield element("function", copy.deepcopy(each.body), controlid=_short(each.control_id))


def _short(control_id: str) -> str:
    if len(control_id) > LONGEST_CONTROL_ID:
        raise ValueError(f"a control ID has at most {LONGEST_CONTROL_ID} characters")
    return control_id
