"""Every function served, and the running of those of one operation."""

import re
from collections.abc import Callable
from typing import Any

from lxml import etree

from sandbox import faults
from sandbox.data.books import books_of
from sandbox.gateway import bills, control_ids, legacy, metadata, query, setup
from sandbox.gateway.calls import Call, Raw
from sandbox.gateway.markup import leaf
from sandbox.gateway.refusals import (
    ROLLED_BACK,
    WARNING,
    Error,
    ResultRefused,
    function_denied,
    message,
    not_offered,
    unsupported,
)
from sandbox.gateway.request import Function, Operation
from sandbox.world import world

Made = str | bytes | Raw  # Markup ready to be sent; lists of records come as bytes, being long.

FUNCTIONS: dict[str, Callable[[Call, etree._Element], Made]] = {
    "query": query.query,
    "readByQuery": legacy.read_by_query,
    "readMore": legacy.read_more,
    "read": legacy.read,
    "readByName": legacy.read_by_name,
    "lookup": metadata.lookup,
    "inspect": metadata.inspect,
    "create": bills.create,
    "getAPISession": setup.get_api_session,
    "getUserPermissions": setup.get_user_permissions,
    "getDimensions": setup.get_dimensions,
    "getFinancialSetup": setup.get_financial_setup,
    "readEntityDetails": setup.read_entity_details,
    "readUserFormatting": setup.read_user_formatting,
    "get_applications": setup.get_applications,
    "get_companyprefs": setup.get_companyprefs,
}

HOLDING = frozenset({"create", "update", "validate"})
"""Functions that hold the record they are about."""

# status, what was made, errors
Outcome = tuple[str, Made, list[Error]]


def run(call: Call, operation: Operation, struck: list[dict[str, Any]]) -> list[Outcome]:
    """The outcome of each function. In a transaction the first failure undoes the others."""
    outcomes: list[Outcome] = []
    for function in operation.functions:
        outcome = _one(call, function, struck, alone=len(operation.functions) == 1)
        outcomes.append(outcome)
        if not operation.transaction:
            _keep(call)
        elif outcome[0] == "failure":
            return _rolled_back(outcomes, len(operation.functions))
    _keep(call)
    return outcomes


def _one(call: Call, function: Function, struck: list[dict[str, Any]], *, alone: bool) -> Outcome:
    try:
        about = object_of(function)
        fault = faults.of_function(struck, call.company, function.name, about, function.control_id)
        if fault:
            raise fault
        if call.unique:
            control_ids.check(call.company.id, function.control_id)
        made = _called(call, function, alone=alone)
        call.control_ids.append(function.control_id)
        warnings = [WARNING] if faults.strikes_function(struck, "warning", function.name, about) else []
        return (
            "success",
            made if isinstance(made, Raw) else faults.damaged(struck, function.name, about, made),
            warnings,
        )
    except ResultRefused as refusal:
        return "failure", refusal.data, _told(call, refusal.errors)


def _told(call: Call, errors: list[Error]) -> list[Error]:
    """What more there is to say stands in further errors, in companies where it is told at all."""
    return errors if call.company.behaviour.telling_errors else errors[:1]


def _called(call: Call, function: Function, *, alone: bool) -> Made:
    if function.name not in FUNCTIONS:
        raise _not_offered(function)
    if function.name in call.company.behaviour.denied_functions:
        raise function_denied(function.name)
    if function.name == "getAPISession" and not alone:
        raise ResultRefused([Error("XL03000006", "getAPISession must be the only function of a request")])
    made = FUNCTIONS[function.name](call, function.call)
    if isinstance(made, Raw) and not alone:
        raise ResultRefused([Error("DL02000001", "A returnformat other than xml takes a request of its own")])
    return made


def _not_offered(function: Function) -> ResultRefused:
    """Functions about one object are refused as CREATE is for an object it does not make (recorded, [EST])."""
    about = object_of(function)
    if not about:
        return not_offered(function.name)
    return unsupported(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", function.name).upper(), about)


def object_of(function: Function) -> str:
    """What it is about: named in an element or, by get and get_list, in an attribute; or the record that it holds."""
    held = function.call[0].tag if function.name in HOLDING and len(function.call) else ""
    return (function.call.findtext("object") or function.call.get("object") or str(held)).strip()


def _keep(call: Call) -> None:
    if call.unique:
        control_ids.use(call.company.id, call.control_ids)
    if call.events:
        with world.change():
            call.company.journal.extend(call.events)
        call.events.clear()
        call.books = books_of(call.company)


def _rolled_back(outcomes: list[Outcome], count: int) -> list[Outcome]:
    *before, (status, data, errors) = outcomes
    aborted: Outcome = ("aborted", "", [ROLLED_BACK])
    failed: Outcome = (status, data, [*errors, ROLLED_BACK])
    return [aborted] * len(before) + [failed] + [aborted] * (count - len(outcomes))


def result(function: Function, outcome: Outcome, struck: list[dict[str, Any]], *, more: bool) -> list[str | bytes]:
    """The pieces of a result element."""
    status, made, errors = outcome
    told = message(errors, more=more) if errors else ""
    head = leaf("status", status) + leaf("function", function.name)
    if not faults.strikes_function(struck, "no-control-id", function.name, object_of(function)):
        head += leaf("controlid", function.control_id)
    return ["<result>", head, "" if isinstance(made, Raw) else made, told, "</result>"]
