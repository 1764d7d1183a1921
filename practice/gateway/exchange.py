"""Serving a request: from its bytes to the bytes of the reply."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from practice import faults
from practice.company import Company
from practice.gateway import access, functions, refusals, sessions
from practice.gateway.calls import Call, Raw
from practice.gateway.concurrency import request_slot
from practice.gateway.request import Operation, Request, document, named_company_and_session, validate
from practice.gateway.xml import element, leaf
from practice.records import history, times
from practice.records.dataset import dataset_of
from practice.state import SENDERS, store

XML = 'text/xml; encoding="UTF-8"'


@dataclass
class Reply:
    """A reply to send. `company`, `functions` and `outcomes` are for the log of requests."""

    body: bytes
    status: int = 200
    content_type: str = XML
    company: str = ""
    control_id: str = ""
    functions: list[str] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    retry_after: int = 0
    cut: bool = False
    is_paused: bool = False
    is_lost: bool = False


def answer(raw: bytes, endpoint: str) -> Reply:
    try:
        root = document(raw)
    except refusals.ControlRefused as refusal:
        return _refusal_reply(refusal, None)
    company_id, session_id = named_company_and_session(root)
    session = sessions.find(session_id)
    company = store.companies.get(company_id or (session.company if session else ""))
    called = [str(function.tag) for function in root.iterfind("operation/content/function/*")]
    fault_entries = faults.select_active(company, set(called)) if company else []
    reply = _fault_reply(company, fault_entries, root) or _serve(root, company_id, company, fault_entries, endpoint)
    reply.company, reply.functions = company.id if company else company_id, called
    reply.control_id = root.findtext("control/controlid") or ""
    return _apply_reply_faults(reply, company, {entry["name"] for entry in fault_entries})


def _fault_reply(company: Company | None, fault_entries: list[dict[str, Any]], root: etree._Element) -> Reply | None:
    """Return the reply of a fault that replaces the gateway's reply, or None."""
    for entry in fault_entries:
        fault = faults.FAULTS[entry["name"]]
        if fault.page:
            status, content_type, body = fault.page
            return Reply(body.encode(), status, content_type, outcomes=[fault.name])
        refusal = faults.refusal_of(entry, company, _control_id(root)) if company else None
        if refusal:
            return _refusal_reply(refusal, root)
    return None


def _control_id(root: etree._Element) -> str:
    return next((function.get("controlid", "") for function in root.iter("function")), "")


def _apply_reply_faults(reply: Reply, company: Company | None, fault_names: set[str]) -> Reply:
    reply.cut, reply.is_paused = "truncated" in fault_names, "pause" in fault_names
    reply.is_lost = "lost-reply" in fault_names
    for change in filter(None, (faults.FAULTS[name].document for name in fault_names)):
        reply.body, reply.content_type = change(reply.body)
    if "status-500" in fault_names:
        reply.status = 500
    if "changing-rows" in fault_names and company:
        with store.change():
            company.journal.append(history.week(times.now()))
    return reply


def _serve(
    root: etree._Element, company_id: str, company: Company | None, fault_entries: list[dict[str, Any]], endpoint: str
) -> Reply:
    try:
        if company_id and (company is None or company.status != "active"):
            raise refusals.unknown_company()
        if company is None:
            return _process(root, None, fault_entries, endpoint)
        with request_slot(company):
            if slow := faults.entry_of(fault_entries, "slow"):
                time.sleep(slow.get("seconds", faults.SLOW_SECONDS))
            faults.wait_while_on(company.id, fault_entries, "stalled")
            reply = _process(root, company, fault_entries, endpoint)
            faults.wait_while_on(company.id, fault_entries, "stalled-reply")
            return reply
    except refusals.Refusal as refusal:
        return _refusal_reply(refusal, root)


