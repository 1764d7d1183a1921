"""The control API: everything a user can do on the screens, and what only tests need. It takes and returns JSON.

docs/practice-company.md lists its addresses. It has no sign-in, because practice servers listen on the loopback only.
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
from practice import demo, faults, guide
from practice.company import Company, Dimension, Refused, new_company
from practice.gateway import access, concurrency, control_ids, log, results, sessions
from practice.gateway.fields import formatting_of, value_formatter
from practice.records import damage, history, times
from practice.records.dataset import dataset_of
from practice.records.field_definitions import DEFINITIONS
from practice.records.sizes import equal_sizes
from practice.state import load, store

Body = dict[str, Any]
Action = Callable[..., Any]


def api(**actions: Action) -> Callable[..., HttpResponse]:
    """Return the view of one address. Each method calls its action with the JSON body and the parts of the address."""

    @csrf_exempt
    def view(request: HttpRequest, **parts: str) -> HttpResponse:
        action = actions.get(request.method or "")
        if action is None:
            return JsonResponse({"error": f"This address accepts {', '.join(actions)}."}, status=405)
        try:
            body = json.loads(request.body or b"{}") | request.GET.dict()
            return JsonResponse(action(body, **parts) or {}, safe=False, json_dumps_params={"default": sorted})
        except KeyError as missing:
            return JsonResponse({"error": f"There is no {missing.args[0]}."}, status=404)
        except (Refused, ValueError, TypeError) as refused:
            return JsonResponse({"error": str(refused)}, status=400)

    return view


def company_action(action: Callable[[Company, Body], Any]) -> Action:
    """Apply `action` to one company, or to each one for "all", and save the state afterwards."""

    @wraps(action)
    def apply(body: Body, company: str) -> Any:
        with store.change() as companies:
            chosen = [*companies.values()] if company == "all" else [companies[company]]
            done = {target.id: action(target, body) for target in chosen}
            return done if company == "all" else done[company]

    return apply


def reset(body: Body) -> None:
    """Delete every company and create the demonstration companies. Body: seed, scale."""
    with store.change() as companies:
        for company in companies:
            forget(company)
        companies.clear()
        companies.update(demo.companies(seed=body.get("seed", 1), scale=body.get("scale")))


def forget(company: str) -> None:
    sessions.end_all(company)
    results.forget(company)
    control_ids.forget(company)
    clear_requests({}, company)


def create_company(body: Body) -> Body:
    """Create a company. Body: id, name, any field of Company, scale, dimensions as {object: label}."""
    values = {
        key: value for key, value in body.items() if key not in ("id", "name", "scale", "dimensions", "subscriptions")
    }
    if "scale" in body:
        values["sizes"] = equal_sizes(body["scale"]) | body.get("sizes", {})
    if "subscriptions" in body:
        values["subscriptions"] = set(body["subscriptions"])
    values["dimensions"] = [Dimension(*dimension) for dimension in body.get("dimensions", {}).items()]
    company = new_company(body["id"], str(body.get("name") or body["id"]), **values)
    with store.change() as companies:
        forget(company.id)
        companies[company.id] = company
    return {"id": company.id}


def list_companies(body: Body) -> Any:
    return [{"id": company.id, "name": company.name} for company in store.companies.values()]


def show_company(body: Body, company: str) -> Any:
    return dataclasses.asdict(store.companies[company])


def edit_company(body: Body, company: str) -> None:
    """Change parts of the state. Body: objects are merged, any other value replaces the old value."""
    with store.change() as companies:
        merged = _merge(json.loads(json.dumps(dataclasses.asdict(companies[company]), default=sorted)), body)
        companies[company] = load(Company, merged)


def _merge(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return old | {key: _merge(old.get(key), value) for key, value in new.items()}
    return new


def delete_company(body: Body, company: str) -> None:
    with store.change() as companies:
        del companies[company]
    forget(company)


def set_up(company: Company, body: Body) -> None:
    """Do all steps of the guide. Body: password, leave_out, field_id."""
    guide.follow(company, **body)


def permissions(company: Company, body: Body) -> None:
    """Grant and revoke rights of the Beanworks role and user.

    Body: grant and revoke, lists of rows ("bills") or single rights ("bills:Add").
    """
    for rights in (company.roles[catalogue.ROLE_NAME].rights, company.user_rights.setdefault(catalogue.USER_ID, {})):
        for named in body.get("revoke", ()):
            slug, ticks = guide.ticks(company, named)
            rights[slug] = rights.get(slug, set()) - (ticks if named != slug else rights.get(slug, set()))
        for named in body.get("grant", ()):
            slug, ticks = guide.ticks(company, named)
            rights[slug] = rights.get(slug, set()) | ticks


def week(company: Company, body: Body) -> Body:
    """Add a week of changes to every list, all stamped with this moment."""
    event = history.week(times.now())
    company.journal.append(event)
    return event


def edits(company: Company, body: Body) -> Body:
    """Change single records.

    Body: object, actions as [name, number that picks the record], entity that owns new ones.
    """
    event = history.edits(times.now(), body["object"], body["actions"], body.get("entity", ""))
    company.journal.append(event)
    return event


def damage_record(company: Company, body: Body) -> Body:
    """Damage one record. Body: object, kind, number that picks the record (default 0), field (optional)."""
    actions = [[f"damage {body['kind']}", body.get("number", 0)]]
    event = history.edits(times.now(), body["object"], actions, "", body.get("field", ""))
    company.journal.append(event)
    return event


def damage_kinds(body: Body) -> Any:
    return {kind: details.expected for kind, details in damage.DAMAGES.items()}


def add_fault(company: Company, body: Body) -> None:
    """Turn a fault on. Body: name, calls, share, after, function, object."""
    faults.add(company, **body)


def remove_fault(company: Company, body: Body) -> None:
    """Turn a fault off, or all faults without a name. Body: name."""
    company.faults = [fault for fault in company.faults if body.get("name", fault["name"]) != fault["name"]]


def end_sessions(company: Company, body: Body) -> None:
    sessions.end_all(company.id)


def show_requests(body: Body, company: str) -> Any:
    return log.of(company) | concurrency.counts(company) | {"held_up": faults.stalled_requests[company]}


def clear_requests(body: Body, company: str) -> None:
    log.clear(company)
    concurrency.forget(company)


def oracle(body: Body, company: str, name: str) -> Body:
    """Return the true state of a list, formatted as the API user sees it.

    Query: fields (separated by commas; adds the records), entity, user (only the records that a restriction leaves this
    user). Values of damaged records are shown as a client should store them.
    """
    dataset = dataset_of(store.companies[company])
    table = dataset.table(name)
    rows = table.visible_rows(body.get("entity", ""), private=True)
    if "user" in body:
        rows = access.visible_rows(store.companies[company].users[body["user"]], table, rows)
    truth: Body = {"object": name, "count": len(rows)}
    if damaged := damage.report(table, rows):
        truth["damaged"] = damaged
    if "fields" in body:
        truth["records"] = [*_records(dataset, name, rows, body["fields"].split(","))]
    return truth


def _records(dataset: Any, name: str, rows: Any, fields: list[str]) -> Any:
    table = dataset.table(name)
    formatting = formatting_of(dataset, table.definition)
    shown = {field: value_formatter(table.definition.fields[field].type, formatting) for field in fields}
    for i in rows:
        yield {
            field: damage.stored_text(table, i, field, show(table.generator(field)(i))) for field, show in shown.items()
        }


def oracle_all(body: Body, company: str) -> Any:
    """Return the record count of every object."""
    known = store.companies[company]
    names = [*DEFINITIONS, *(dimension.object for dimension in known.dimensions)]
    return {name: oracle(body, company, name)["count"] for name in names}


def oracle_many(body: Body, company: str) -> Body:
    """Return the same for many objects. Body: objects as {object: [fields]}, entity, user."""
    queries = {name: body | {"fields": ",".join(fields)} for name, fields in body["objects"].items()}
    return {name: oracle(query, company, name) for name, query in queries.items()}


def accept_webhook(body: Body) -> Body:
    """Stand in for another service to which the demonstration sends webhooks."""
    return {}


_company = "companies/<str:company>"
urlpatterns = [
    path("reset", api(POST=reset)),
    path("webhooks", api(POST=accept_webhook)),
    path("damages", api(GET=damage_kinds)),
    path("companies", api(GET=list_companies, POST=create_company)),
    path(_company, api(GET=show_company, POST=edit_company, PATCH=edit_company, DELETE=delete_company)),
    path(f"{_company}/set-up", api(POST=company_action(set_up))),
    path(f"{_company}/permissions", api(POST=company_action(permissions))),
    path(f"{_company}/week", api(POST=company_action(week))),
    path(f"{_company}/edits", api(POST=company_action(edits))),
    path(f"{_company}/damage", api(POST=company_action(damage_record))),
    path(f"{_company}/fault", api(POST=company_action(add_fault), DELETE=company_action(remove_fault))),
    path(f"{_company}/sessions", api(DELETE=company_action(end_sessions))),
    path(f"{_company}/requests", api(GET=show_requests, POST=clear_requests, DELETE=clear_requests)),
    path(f"{_company}/oracle", api(GET=oracle_all, POST=oracle_many)),
    path(f"{_company}/oracle/<path:name>", api(GET=oracle)),
]
