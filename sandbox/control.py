"""The control API: whatever a person could do on the screens, and what only tests need. JSON in, JSON out.

docs/practice-company.md lists it. It is open to whoever reaches the port: practice servers listen on the loopback.
"""

import dataclasses
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from intacct import catalogue
from sandbox import demo, faults, guide
from sandbox.company import Company, Dimension, Refused, new_company
from sandbox.data import changes, damage, times
from sandbox.data.books import books_of
from sandbox.data.definitions import DEFINITIONS
from sandbox.data.sizes import scaled
from sandbox.gateway import access, control_ids, lanes, log, results, sessions
from sandbox.gateway.fields import formatting_of, shower
from sandbox.world import load, world

Body = dict[str, Any]
Act = Callable[..., Any]


def api(**acts: Act) -> Callable[..., HttpResponse]:
    """A view of one address: an act for each method, given the JSON body and the address's parts."""

    @csrf_exempt
    def view(request: HttpRequest, **parts: str) -> HttpResponse:
        act = acts.get(request.method or "")
        if act is None:
            return JsonResponse({"error": f"This address takes {', '.join(acts)}."}, status=405)
        try:
            body = json.loads(request.body or b"{}") | request.GET.dict()
            return JsonResponse(act(body, **parts) or {}, safe=False, json_dumps_params={"default": sorted})
        except KeyError as missing:
            return JsonResponse({"error": f"There is no {missing.args[0]}."}, status=404)
        except (Refused, ValueError, TypeError) as refused:
            return JsonResponse({"error": str(refused)}, status=400)

    return view


def changing(act: Callable[[Company, Body], Any]) -> Act:
    """An act on one company ("all": on every one), saved when it is done."""

    @wraps(act)
    def changed(body: Body, company: str) -> Any:
        with world.change() as companies:
            chosen = [*companies.values()] if company == "all" else [companies[company]]
            done = {each.id: act(each, body) for each in chosen}
            return done if company == "all" else done[company]

    return changed


def reset(body: Body) -> None:
    """Forget every company and begin with the demonstration ones. Body: seed, scale."""
    with world.change() as companies:
        for each in companies:
            forget(each)
        companies.clear()
        companies.update(demo.companies(seed=body.get("seed", 1), scale=body.get("scale")))


def forget(company: str) -> None:
    sessions.end_all(company)
    results.forget(company)
    control_ids.forget(company)
    requests_clear({}, company)


def company_make(body: Body) -> Body:
    """Body: id, name, and any field of Company; scale; dimensions as {object: label}."""
    values = {
        key: each for key, each in body.items() if key not in ("id", "name", "scale", "dimensions", "subscriptions")
    }
    if "scale" in body:
        values["sizes"] = scaled(body["scale"]) | body.get("sizes", {})
    if "subscriptions" in body:
        values["subscriptions"] = set(body["subscriptions"])
    values["dimensions"] = [Dimension(*each) for each in body.get("dimensions", {}).items()]
    made = new_company(body["id"], str(body.get("name") or body["id"]), **values)
    with world.change() as companies:
        forget(made.id)
        companies[made.id] = made
    return {"id": made.id}


def company_list(body: Body) -> Any:
    return [{"id": each.id, "name": each.name} for each in world.companies.values()]


def company_show(body: Body, company: str) -> Any:
    return dataclasses.asdict(world.companies[company])


def company_change(body: Body, company: str) -> None:
    """Body: pieces of the state; objects are merged, anything else replaces what was there."""
    with world.change() as companies:
        merged = _merged(json.loads(json.dumps(dataclasses.asdict(companies[company]), default=sorted)), body)
        companies[company] = load(Company, merged)


