"""Weather: what goes wrong between a client and the gateway, or looks as if it did.

A company's `faults` are entries {"name"} with any of "calls" (only so many), "share" (of the calls, 0..1), "after" (so
many let through first), "function" (only requests with it), "object". Some strike whole requests, some one function.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.company import Company
from sandbox.gateway import refusals, sessions
from sandbox.world import world

HTML = "text/html; charset=UTF-8"
CLOUDFLARE = (
    '<!DOCTYPE html><html><head><title>{0}</title></head><body><div id="cf-wrapper"><div id="cf-error-details" '
    'class="cf-error-details-wrapper"><h1>Error {0}</h1><p>Ray ID: 8f1d2c3b4a596877</p></div></div></body></html>'
)
SLOW_SECONDS = 2
PLAIN = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


@dataclass(frozen=True)
class Fault:
    """`page`: an HTTP answer instead of the gateway's (status, content type, body). `refusal`: the gateway says no.
    `function`: one function does. Neither: a change in how the request is served, known by its name there."""

    name: str
    label: str
    page: tuple[int, str, str] | None = None
    refusal: Callable[[Company], refusals.Refusal] | None = None
    function: Callable[[str, str], refusals.ResultRefused] | None = None


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
)
FAULTS = {each.name: each for each in ALL}


def add(company: Company, name: str, **limits: Any) -> None:
    """Raises KeyError for a fault there is not."""
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


def hold_up(company_id: str) -> None:
    held_up[company_id] += 1
    while (company := world.companies.get(company_id)) and any(each["name"] == "stalled" for each in company.faults):
        time.sleep(0.02)
    held_up[company_id] -= 1


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


def of_function(struck: list[dict[str, Any]], function: str, object_name: str) -> refusals.ResultRefused | None:
    """What one function is refused with, if it is; an entry without an object strikes them all."""
    for entry in struck:
        made = FAULTS[entry["name"]].function
        if made and object_name and entry.get("object", object_name) == object_name:
            return made(function, object_name)
    return None
