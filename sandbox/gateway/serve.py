"""From the bytes of a request to the bytes of its reply."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from sandbox import faults
from sandbox.company import Company
from sandbox.data import changes, times
from sandbox.data.books import books_of
from sandbox.gateway import access, functions, refusals, sessions
from sandbox.gateway.calls import Call, Raw
from sandbox.gateway.lanes import lane
from sandbox.gateway.markup import element, leaf
from sandbox.gateway.request import Operation, Request, document, named, validated
from sandbox.world import SENDERS, world

XML = 'text/xml; encoding="UTF-8"'


@dataclass
class Reply:
    """`company`, `functions` and `outcomes` are for the log of requests."""

    body: bytes
    status: int = 200
    content_type: str = XML
    company: str = ""
    functions: list[str] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    retry_after: int = 0
    cut: bool = False
    dribbled: bool = False


def answer(raw: bytes, endpoint: str) -> Reply:
    try:
        root = document(raw)
    except refusals.ControlRefused as refusal:
        return _refused(refusal, None)
    company_id, session_id = named(root)
    session = sessions.find(session_id)
    company = world.companies.get(company_id or (session.company if session else ""))
    called = [str(each.tag) for each in root.iterfind("operation/content/function/*")]
    struck = faults.draw(company, set(called)) if company else []
    reply = _struck(company, struck, root) or _served(root, company_id, company, struck, endpoint)
    reply.company, reply.functions = company.id if company else company_id, called
    return _weathered(reply, company, {each["name"] for each in struck})


def _struck(company: Company | None, struck: list[dict[str, Any]], root: etree._Element) -> Reply | None:
    """The fault that answers in the gateway's stead, if one does."""
    for entry in struck:
        fault = faults.FAULTS[entry["name"]]
        if fault.page:
            status, content_type, body = fault.page
            return Reply(body.encode(), status, content_type, outcomes=[fault.name])
        refusal = faults.refusal_of(entry, company, _control_id(root)) if company else None
        if refusal:
            return _refused(refusal, root)
    return None


def _control_id(root: etree._Element) -> str:
    return next((each.get("controlid", "") for each in root.iter("function")), "")


def _weathered(reply: Reply, company: Company | None, weather: set[str]) -> Reply:
    reply.cut, reply.dribbled = "truncated" in weather, "dribble" in weather
    for change in filter(None, (faults.FAULTS[name].document for name in weather)):
        reply.body, reply.content_type = change(reply.body)
    if "status-500" in weather:
        reply.status = 500
    if "moving-rows" in weather and company:
        with world.change():
            company.journal.append(changes.week(times.now()))
    return reply


def _served(
    root: etree._Element, company_id: str, company: Company | None, struck: list[dict[str, Any]], endpoint: str
) -> Reply:
    try:
        if company_id and (company is None or company.status != "active"):
            raise refusals.unknown_company()
        if company is None:
            return _judged(root, None, struck, endpoint)
        with lane(company):
            if slow := faults.entry_of(struck, "slow"):
                time.sleep(slow.get("seconds", faults.SLOW_SECONDS))
            if stalled := faults.entry_of(struck, "stalled"):
                faults.hold_up(company.id, stalled.get("seconds"))
            return _judged(root, company, struck, endpoint)
    except refusals.Refusal as refusal:
        return _refused(refusal, root)


