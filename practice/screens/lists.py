"""Company → Entities, and the pages of every list and record."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from intacct.catalogue import LISTS, RecordList, dimension_list
from practice.company import Company
from practice.company.entities import add_entity, set_entity_status
from practice.gateway.fields import value_formatter
from practice.records import history, times
from practice.records.dataset import dataset_of
from practice.records.field_definitions import Definition
from practice.records.sources import Value
from practice.records.table import Table
from practice.screens.forms import EntityForm, Form, choice, text
from practice.screens.pages import company_view, find_or_404, page, try_action
from practice.state import store

ROWS = 50
# The records of these objects are the company's entities, which have their own page.
ENTITIES = "LOCATIONENTITY"


@company_view
@require_safe
def entities(request: HttpRequest, company: Company) -> HttpResponse:
    return page(request, company, "entities")


@company_view
def entity_add(request: HttpRequest, company: Company) -> HttpResponse:
    form = EntityForm(request.POST or None)
    if try_action(form, lambda: add_entity(company, **form.cleaned_data)):
        messages.success(request, f"Entity {form.cleaned_data['entity_id']} was saved.")
        return redirect("entities", company.id)
    return page(request, company, "entities", "Add", template="form", heading="New entity", form=form)


@company_view
@require_POST
def entity_status(request: HttpRequest, company: Company) -> HttpResponse:
    with store.change():
        set_entity_status(company, request.POST.get("entity", ""), request.POST.get("status", ""))
    return redirect("entities", company.id)


def lists_of(company: Company) -> dict[str, RecordList]:
    record_lists = [*LISTS, *(dimension_list(dimension.object, dimension.label) for dimension in company.dimensions)]
    return {record_list.slug: record_list for record_list in record_lists}


def _table(company: Company, wanted: RecordList) -> Table:
    return dataset_of(company).table(wanted.object)


@company_view
@require_safe
def records(request: HttpRequest, company: Company) -> HttpResponse:
    rows = [
        (record_list, len(_table(company, record_list).visible_rows("", private=True)))
        for record_list in lists_of(company).values()
    ]
    return page(request, company, "records", rows=rows, total=sum(count for _, count in rows))


@company_view
@require_safe
def vendors(request: HttpRequest, company: Company) -> HttpResponse:
    return redirect("record-list", company.id, "vendors")


@company_view
@require_safe
def record_list(request: HttpRequest, company: Company, slug: str) -> HttpResponse:
    wanted = find_or_404(lists_of(company), slug)
    table = _table(company, wanted)
    shown = Paginator(table.visible_rows("", private=True), ROWS).get_page(request.GET.get("page"))
    columns = [field for field in wanted.fields if field in table.definition.fields and field != wanted.key]
    rows = [(table.generator(wanted.key)(i), [_text(company, table, column, i) for column in columns]) for i in shown]
    context = {"list": wanted, "columns": columns, "rows": rows, "page": shown}
    return page(request, company, "records", wanted.title, template="record_list", **context)


@company_view
def record(request: HttpRequest, company: Company, slug: str, number: int) -> HttpResponse:
    wanted = find_or_404(lists_of(company), slug)
    table = _table(company, wanted)
    at = table.find(wanted.key, number)
    if at is None:
        raise Http404
    form = _record_form(wanted, table, at, request)
    if form and try_action(form, lambda: _edit(company, wanted, at, form.cleaned_data)):
        messages.success(request, f"Record {number} was saved.")
        return redirect("record", company.id, slug, number)
    values = [(name, _text(company, table, name, at)) for name in table.definition.fields]
    context = {"list": wanted, "number": number, "form": form, "values": [value for value in values if value[1] != ""]}
    return page(request, company, "records", wanted.title, str(number), template="record", **context)


def _record_form(wanted: RecordList, table: Table, at: int, request: HttpRequest) -> Form | None:
    """Return the form for name, status and hold, with only those that the record has, or None."""
    if wanted.object == ENTITIES:
        return None
    inputs = _record_fields(wanted, table.definition)
    form = Form(request.POST or None, initial={name: table.generator(name)(at) for name in inputs})
    form.fields.update(inputs)
    return form if form.fields else None


def _record_fields(wanted: RecordList, definition: Definition) -> dict[str, forms.Field]:
    inputs: dict[str, forms.Field] = {}
    if wanted.object not in history.STATES:
        inputs[wanted.name] = text(definition.fields[wanted.name].label or "Name", 100)
    if "STATUS" in definition.fields:
        inputs["STATUS"] = choice("Status", ("active", "inactive"))
    if "ONHOLD" in definition.fields and wanted.object not in history.STATES:
        inputs["ONHOLD"] = choice("On hold", ("false", "true"))
    return inputs


def _edit(company: Company, wanted: RecordList, at: int, values: dict[str, Value]) -> None:
    company.journal.append(history.manual_edit(times.now(), wanted.object, at, values))


def _text(company: Company, table: Table, name: str, at: int) -> str:
    return value_formatter(table.definition.fields[name].type, company.formatting)(table.generator(name)(at))


@company_view
@require_POST
def week(request: HttpRequest, company: Company) -> HttpResponse:
    with store.change():
        company.journal.append(history.week(times.now()))
    messages.success(request, "A week was simulated: every list has new, edited, deactivated and deleted records.")
    return redirect("records", company.id)
