"""Faults: failures between a client and the gateway that can be turned on.

A company's `faults` are entries {"name"} with optional limits: "calls" (number of calls), "share" (of the calls, 0..1),
"after" (number of calls without the fault first), "function" (only requests with this function), "object". Some faults
affect whole requests, some one function. Some have their own options: "seconds" (slow, stalled, stalled-reply),
"element" (text-…),
"megabytes", "depth", and for a refusal in words "layer", "errorno", "words".
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

from practice.company import Company
from practice.gateway import refusals, reply_faults, sessions
from practice.state import store

HTML = "text/html; charset=UTF-8"
CLOUDFLARE = (
    '<!DOCTYPE html><html><head><title>{0}</title></head><body><div id="cf-wrapper"><div id="cf-error-details" '
    'class="cf-error-details-wrapper"><h1>Error {0}</h1><p>Ray ID: 8f1d2c3b4a596877</p></div></div></body></html>'
)
SLOW_SECONDS = 2
PLAIN = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


@dataclass(frozen=True)
class Words:
    """A refusal whose layer or errorno is not publicly known. Both can be chosen when the fault is turned on.

    `source`: where the words come from. {company} and {control_id} are replaced by those of the request.
    """

    layer: str
    words: str
    source: str
    errorno: str = ""


@dataclass(frozen=True)
class Fault:
    """A fault. At most one of these is set:

    `page`: an HTTP reply instead of the gateway's (status, content type, body). `refusal`: the gateway refuses the
    request. `function`: one function is refused. `words`: either of these, depending on the layer. `result`: the data
    of one function is damaged. `document`: the whole reply is damaged. If none is set, other code looks for the fault
    by its name.
    """

    name: str
    label: str
    page: tuple[int, str, str] | None = None
    refusal: Callable[[Company], refusals.Refusal] | None = None
    function: Callable[[str, str], refusals.ResultRefused] | None = None
    words: Words | None = None
    result: Callable[[bytes, dict[str, Any]], bytes] | None = None
    document: Callable[[bytes], tuple[bytes, str]] | None = None


WORDS = {
    "too-many-operations": Words(
        "control", "Too many operations running for this company (200024)", "a partner's help pages; layer unknown"
    ),
    "in-process": Words(
        "control",
        "A request's function with the control ID '{control_id}' is in process",
        "a partner's help pages; layer unknown",
    ),
    "not-authorized": Words(
        "result", "Not authorized to execute this function", "a partner's help pages; layer unknown"
    ),
    "company-inactive": Words("control", "Company {company} is inactive", "guess"),
    "two-step": Words("sign-in", "2-step verification is required to sign in to this company.", "guess"),
    "single-sign-on": Words("sign-in", "This user must sign in through single sign-on.", "guess"),
    "no-top-level": Words("sign-in", "User does not have access to the top level", "guess"),
    "address-refused": Words("result", "Access denied: your IP address is not in the allowed range", "guess"),
    "web-services-not-subscribed": Words("result", "Web Services is not a subscribed module", "guess"),
    "unknown-error": Words("control", "The request cannot be carried out in the present phase", "guess", "XL03999999"),
}
"""Refusals by name of the fault."""


ALL = (
    Fault("wrong-sender", "Wrong sender ID or sender password", refusal=lambda _: refusals.wrong_sender()),
    Fault(
        "unauthorized-sender",
        "Sender not authorized",
        refusal=lambda company: refusals.unauthorized("BeanworksMPP", company.id),
    ),
    Fault("sender-inactive", "Sender or company stopped at the gateway", refusal=lambda _: refusals.unknown_company()),
    Fault(
        "wrong-company",
        "Company unknown, older spelling",
        refusal=lambda _: refusals.gateway("invalidRequest", "Invalid Request", 400),
    ),
    Fault("wrong-user", "User ID or password wrong", refusal=lambda _: refusals.wrong_user("sign-in")),
    Fault(
        "wrong-user-401",
        "User ID or password wrong, with HTTP 401",
        refusal=lambda _: refusals.wrong_user("XMLGW_JPP0002"),
    ),
    Fault("expired-session", "Every session ends"),
    Fault("company-expired", "Demo company expired", refusal=lambda _: refusals.expired()),
    Fault(
        "rate-limit",
        "Too many requests (429)",
        refusal=lambda company: refusals.too_many(company.behavior.retry_after),
    ),
    Fault(
        "rate-limit-text",
        "Too many requests, as text with HTTP 200",
        page=(200, "text/plain", "API rate limit exceeded"),
    ),
    Fault(
        "gateway-failure",
        "Gateway failure (500)",
        refusal=lambda _: refusals.gateway("GW-0001", "Unable to process request", 500),
    ),
    Fault("bad-gateway", "502 with HTML", page=(502, HTML, PLAIN.format("502 Bad Gateway"))),
    Fault("unavailable", "503 with HTML", page=(503, HTML, PLAIN.format("503 Service Unavailable"))),
    Fault("html", "HTML with HTTP 200", page=(200, HTML, PLAIN.format("Scheduled maintenance"))),
    Fault("cloudflare", "Cloudflare page (403)", page=(403, HTML, CLOUDFLARE.format("1020"))),
    Fault("timeout", "Cloudflare timeout (524)", page=(524, HTML, CLOUDFLARE.format("524"))),
    Fault("empty", "Empty body", page=(200, "text/xml", "")),
    Fault("truncated", "Body cut off halfway"),
    Fault("slow", "Slow reply (2 s)"),
    Fault("stalled", "No reply while this fault is on; the request is carried out afterwards"),
    Fault("stalled-reply", "The request is carried out, then no reply while this fault is on"),
    Fault("lost-reply", "The request is carried out, then the connection ends without a reply"),
    Fault("pause", "Body pauses halfway, then continues (2 s)"),
    Fault("more-errors", "Errors with additionalinfo"),
    Fault("undefined-order", "Different order each time, without orderby"),
    Fault("late-rows", "Changes of the last two minutes are not returned"),
    Fault("changing-rows", "A week passes after each request"),
    Fault("off-line", "Service temporarily off-line", function=lambda function, name: refusals.off_line()),
    Fault("denied", "No permission on an object", function=lambda function, name: refusals.denied("QUERY", name)),
    Fault("audit-denied", "Audit trail refused, without errorno", function=lambda _, name: refusals.audit_denied()),
    Fault("unknown-object", "Object not found", function=lambda _, name: refusals.unknown_object(name)),
    Fault("unknown-field", "Query failed", function=lambda _, name: refusals.bad_query("")),
    Fault("not-subscribed", "Application not subscribed", function=lambda _, name: refusals.not_subscribed(name)),
    *(Fault(name, f"Refused: {words.words}", words=words) for name, words in WORDS.items()),
    *(Fault(name, label, result=change) for name, (label, change) in reply_faults.RESULTS.items()),
    *(Fault(name, label, document=change) for name, (label, change) in reply_faults.DOCUMENTS.items()),
    Fault("warning", "A warning with a successful result"),
    Fault("no-control-id", "A result without its control ID"),
    Fault("status-500", "HTTP 500 with a complete reply"),
)
FAULTS = {fault.name: fault for fault in ALL}


def add(company: Company, name: str, **limits: Any) -> None:
    """Turn a fault on. Raise KeyError for an unknown fault and ValueError for an unknown layer."""
    if limits.get("layer") and limits["layer"] not in refusals.LAYERS:
        raise ValueError(f"{limits['layer']} is not one of {', '.join(refusals.LAYERS)}.")
    company.faults.append(
        {"name": FAULTS[name].name} | {key: value for key, value in limits.items() if value is not None}
    )


def select_active(company: Company, functions: set[str]) -> list[dict[str, Any]]:
    """Select the fault entries that affect this request, and count down their calls."""
    with store.lock:
        fault_entries = [fault for fault in company.faults if _affects(fault, functions)]
        if any("calls" in entry for entry in fault_entries):
            with store.change():
                _count_down(company, fault_entries)
    if any(entry["name"] == "expired-session" for entry in fault_entries):
        sessions.end_all(company.id)
    return fault_entries


stalled_requests: Counter[str] = Counter()
"""Number of requests by company that wait because of `stalled` or `stalled-reply`."""


def wait_while_on(company_id: str, fault_entries: list[dict[str, Any]], name: str) -> None:
    """Wait until the fault is turned off, or for its `seconds`, if it affects this request."""
    entry = entry_of(fault_entries, name)
    if entry is None:
        return
    stalled_requests[company_id] += 1
    until = time.monotonic() + entry.get("seconds", inf)
    while time.monotonic() < until and _is_on(store.companies.get(company_id), name):
        time.sleep(0.02)
    stalled_requests[company_id] -= 1


def _is_on(company: Company | None, name: str) -> bool:
    return company is not None and any(fault["name"] == name for fault in company.faults)


def _affects(entry: dict[str, Any], functions: set[str]) -> bool:
    if entry.get("function") and entry["function"] not in functions:
        return False
    if entry.get("after"):
        entry["after"] -= 1
        return False
    return bool(random.random() < entry.get("share", 1))  # noqa: S311


def _count_down(company: Company, fault_entries: list[dict[str, Any]]) -> None:
    for entry in fault_entries:
        if "calls" in entry:
            entry["calls"] -= 1
    company.faults = [fault for fault in company.faults if fault.get("calls", 1) > 0]


def entry_of(fault_entries: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    return next((entry for entry in fault_entries if entry["name"] == name), None)


def refusal_of(entry: dict[str, Any], company: Company, control_id: str) -> refusals.Refusal | None:
    """Return the refusal of the whole request, or None."""
    fault = FAULTS[entry["name"]]
    if fault.refusal:
        return fault.refusal(company)
    if fault.words and _layer(entry, fault.words) != "result":
        return _refusal_in_words(entry, fault.words, company.id, control_id)
    return None


def function_refusal(
    fault_entries: list[dict[str, Any]], company: Company, function: str, object_name: str, control_id: str
) -> refusals.Refusal | None:
    """Return the refusal of one function, or None. An entry without an object affects all objects."""
    for entry in _affecting(fault_entries, function, object_name):
        fault = FAULTS[entry["name"]]
        if fault.function and object_name:
            return fault.function(function, object_name)
        if fault.words and _layer(entry, fault.words) == "result":
            return _refusal_in_words(entry, fault.words, company.id, control_id)
    return None


def damage_data(fault_entries: list[dict[str, Any]], function: str, object_name: str, data: str | bytes) -> str | bytes:
    """Return the data of a function that succeeded, damaged by the result faults."""
    for entry in _affecting(fault_entries, function, object_name):
        change = FAULTS[entry["name"]].result
        if change:
            data = change(data.encode() if isinstance(data, str) else data, entry)
    return data


def affects_function(fault_entries: list[dict[str, Any]], name: str, function: str, object_name: str) -> bool:
    return any(entry["name"] == name for entry in _affecting(fault_entries, function, object_name))


def _affecting(fault_entries: list[dict[str, Any]], function: str, object_name: str) -> Iterator[dict[str, Any]]:
    for entry in fault_entries:
        is_meant = (entry.get("function") or function) == function
        if is_meant and (entry.get("object") or object_name) == object_name:
            yield entry


def _layer(entry: dict[str, Any], words: Words) -> str:
    return str(entry.get("layer") or words.layer)


def _refusal_in_words(entry: dict[str, Any], words: Words, company: str, control_id: str) -> refusals.Refusal:
    text = str(entry.get("words") or words.words).replace("{company}", company).replace("{control_id}", control_id)
    return refusals.in_words(_layer(entry, words), str(entry.get("errorno") or words.errorno), text)
