"""Company → Entities, and the records of every list."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from intacct.catalogue import LISTS, RecordList, dimension_list
from sandbox.company import Company
from sandbox.data import changes, times
from sandbox.data.books import books_of
from sandbox.data.definitions import Definition
from sandbox.data.source import Value
from sandbox.data.table import Table
from sandbox.gateway.fields import shower
from sandbox.screens.forms import EntityForm, Form, chosen, text
from sandbox.screens.pages import among, done, of_company, page
from sandbox.world import world

ROWS = 50
# Their records are the entities of the company, which have a page of their own.
ENTITIES = "LOCATIONENTITY"


@of_company
@require_safe
def entities(request: HttpRequest, company: Company) -> HttpResponse:
    return page(request, company, "entities")


@of_company
def entity_add(request: HttpRequest, company: Company) -> HttpResponse:
    form = EntityForm(request.POST or None)
    if done(form, lambda: company.entity_add(**form.cleaned_data)):
        messages.success(request, f"Entity {form.cleaned_data['entity_id']} is saved.")
        return redirect("entities", company.id)
    return page(request, company, "entities", "Add", template="form", heading="New entity", form=form)


@of_company
@require_POST
def entity_status(request: HttpRequest, company: Company) -> HttpResponse:
    with world.change():
        company.entity_status_set(request.POST.get("entity", ""), request.POST.get("status", ""))
    return redirect("entities", company.id)


def lists_of(company: Company) -> dict[str, RecordList]:
    made = [*LISTS, *(dimension_list(each.object, each.label) for each in company.dimensions)]
    return {each.slug: each for each in made}


def _table(company: Company, wanted: RecordList) -> Table:
    return books_of(company).table(wanted.object)


@of_company
@require_safe
def records(request: HttpRequest, company: Company) -> HttpResponse:
    rows = [(each, len(_table(company, each).shown("", private=True))) for each in lists_of(company).values()]
    return page(request, company, "records", rows=rows, total=sum(count for _, count in rows))


@of_company
@require_safe
def record_list(request: HttpRequest, company: Company, slug: str) -> HttpResponse:
    wanted = among(lists_of(company), slug)
    table = _table(company, wanted)
    shown = Paginator(table.shown("", private=True), ROWS).get_page(request.GET.get("page"))
    columns = [each for each in wanted.fields if each in table.definition.fields and each != wanted.key]
    rows = [(table.recipe(wanted.key)(i), [_shown(company, table, each, i) for each in columns]) for i in shown]
    context = {"list": wanted, "columns": columns, "rows": rows, "page": shown}
    return page(request, company, "records", wanted.title, template="record_list", **context)


@of_company
def record(request: HttpRequest, company: Company, slug: str, number: int) -> HttpResponse:
    wanted = among(lists_of(company), slug)
    table = _table(company, wanted)
    at = table.place(wanted.key, number)
    if at is None:
        raise Http404
    form = _record_form(wanted, table, at, request)
    if form and done(form, lambda: _edit(company, wanted, at, form.cleaned_data)):
        messages.success(request, f"Record {number} is saved.")
        return redirect("record", company.id, slug, number)
    values = [(name, _shown(company, table, name, at)) for name in table.definition.fields]
    context = {"list": wanted, "number": number, "form": form, "values": [each for each in values if each[1] != ""]}
    return page(request, company, "records", wanted.title, str(number), template="record", **context)


def _record_form(wanted: RecordList, table: Table, at: int, request: HttpRequest) -> Form | None:
    """Its name, and whether it is active: where the record has these of its own."""
    if wanted.object == ENTITIES:
        return None
    form = Form(request.POST or None, initial={name: table.recipe(name)(at) for name in (wanted.name, "STATUS")})
    form.fields.update(_record_fields(wanted, table.definition))
    return form if form.fields else None


def _record_fields(wanted: RecordList, definition: Definition) -> dict[str, forms.Field]:
    made: dict[str, forms.Field] = {}
    if wanted.object not in changes.STATES:
        made[wanted.name] = text(definition.fields[wanted.name].label or "Name", 100)
    if "STATUS" in definition.fields:
        made["STATUS"] = chosen("Status", ("active", "inactive"))
    return made


def _edit(company: Company, wanted: RecordList, at: int, values: dict[str, Value]) -> None:
    company.journal.append(changes.by_hand(times.now(), wanted.object, at, values))


def _shown(company: Company, table: Table, name: str, at: int) -> str:
    return shower(table.definition.fields[name].type, company.formatting)(table.recipe(name)(at))


@of_company
@require_POST
def week(request: HttpRequest, company: Company) -> HttpResponse:
    with world.change():
        company.journal.append(changes.week(times.now()))
    messages.success(request, "A week has passed: every list has new, edited, deactivated and deleted records.")
    return redirect("records", company.id)