def _process(
    root: etree._Element, company: Company | None, fault_entries: list[dict[str, Any]], endpoint: str
) -> Reply:
    request = validate(root)
    if SENDERS.get(request.sender) != request.password:
        raise refusals.wrong_sender()
    if request.policy is not None:
        raise refusals.wrong_policy(request.policy)
    if company and company.expired:
        raise refusals.expired()
    if company and 0 < company.behavior.functions_per_request < sum(
        len(operation.functions) for operation in request.operations
    ):
        raise refusals.too_many_functions()
    more = request.more_errors or any(entry["name"] == "more-errors" for entry in fault_entries)
    shown: list[str | bytes] = [_control(request, "success")]
    outcomes: list[str] = []
    for operation in request.operations:
        signed = _sign_in(operation, request)
        call = Call(
            *signed,
            dataset_of(signed[0]),
            endpoint,
            {entry["name"] for entry in fault_entries},
            unique=request.is_unique,
        )
        done = functions.run(call, operation, fault_entries)
        raw = done[0][1] if len(done) == 1 else ""
        if isinstance(raw, Raw):
            return Reply(raw.body, content_type=raw.content_type, outcomes=["success"])
        outcomes += [_outcome(outcome) for outcome in done]
        shown += ["<operation>", _authentication_markup(call)]
        for function, outcome in zip(operation.functions, done, strict=True):
            shown += functions.result(function, outcome, fault_entries, more=more)
        shown.append("</operation>")
    return Reply(_document(*shown), outcomes=outcomes)


def _sign_in(operation: Operation, request: Request) -> tuple[Company, Any, str, sessions.Session | None]:
    """Check sign-in and the sender's authorization. Return company, user, entity and session."""
    login = operation.login
    if login:
        company, session = store.companies[login.company], None
        user, entity = access.sign_in(company, login)
    else:
        session = sessions.find(operation.session)
        if session is None or session.company not in store.companies:
            raise refusals.invalid_session(operation.session)
        company = store.companies[session.company]
        session_user = company.users.get(session.user)
        if session_user is None:
            raise refusals.invalid_session(operation.session)
        access.check_active(company, session_user)
        user, entity = session_user, session.entity
        sessions.extend(session, company.behavior.session_seconds)
    access.check_sender(company, request.sender)
    return company, user, entity, session


# Writing


def _document(*pieces: str | bytes) -> bytes:
    whole = ('<?xml version="1.0" encoding="UTF-8"?>\n<response>', *pieces, "</response>")
    return b"".join(piece.encode() if isinstance(piece, str) else piece for piece in whole)


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
    """Return the control block for a request that may be invalid."""
    names = ("senderid", "controlid", "uniqueid", "dtdversion")
    fields = ((name, None if root is None else root.findtext(f"control/{name}")) for name in names)
    return element("control", leaf("status", status), *(leaf(name, value) for name, value in fields))


def _authentication_markup(call: Call) -> str:
    now = time.time()
    timeout = call.session.timeout if call.session else now + call.company.behavior.session_seconds
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


def _refusal_reply(refusal: refusals.Refusal, root: etree._Element | None) -> Reply:
    error_markup = refusals.message(refusal.errors)
    outcome = refusal.errors[0].errorno or "failure"
    if isinstance(refusal, refusals.ControlRefused):
        control = element("control", leaf("status", "failure")) if refusal.bare else _echo(root, "failure")
        return Reply(
            _document(control, error_markup), refusal.status, outcomes=[outcome], retry_after=refusal.retry_after
        )
    login = "operation/authentication/login/"
    named_in = [(name, root.findtext(login + name) if root is not None else "") for name in ("userid", "companyid")]
    sign_in = element("authentication", leaf("status", "failure"), *(leaf(*name) for name in named_in))
    return Reply(_document(_echo(root, "success"), element("operation", sign_in, error_markup)), outcomes=[outcome])


def _outcome(outcome: functions.Outcome) -> str:
    status, _, errors = outcome
    return status if not errors else errors[0].errorno or status
