"""Simulate a company behind a `Gateway`: it signs users in, keeps sessions and has one list."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from lxml import etree

from intacct import functions
from intacct.request import Login, Sender
from intacct.secret import Secret
from intacct.session import Session
from intacct.shared_session import Store
from intacct.transport import Transport
from tests.intacct import replies as r
from tests.intacct.gateway import Answer, Asked, Gateway

SENDER = Sender("Sender", Secret("sender-password"))
ASK = functions.get_dimensions()


@dataclass
class Company:
    """Answer the requests of a gateway.

    now: the time of the company's clock. life: the length of a session; each reply reports its end.
    before: may answer a request instead of the company.
    """

    gateway: Gateway
    password: str = "right"
    endpoint: str = ""
    now: datetime = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    life: timedelta = timedelta(hours=6)
    sessions: dict[str, str] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    before: Callable[[Asked], Answer | None] = lambda asked: None
    names: Iterator[str] = field(default_factory=lambda: (f"session-{number}" for number in itertools.count(1)))

    def __post_init__(self) -> None:
        self.endpoint = self.endpoint or self.gateway.origin + "/na12"
        self.gateway.app = self

    @property
    def logins(self) -> int:
        return sum(asked.text("operation/authentication/login/password") is not None for asked in self.gateway.asked)

    def __call__(self, asked: Asked) -> Answer:
        return self.before(asked) or Answer(self._answer(asked))

    def _answer(self, asked: Asked) -> str:
        control_id = asked.text("control/controlid") or ""
        session = asked.text("operation/authentication/sessionid")
        if session is None:
            if asked.text("operation/authentication/login/password") != self.password:
                refusal = r.error("XL03000006", "", "Sign-in information is incorrect")
                return r.authentication_failure(refusal, control_id=control_id)
        elif session not in self.sessions:
            return r.authentication_failure(
                r.error("XL03000006", "", f"Invalid session {session}..."), control_id=control_id
            )
        if asked.text(".//function/getAPISession/locationid") == "CLOSED":
            refusal = r.error("XL03000006", "", "Sign-in information is incorrect")
            return r.authentication_failure(refusal, control_id=control_id)
        location = self.sessions[session] if session else asked.text("operation/authentication/login/locationid") or ""
        functions = zip(asked.functions, asked.control_ids, strict=True)
        results = [self._result(function, function_id, location) for function, function_id in functions]
        times = {"timestamp": self.now.isoformat(), "timeout": (self.now + self.life).isoformat()}
        return r.ok(*results, control_id=control_id, location=location, **times)

    def _result(self, function: etree._Element, control_id: str, location: str) -> str:
        if function.tag == "query":
            return self._query(function)
        if function.tag == "getAPISession":
            name = next(self.names)
            self.sessions[name] = (
                location if function.find("locationid") is None else function.findtext("locationid", "")
            )
            return r.session(name, self.endpoint, self.sessions[name])
        return r.result("<data/>", function=str(function.tag), control_id=control_id)

    def _query(self, query: etree._Element) -> str:
        after = int(query.findtext("filter//greaterthan/value") or 0)
        size = int(query.findtext("pagesize") or 100)
        matches = sorted(number for number in self.numbers if number > after)
        rows = [{"RECORDNO": str(number)} for number in matches[:size]]
        return r.result(r.page("VENDOR", rows, remaining=len(matches) - len(rows)))


def session(company: Company, password: str = "right", store: Store | None = None) -> Session:
    transport = Transport(company.gateway.endpoint, [company.gateway.origin], sleep=lambda seconds: None)
    return Session(transport, SENDER, Login("ACME", "Beanworks", Secret(password)), store)
