"""Requests and replies as bytes on the wire, with no client's help: what the practice company is judged by."""

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
    """An element; text stands before elements."""
    made = etree.Element(tag, attributes)
    for each in inside:
        if isinstance(each, str):
            made.text = each
        else:
            made.append(each)
    return made


class Maker:
    """E.query(...) is the element `query`; E("query", ...) the same."""

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
        """The text at a path below `response`; None when there is no such element."""
        return self.tree.findtext(path)

    @property
    def results(self) -> list[etree._Element]:
        return self.tree.findall("operation/result")

    def records(self) -> list[dict[str, str]]:
        return [
            {str(each.tag): each.text or "" for each in row} for row in self.tree.iterfind("operation/result/data/*")
        ]

    def data(self) -> dict[str, str]:
        found = self.tree.find("operation/result/data")
        return {} if found is None else {str(key): str(each) for key, each in found.attrib.items()}

    def errors(self) -> list[tuple[str | None, str]]:
        """(errorno, what is told without the Support ID) of every error, wherever it stands."""
        return [(each.findtext("errorno"), _told(each)) for each in self.tree.iter("error")]

    def layer(self) -> str:
        """Where the errormessage is: the name of the element around it."""
        found = self.tree.find(".//errormessage")
        parent = None if found is None else found.getparent()
        return "" if parent is None else str(parent.tag)


def _told(error: etree._Element) -> str:
    told = error.findtext("description2") or error.findtext("description") or ""
    return re.split(r" \[(?:Support|Request) ID:", told)[0]


class Wire:
    """One user of one company at the gateway. Pieces may be changed to be wrong."""

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
        """The control API of this company."""
        address = f"{self.practice.address}/control/companies/{self.company}/{act}".rstrip("/")
        told = {"params": details} if method == "GET" else {"json": details}
        response = requests.request(method, address, timeout=10, **told)  # type: ignore[arg-type]
        response.raise_for_status()
        return response.json()

    def send(self, raw: bytes, **headers: str) -> Answer:
        sent = {"Content-Type": "application/xml"} | headers
        return Answer(self.http.post(self.practice.gateway, data=raw, headers=sent, timeout=20))

    def call(self, *functions: etree._Element, transaction: bool = False, **control: str) -> Answer:
        return self.send(self.request(*functions, transaction=transaction, **control))

    def request(self, *functions: etree._Element, transaction: bool = False, **control: str) -> bytes:
        calls = [E.function(each, controlid=f"f-{at}") for at, each in enumerate(functions)]
        pieces = [E("control", *self._control(**control)), E.operation(self._authentication(), E.content(*calls))]
        if transaction:
            pieces[1].set("transaction", "true")
        return etree.tostring(E.request(*pieces), encoding="UTF-8", xml_declaration=True)

    def _control(self, **more: str) -> list[etree._Element]:
        told = {"senderid": self.sender, "password": self.sender_password, "controlid": "r-1", "uniqueid": "false"}
        return [E(name, value) for name, value in (told | {"dtdversion": "3.0"} | more).items()]

    def _authentication(self) -> etree._Element:
        if self.session is not None:
            return E.authentication(E.sessionid(self.session))
        entity = [] if self.entity is None else [E.locationid(self.entity)]
        login = E.login(E.userid(self.user), E.companyid(self.company), E.password(self.password), *entity)
        return E.authentication(login)

    def open(self) -> "Wire":
        """Go on in a session."""
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
    """A query; `order` may end in " desc"."""
    made = E.query(E.object(name), E.select(*(E.field(each) for each in fields.split())))
    if where is not None:
        made.append(E.filter(where))
    if order:
        field, _, down = order.partition(" ")
        made.append(E.orderby(E.order(E.field(field), E("descending" if down else "ascending"))))
    if options:
        made.append(E.options(*(E(key, value) for key, value in options.items())))
    if page:
        made.append(E.pagesize(str(page)))
    if offset:
        made.append(E.offset(str(offset)))
    return made


def condition(kind: str, field: str, *values: str) -> etree._Element:
    """One condition of a filter."""
    return E(kind, E.field(field), *(E.value(each) for each in values))
