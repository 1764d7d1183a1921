"""Weather: what goes wrong between a client and the gateway, or looks as if it did.

A company's `faults` are entries {"name"} with any of "calls" (only so many), "share" (of the calls, 0..1), "after" (so
many let through first), "function" (only requests with it), "object". Some strike whole requests, some one function.
Some take choices of their own: "seconds" (slow, stalled), "element" (text-…), "megabytes", "depth", and for a refusal
in words "layer", "errorno", "words".
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

from sandbox.company import Company
from sandbox.gateway import mangling, refusals, sessions
from sandbox.world import world

HTML = "text/html; charset=UTF-8"
CLOUDFLARE = (
    '<!DOCTYPE html><html><head><title>{0}</title></head><body><div id="cf-wrapper"><div id="cf-error-details" '
    'class="cf-error-details-wrapper"><h1>Error {0}</h1><p>Ray ID: 8f1d2c3b4a596877</p></div></div></body></html>'
)
SLOW_SECONDS = 2
PLAIN = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


@dataclass(frozen=True)
class Words:
    """A refusal in words whose layer or number nobody outside knows: both can be chosen when it is turned on.

    `source`: where the words come from. {company} and {control_id} stand for those of the request.
    """

    layer: str
    words: str
    source: str
    errorno: str = ""


@dataclass(frozen=True)
class Fault:
    """`page`: an HTTP answer instead of the gateway's (status, content type, body). `refusal`: the gateway says no.
    `function`: one function does. `words`: either, by its layer. `result`: the data of one function is damaged.
    `document`: the whole reply is. None of these: a change in how the request is served, known by its name there."""

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
    "unheard-of": Words("control", "The request cannot be carried out in the present phase", "guess", "XL03999999"),
}
"""By name of the fault."""


ALL = (
    Fault("wrong-sender", "Wrong sender ID or sender password", refusal=lambda _: refusals.wrong_sender()),
    Fault(
        "unauthorised-sender",
        "Sender not authorised",
        refusal=lambda company: refusals.unauthorised("BeanworksMPP", company.id),
    ),
    Fault("sender-inactive", "Sender or company stopped at the gateway", refusal=lambda _: refusals.unknown_company()),
    Fault(
        "wrong-company",
        "Company unknown, older spelling",
        refusal=lambda _: refusals.gateway("invalidRequest", "Invalid Request", 400),
    ),
    Fault("wrong-user", "User ID or password wrong", refusal=lambda _: refusals.wrong_user("sign-in")),
    Fault("wrong-user-401", "The same, with HTTP 401", refusal=lambda _: refusals.wrong_user("XMLGW_JPP0002")),
    Fault("expired-session", "Every session ends"),
    Fault("company-expired", "Demo company expired", refusal=lambda _: refusals.expired()),
    Fault(
        "rate-limit",
        "Too many requests (429)",
        refusal=lambda company: refusals.too_many(company.behaviour.retry_after),
    ),
    Fault("rate-limit-text", "The same as text, with HTTP 200", page=(200, "text/plain", "API rate limit exceeded")),
    Fault(
        "gateway-failure",
        "Gateway failure (500)",
        refusal=lambda _: refusals.gateway("GW-0001", "Unable to process request", 500),
    ),
    Fault("bad-gateway", "502 with HTML", page=(502, HTML, PLAIN.format("502 Bad Gateway"))),
    Fault("unavailable", "503 with HTML", page=(503, HTML, PLAIN.format("503 Service Unavailable"))),
    Fault("html", "HTML with HTTP 200", page=(200, HTML, PLAIN.format("Scheduled maintenance"))),
    Fault("cloudflare", "Cloudflare page (403)", page=(403, HTML, CLOUDFLARE.format("1020"))),
    Fault("timeout", "Cloudflare time-out (524)", page=(524, HTML, CLOUDFLARE.format("524"))),
    Fault("empty", "Empty body", page=(200, "text/xml", "")),
    Fault("truncated", "Body cut off half way"),
    Fault("slow", "Answer takes its time (2 s)"),
    Fault("stalled", "No answer until this weather ends"),
    Fault("dribble", "Body stops half way, then goes on (2 s)"),
    Fault("more-errors", "Errors with additionalinfo"),
    Fault("undefined-order", "Another order each time, without orderby"),
    Fault("late-rows", "What changed in the last two minutes is not shown"),
    Fault("moving-rows", "A week passes after each request"),
    Fault("off-line", "Service temporarily off-line", function=lambda function, name: refusals.off_line()),
    Fault("denied", "No permission on an object", function=lambda function, name: refusals.denied("QUERY", name)),
    Fault("audit-denied", "Audit trail refused, without errorno", function=lambda _, name: refusals.audit_denied()),
    Fault("unknown-object", "Object not found", function=lambda _, name: refusals.unknown_object(name)),
    Fault("unknown-field", "Query failed", function=lambda _, name: refusals.bad_query("")),
    Fault("not-subscribed", "Application not subscribed", function=lambda _, name: refusals.not_subscribed(name)),
    *(Fault(name, f"Refused: {each.words}", words=each) for name, each in WORDS.items()),
    *(Fault(name, label, result=change) for name, (label, change) in mangling.RESULTS.items()),
    *(Fault(name, label, document=change) for name, (label, change) in mangling.DOCUMENTS.items()),
    Fault("warning", "A warning beside success"),
    Fault("no-control-id", "A result without its control ID"),
    Fault("status-500", "HTTP 500 with a complete reply"),
)
FAULTS = {each.name: each for each in ALL}


def add(company: Company, name: str, **limits: Any) -> None:
    """Raises KeyError for a fault, and ValueError for a layer there is not."""
    if limits.get("layer") and limits["layer"] not in refusals.LAYERS:
        raise ValueError(f"{limits['layer']} is none of {', '.join(refusals.LAYERS)}.")
    company.faults.append({"name": FAULTS[name].name} | {key: each for key, each in limits.items() if each is not None})


def draw(company: Company, functions: set[str]) -> list[dict[str, Any]]:
    """The entries that strike this request; their calls are counted down."""
    with world.lock:
        struck = [each for each in company.faults if _strikes(each, functions)]
        if any("calls" in each for each in struck):
            with world.change():
                _count_down(company, struck)
    if any(each["name"] == "expired-session" for each in struck):
        sessions.end_all(company.id)
    return struck


held_up: Counter[str] = Counter()
"""How many requests of a company wait for the end of `stalled`."""


def hold_up(company_id: str, seconds: float | None) -> None:
    """Wait until the weather ends, or for so many seconds."""
    held_up[company_id] += 1
    until = time.monotonic() + (inf if seconds is None else seconds)
    while time.monotonic() < until and _stalls(world.companies.get(company_id)):
        time.sleep(0.02)
    held_up[company_id] -= 1


def _stalls(company: Company | None) -> bool:
    return company is not None and any(each["name"] == "stalled" for each in company.faults)


def _strikes(entry: dict[str, Any], functions: set[str]) -> bool:
    if entry.get("function") and entry["function"] not in functions:
        return False
    if entry.get("after"):
        entry["after"] -= 1
        return False
    return bool(random.random() < entry.get("share", 1))  # noqa: S311


def _count_down(company: Company, struck: list[dict[str, Any]]) -> None:
    for each in struck:
        if "calls" in each:
            each["calls"] -= 1
    company.faults = [each for each in company.faults if each.get("calls", 1) > 0]


def entry_of(struck: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    return next((entry for entry in struck if entry["name"] == name), None)


def refusal_of(entry: dict[str, Any], company: Company, control_id: str) -> refusals.Refusal | None:
    """What the whole request is refused with, if it is."""
    fault = FAULTS[entry["name"]]
    if fault.refusal:
        return fault.refusal(company)
    if fault.words and _layer(entry, fault.words) != "result":
        return _said(entry, fault.words, company.id, control_id)
    return None


def of_function(
    struck: list[dict[str, Any]], company: Company, function: str, object_name: str, control_id: str
) -> refusals.Refusal | None:
    """What one function is refused with, if it is; an entry without an object strikes them all."""
    for entry in _striking(struck, function, object_name):
        fault = FAULTS[entry["name"]]
        if fault.function and object_name:
            return fault.function(function, object_name)
        if fault.words and _layer(entry, fault.words) == "result":
            return _said(entry, fault.words, company.id, control_id)
    return None


def damaged(struck: list[dict[str, Any]], function: str, object_name: str, data: str | bytes) -> str | bytes:
    """The data of a function that succeeded, with what spoils it."""
    for entry in _striking(struck, function, object_name):
        change = FAULTS[entry["name"]].result
        if change:
            data = change(data.encode() if isinstance(data, str) else data, entry)
    return data


def strikes_function(struck: list[dict[str, Any]], name: str, function: str, object_name: str) -> bool:
    return any(entry["name"] == name for entry in _striking(struck, function, object_name))


def _striking(struck: list[dict[str, Any]], function: str, object_name: str) -> Iterator[dict[str, Any]]:
    for entry in struck:
        is_meant = (entry.get("function") or function) == function
        if is_meant and (entry.get("object") or object_name) == object_name:
            yield entry


def _layer(entry: dict[str, Any], words: Words) -> str:
    return str(entry.get("layer") or words.layer)


def _said(entry: dict[str, Any], words: Words, company: str, control_id: str) -> refusals.Refusal:
    text = str(entry.get("words") or words.words).replace("{company}", company).replace("{control_id}", control_id)
    return refusals.said(_layer(entry, words), str(entry.get("errorno") or words.errorno), text)
