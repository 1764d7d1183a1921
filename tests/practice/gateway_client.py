"""A minimal gateway client for these tests. It is independent of our client: it builds and reads the XML itself."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import requests
from lxml import etree

from tests.support.stack import Practice


def node(tag: str, /, *inside: str | etree._Element, **attributes: str) -> etree._Element:
    """Return an element with its content; text comes before child elements."""
    new_element = etree.Element(tag, attributes)
    for part in inside:
        if isinstance(part, str):
            new_element.text = part
        else:
            new_element.append(part)
    return new_element


class Maker:
    """Makes elements: E.query(...) and E("query", ...) both return the element `query`."""

    def __call__(self, tag: str, /, *inside: str | etree._Element, **attributes: str) -> etree._Element:
        return node(tag, *inside, **attributes)

    def __getattr__(self, tag: str) -> Callable[..., etree._Element]:
        return partial(node, tag)


E = Maker()
SENDER = "BeanworksMPP"
PASSWORD = "practice-password"


@dataclass
class Answer:
    response: requests.Response

    @property
    def tree(self) -> etree._Element:
        return etree.fromstring(self.response.content)

    @property
    def status(self) -> int:
        return self.response.status_code

    def text(self, path: str) -> str | None:
        """Return the text at a path below `response`, or None if there is no such element."""
        return self.tree.findtext(path)

    @property
    def results(self) -> list[etree._Element]:
        return self.tree.findall("operation/result")

    def records(self) -> list[dict[str, str]]:
        return [
            {str(field.tag): field.text or "" for field in row} for row in self.tree.iterfind("operation/result/data/*")
        ]

    def data(self) -> dict[str, str]:
        data = self.tree.find("operation/result/data")
        return {} if data is None else {str(key): str(value) for key, value in data.attrib.items()}

    def errors(self) -> list[tuple[str | None, str]]:
        """Return (errorno, text without the Support ID) of every error in the reply."""
        return [(error.findtext("errorno"), _error_text(error)) for error in self.tree.iter("error")]

    def layer(self) -> str:
        """Return the name of the element around the errormessage."""
        message = self.tree.find(".//errormessage")
        parent = None if message is None else message.getparent()
        return "" if parent is None else str(parent.tag)


def _error_text(error: etree._Element) -> str:
    text = error.findtext("description2") or error.findtext("description") or ""
    return re.split(r" \[(?:Support|Request) ID:", text)[0]


class GatewayClient:
    """One user of one company at the gateway. `changed`: attributes to replace, for example with wrong values."""

    def __init__(self, practice: Practice, company: str = "HARBOUR-MILLS", **changed: str) -> None:
        self.practice = practice
        self.company = company
        self.sender = changed.get("sender", SENDER)
        self.sender_password = changed.get("sender_password", os.environ["INTACCT_SENDER_PASSWORD"])
        self.user = changed.get("user", "Beanworks")
        self.password = changed.get("password", PASSWORD)
        self.entity: str | None = changed.get("entity")
        self.session: str | None = changed.get("session")
        self.http = requests.Session()

    def control(self, act: str = "", method: str = "POST", **details: Any) -> Any:
        """Call the control API of this company."""
        address = f"{self.practice.address}/control/companies/{self.company}/{act}".rstrip("/")
        arguments = {"params": details} if method == "GET" else {"json": details}
        response = requests.request(method, address, timeout=10, **arguments)  # type: ignore[arg-type]
        response.raise_for_status()
        return response.json()

    def send(self, raw: bytes, **headers: str) -> Answer:
        sent = {"Content-Type": "application/xml"} | headers
        return Answer(self.http.post(self.practice.gateway, data=raw, headers=sent, timeout=20))

    def call(self, *functions: etree._Element, transaction: bool = False, **control: str) -> Answer:
        return self.send(self.request(*functions, transaction=transaction, **control))

    def request(self, *functions: etree._Element, transaction: bool = False, **control: str) -> bytes:
        calls = [E.function(function, controlid=f"f-{at}") for at, function in enumerate(functions)]
        pieces = [E("control", *self._control(**control)), E.operation(self._authentication(), E.content(*calls))]
        if transaction:
            pieces[1].set("transaction", "true")
        return etree.tostring(E.request(*pieces), encoding="UTF-8", xml_declaration=True)

    def _control(self, **more: str) -> list[etree._Element]:
        fields = {"senderid": self.sender, "password": self.sender_password, "controlid": "r-1", "uniqueid": "false"}
        return [E(name, value) for name, value in (fields | {"dtdversion": "3.0"} | more).items()]

    def _authentication(self) -> etree._Element:
        if self.session is not None:
            return E.authentication(E.sessionid(self.session))
        entity = [] if self.entity is None else [E.locationid(self.entity)]
        login = E.login(E.userid(self.user), E.companyid(self.company), E.password(self.password), *entity)
        return E.authentication(login)

    def open(self) -> "GatewayClient":
        """Open a session and use it from now on."""
        self.session = self.call(E.getAPISession()).text("operation/result/data/api/sessionid")
        return self


def query(
    name: str,
    fields: str = "RECORDNO",
    where: etree._Element | None = None,
    *,
    order: str = "",
    page: int = 0,
    offset: int = 0,
    **options: str,
) -> etree._Element:
    """Return a query. `order` can end in " desc"."""
    request = E.query(E.object(name), E.select(*(E.field(field) for field in fields.split())))
    if where is not None:
        request.append(E.filter(where))
    if order:
        field, _, down = order.partition(" ")
        request.append(E.orderby(E.order(E.field(field), E("descending" if down else "ascending"))))
    if options:
        request.append(E.options(*(E(key, value) for key, value in options.items())))
    if page:
        request.append(E.pagesize(str(page)))
    if offset:
        request.append(E.offset(str(offset)))
    return request


def condition(kind: str, field: str, *values: str) -> etree._Element:
    """Return one condition of a filter."""
    return E(kind, E.field(field), *(E.value(value) for value in values))
