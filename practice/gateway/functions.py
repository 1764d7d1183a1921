"""The table of functions, and running the functions of one operation."""

import re
from collections.abc import Callable
from typing import Any

from lxml import etree

from practice import faults
from practice.gateway import bills, control_ids, legacy, legacy_bills, metadata, query, setup
from practice.gateway.calls import Call, Raw
from practice.gateway.refusals import (
    ROLLED_BACK,
    WARNING,
    Error,
    ResultRefused,
    function_denied,
    message,
    not_offered,
    unsupported,
)
from practice.gateway.request import Function, Operation
from practice.gateway.xml import leaf
from practice.records.dataset import dataset_of
from practice.state import store

ResultData = str | bytes | Raw  # Finished markup; lists of records are bytes, because they are long.

FUNCTIONS: dict[str, Callable[[Call, etree._Element], ResultData]] = {
    "query": query.query,
    "readByQuery": legacy.read_by_query,
    "readMore": legacy.read_more,
    "read": legacy.read,
    "readByName": legacy.read_by_name,
    "lookup": metadata.lookup,
    "inspect": metadata.inspect,
    "create": bills.create_bills,
    "delete": bills.delete_bills,
    "create_bill": legacy_bills.create_bill,
    "delete_bill": legacy_bills.delete_bill,
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
"""Functions whose element contains the record they are about."""

WRITING = frozenset({"create", "delete", "create_bill", "delete_bill"})

# status, data, errors
Outcome = tuple[str, ResultData, list[Error]]


def run(call: Call, operation: Operation, fault_entries: list[dict[str, Any]]) -> list[Outcome]:
    """Run each function and return the outcomes. Operations that change records run one after the other."""
    if not any(function.name in WRITING for function in operation.functions):
        return _run_functions(call, operation, fault_entries)
    with store.lock:
        call.company = store.companies.get(call.company.id, call.company)
        call.dataset = dataset_of(call.company)
        return _run_functions(call, operation, fault_entries)


def _run_functions(call: Call, operation: Operation, fault_entries: list[dict[str, Any]]) -> list[Outcome]:
    """Run each function. In a transaction, the first failure undoes the others."""
    outcomes: list[Outcome] = []
    for function in operation.functions:
        outcome = _run_function(call, function, fault_entries, alone=len(operation.functions) == 1)
        outcomes.append(outcome)
        if not operation.transaction:
            _save_changes(call)
        elif outcome[0] == "failure":
            return _roll_back(outcomes, len(operation.functions))
    _save_changes(call)
    return outcomes


def _run_function(call: Call, function: Function, fault_entries: list[dict[str, Any]], *, alone: bool) -> Outcome:
    try:
        about = object_of(function)
        fault = faults.function_refusal(fault_entries, call.company, function.name, about, function.control_id)
        if fault:
            raise fault
        if call.unique:
            control_ids.check(call.company, function.control_id)
        data = _call_function(call, function, alone=alone)
        call.control_ids.append(function.control_id)
        warnings = [WARNING] if faults.affects_function(fault_entries, "warning", function.name, about) else []
        return (
            "success",
            data if isinstance(data, Raw) else faults.damage_data(fault_entries, function.name, about, data),
            warnings,
        )
    except ResultRefused as refusal:
        return "failure", "", _visible_errors(call, refusal.errors)


def _visible_errors(call: Call, errors: list[Error]) -> list[Error]:
    """Return the errors that the company reports. Details are in all errors after the first, if it reports them."""
    return errors if call.company.behavior.further_errors else errors[:1]


def _call_function(call: Call, function: Function, *, alone: bool) -> ResultData:
    if function.name not in FUNCTIONS:
        raise _refusal(function)
    if function.name in call.company.behavior.denied_functions:
        raise function_denied(function.name)
    if function.name == "getAPISession" and not alone:
        raise ResultRefused([Error("XL03000006", "getAPISession must be the only function of a request")])
    data = FUNCTIONS[function.name](call, function.call)
    if isinstance(data, Raw) and not alone:
        raise ResultRefused([Error("DL02000001", "A returnformat other than xml takes a request of its own")])
    return data


def _refusal(function: Function) -> ResultRefused:
    """Return the refusal of an unsupported function, as recorded for CREATE with an unsupported object ([EST])."""
    about = object_of(function)
    if not about:
        return not_offered(function.name)
    return unsupported(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", function.name).upper(), about)


def object_of(function: Function) -> str:
    """Return the object of a function: from an element, from an attribute (get, get_list), or from its record."""
    held = function.call[0].tag if function.name in HOLDING and len(function.call) else ""
    return (function.call.findtext("object") or function.call.get("object") or str(held)).strip()


def _save_changes(call: Call) -> None:
    if call.unique:
        control_ids.use(call.company.id, call.control_ids)
    if call.events:
        with store.change():
            call.company.journal.extend(call.events)
            call.company.used_control_ids += call.control_ids if call.unique else []
        call.events.clear()
        call.dataset = dataset_of(call.company)


def _roll_back(outcomes: list[Outcome], count: int) -> list[Outcome]:
    *before, (status, data, errors) = outcomes
    aborted: Outcome = ("aborted", "", [ROLLED_BACK])
    failed: Outcome = (status, data, [*errors, ROLLED_BACK])
    return [aborted] * len(before) + [failed] + [aborted] * (count - len(outcomes))


def result(
    function: Function, outcome: Outcome, fault_entries: list[dict[str, Any]], *, more: bool
) -> list[str | bytes]:
    """Return the pieces of a result element."""
    status, data, errors = outcome
    error_markup = message(errors, more=more) if errors else ""
    head = leaf("status", status) + leaf("function", function.name)
    if not faults.affects_function(fault_entries, "no-control-id", function.name, object_of(function)):
        head += leaf("controlid", function.control_id)
    return ["<result>", head, "" if isinstance(data, Raw) else data, error_markup, "</result>"]