def _judged(root: etree._Element, company: Company | None, struck: list[dict[str, Any]], endpoint: str) -> Reply:
    request = validated(root)
    if SENDERS.get(request.sender) != request.password:
        raise refusals.wrong_sender()
    if request.policy is not None:
        raise refusals.wrong_policy(request.policy)
    if company and company.expired:
        raise refusals.expired()
    if company and 0 < company.behaviour.functions_per_request < sum(
        len(each.functions) for each in request.operations
    ):
        raise refusals.too_many_functions()
    more = request.more_errors or any(each["name"] == "more-errors" for each in struck)
    shown: list[str | bytes] = [_control(request, "success")]
    outcomes: list[str] = []
    for operation in request.operations:
        signed = _signed_in(operation, request)
        call = Call(*signed, books_of(signed[0]), endpoint, {each["name"] for each in struck}, unique=request.is_unique)
        done = functions.run(call, operation, struck)
        raw = done[0][1] if len(done) == 1 else ""
        if isinstance(raw, Raw):
            return Reply(raw.body, content_type=raw.content_type, outcomes=["success"])
        outcomes += [_outcome(each) for each in done]
        shown += ["<operation>", _authenticated(call)]
        for function, outcome in zip(operation.functions, done, strict=True):
            shown += functions.result(function, outcome, struck, more=more)
        shown.append("</operation>")
    return Reply(_document(*shown), outcomes=outcomes)


def _signed_in(operation: Operation, request: Request) -> tuple[Company, Any, str, sessions.Session | None]:
    """Company, user, entity and session, once sign-in and sender's authorisation have held."""
    login = operation.login
    if login:
        company, session = world.companies[login.company], None
        user, entity = access.sign_in(company, login)
    else:
        session = sessions.find(operation.session)
        if session is None or session.company not in world.companies:
            raise refusals.invalid_session(operation.session)
        company = world.companies[session.company]
        found = company.users.get(session.user)
        if found is None:
            raise refusals.invalid_session(operation.session)
        access.active(company, found)
        user, entity = found, session.entity
        sessions.slide(session, company.behaviour.session_seconds)
    access.sender_allowed(company, request.sender)
    return company, user, entity, session


# Writing


def _document(*pieces: str | bytes) -> bytes:
    whole = ('<?xml version="1.0" encoding="UTF-8"?>\n<response>', *pieces, "</response>")
    return b"".join(each.encode() if isinstance(each, str) else each for each in whole)


def _control(request: Request, status: str) -> str:
    return element(
        "control",
        leaf("status", status),
        leaf("senderid", request.sender),
        leaf("controlid", request.control_id),
        leaf("uniqueid", str(request.is_unique).lower()),
        leaf("dtdversion", request.dtd_version),
    )


def _echo(root: etree._Element | None, status: str) -> str:
    """The control block of a request that may not even be valid."""
    names = ("senderid", "controlid", "uniqueid", "dtdversion")
    told = ((name, None if root is None else root.findtext(f"control/{name}")) for name in names)
    return element("control", leaf("status", status), *(leaf(name, value) for name, value in told))


def _authenticated(call: Call) -> str:
    now = time.time()
    timeout = call.session.timeout if call.session else now + call.company.behaviour.session_seconds
    return element(
        "authentication",
        leaf("status", "success"),
        leaf("userid", call.user.user_id),
        leaf("companyid", call.company.id),
        leaf("locationid", call.entity),
        leaf("sessiontimestamp", _moment(now)),
        leaf("sessiontimeout", _moment(timeout)),
    )


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _refused(refusal: refusals.Refusal, root: etree._Element | None) -> Reply:
    told = refusals.message(refusal.errors)
    outcome = refusal.errors[0].errorno or "failure"
    if isinstance(refusal, refusals.ControlRefused):
        control = element("control", leaf("status", "failure")) if refusal.bare else _echo(root, "failure")
        return Reply(_document(control, told), refusal.status, outcomes=[outcome], retry_after=refusal.retry_after)
    login = "operation/authentication/login/"
    named_in = [(name, root.findtext(login + name) if root is not None else "") for name in ("userid", "companyid")]
    sign_in = element("authentication", leaf("status", "failure"), *(leaf(*each) for each in named_in))
    return Reply(_document(_echo(root, "success"), element("operation", sign_in, told)), outcomes=[outcome])


def _outcome(outcome: functions.Outcome) -> str:
    status, _, errors = outcome
    return status if not errors else errors[0].errorno or status