def _merged(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return old | {key: _merged(old.get(key), each) for key, each in new.items()}
    return new


def company_delete(body: Body, company: str) -> None:
    with world.change() as companies:
        del companies[company]
    forget(company)


def set_up(company: Company, body: Body) -> None:
    """The whole guide at once. Body: password, leave_out, field_id."""
    guide.follow(company, **body)


def permissions(company: Company, body: Body) -> None:
    """Tick and untick rows of the Beanworks role and user. Body: grant, revoke; "bills", or one right: "bills:Add"."""
    for rights in (company.roles[catalogue.ROLE_NAME].rights, company.user_rights.setdefault(catalogue.USER_ID, {})):
        for named in body.get("revoke", ()):
            slug, ticks = guide.ticks(company, named)
            rights[slug] = rights.get(slug, set()) - (ticks if named != slug else rights.get(slug, set()))
        for named in body.get("grant", ()):
            slug, ticks = guide.ticks(company, named)
            rights[slug] = rights.get(slug, set()) | ticks


def week(company: Company, body: Body) -> Body:
    """A week of changes to every list, all at this moment."""
    event = changes.week(times.now())
    company.journal.append(event)
    return event


def edits(company: Company, body: Body) -> Body:
    """Body: object; acts as [name, number that picks the record]; entity, the owner of what is added private."""
    event = changes.edits(times.now(), body["object"], body["acts"], body.get("entity", ""))
    company.journal.append(event)
    return event


def damage_record(company: Company, body: Body) -> Body:
    """Body: object; kind; number that picks the record, 0 without one; field, where another one is to be damaged."""
    acts = [[f"damage {body['kind']}", body.get("number", 0)]]
    event = changes.edits(times.now(), body["object"], acts, "", body.get("field", ""))
    company.journal.append(event)
    return event


def damage_kinds(body: Body) -> Any:
    return {kind: each.expected for kind, each in damage.DAMAGES.items()}


def fault_add(company: Company, body: Body) -> None:
    """Body: name; calls, share, after, function, object."""
    faults.add(company, **body)


def fault_remove(company: Company, body: Body) -> None:
    """Body: name; without one, all of them."""
    company.faults = [each for each in company.faults if body.get("name", each["name"]) != each["name"]]


def sessions_end(company: Company, body: Body) -> None:
    sessions.end_all(company.id)


def requests_show(body: Body, company: str) -> Any:
    return log.of(company) | lanes.told(company) | {"held_up": faults.held_up[company]}


def requests_clear(body: Body, company: str) -> None:
    log.clear(company)
    lanes.forget(company)


def oracle(body: Body, company: str, name: str) -> Body:
    """What is true now, as the API user sees it. Query: fields (between commas: shows the records), entity;
    user, for what a restriction leaves them to see.

    Values of damaged records are shown as they should be stored.
    """
    books = books_of(world.companies[company])
    table = books.table(name)
    rows = table.shown(body.get("entity", ""), private=True)
    if "user" in body:
        rows = access.visible(world.companies[company].users[body["user"]], table, rows)
    truth: Body = {"object": name, "count": len(rows)}
    if damaged := damage.report(table, rows):
        truth["damaged"] = damaged
    if "fields" in body:
        truth["records"] = [*_records(books, name, rows, body["fields"].split(","))]
    return truth


def _records(books: Any, name: str, rows: Any, fields: list[str]) -> Any:
    table = books.table(name)
    formatting = formatting_of(books, table.definition)
    shown = {each: shower(table.definition.fields[each].type, formatting) for each in fields}
    for i in rows:
        yield {each: damage.shown(table, i, each, show(table.recipe(each)(i))) for each, show in shown.items()}


def oracle_all(body: Body, company: str) -> Any:
    """The count of every object."""
    known = world.companies[company]
    names = [*DEFINITIONS, *(each.object for each in known.dimensions)]
    return {name: oracle(body, company, name)["count"] for name in names}


def oracle_many(body: Body, company: str) -> Body:
    """The same of many objects. Body: objects (with the fields to show of each), entity, user."""
    asked = {name: body | {"fields": ",".join(fields)} for name, fields in body["objects"].items()}
    return {name: oracle(each, company, name) for name, each in asked.items()}


_company = "companies/<str:company>"
urlpatterns = [
    path("reset", api(POST=reset)),
    path("damages", api(GET=damage_kinds)),
    path("companies", api(GET=company_list, POST=company_make)),
    path(_company, api(GET=company_show, POST=company_change, PATCH=company_change, DELETE=company_delete)),
    path(f"{_company}/set-up", api(POST=changing(set_up))),
    path(f"{_company}/permissions", api(POST=changing(permissions))),
    path(f"{_company}/week", api(POST=changing(week))),
    path(f"{_company}/edits", api(POST=changing(edits))),
    path(f"{_company}/damage", api(POST=changing(damage_record))),
    path(f"{_company}/fault", api(POST=changing(fault_add), DELETE=changing(fault_remove))),
    path(f"{_company}/sessions", api(DELETE=changing(sessions_end))),
    path(f"{_company}/requests", api(GET=requests_show, POST=requests_clear, DELETE=requests_clear)),
    path(f"{_company}/oracle", api(GET=oracle_all, POST=oracle_many)),
    path(f"{_company}/oracle/<path:name>", api(GET=oracle)),
]
