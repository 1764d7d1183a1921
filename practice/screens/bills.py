"""Accounts Payable → Bills, and the company's rules for bills."""

from datetime import date

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from practice.company import Company, CustomField, Refused
from practice.gateway.fields import value_formatter
from practice.records.bills import DELETABLE, DIMENSIONS, DRAFT, USER_DEFINED, deletion, line_numbers, post
from practice.records.dataset import dataset_of
from practice.records.field_definitions import CUSTOM_TYPES
from practice.records.table import Table
from practice.screens.behavior import OptionsForm
from practice.screens.pages import company_view, page, try_action
from practice.state import store

ROWS = 50
MONEY = ("DECIMAL", "CURRENCY")
LIST = ("RECORDID", "VENDORNAME", "WHENCREATED", "WHENDUE", "TOTALENTERED", "CURRENCY", "STATE")
HEADER = {
    "VENDORID": "Vendor ID",
    "VENDORNAME": "Vendor name",
    "WHENCREATED": "Date",
    "WHENDUE": "Due date",
    "WHENPOSTED": "GL posting date",
    "TERMNAME": "Term",
    "DOCNUMBER": "Reference number",
    "DESCRIPTION": "Description",
    "CURRENCY": "Transaction currency",
    "TOTALENTERED": "Total amount",
    "TOTALDUE": "Total due",
    "MEGAENTITYID": "Entity",
    "CREATEDBYLOGINID": "Created by",
}
LINE = {"ACCOUNTNO": "Account", "ACCOUNTTITLE": "Account title", "ENTRYDESCRIPTION": "Memo", "TRX_AMOUNT": "Amount"}


@company_view
@require_safe
def bills(request: HttpRequest, company: Company) -> HttpResponse:
    """List the bills, the newest first."""
    table = dataset_of(company).table("APBILL")
    shown = Paginator(table.visible_rows("", private=True)[::-1], ROWS).get_page(request.GET.get("page"))
    rows = [(table.generator("RECORDNO")(at), {name: _text(company, table, name, at) for name in LIST}) for at in shown]
    return page(request, company, "bills", rows=rows, page=shown)


@company_view
@require_safe
def books(request: HttpRequest, company: Company) -> HttpResponse:
    return page(request, company, "books")


@company_view
@require_safe
def bill(request: HttpRequest, company: Company, number: int) -> HttpResponse:
    table, at = _bill(company, number)
    columns, lines = _lines(company, at)
    state = table.generator("STATE")(at)
    title = _text(company, table, "RECORDID", at) or str(number)
    context = {
        "number": number,
        "bill_number": title,
        "state": state,
        "values": _named_values(company, table, HEADER, at),
        "custom": _custom_values(company, table, at),
        "columns": columns,
        "lines": lines,
        "post_label": "Post" if company.bill_rules.approval == "off" else "Submit",
        "can_post": state == DRAFT,
        "can_delete": state in DELETABLE,
    }
    return page(request, company, "bills", title, template="bill", **context)


def _bill(company: Company, number: int) -> tuple[Table, int]:
    """Return the table of bills, and the position of the bill with this record number."""
    table = dataset_of(company).table("APBILL")
    at = table.find("RECORDNO", number)
    if at is None:
        raise Http404
    return table, at


def _text(company: Company, table: Table, name: str, at: int) -> str:
    kind, value = table.definition.fields[name].type, table.generator(name)(at)
    if kind in MONEY and value is not None:
        return f"{value:,.2f}"
    return value_formatter(kind, company.formatting)(value)


def _named_values(company: Company, table: Table, names: dict[str, str], at: int) -> list[tuple[str, str]]:
    texts = ((label, _text(company, table, name, at)) for name, label in names.items())
    return [(label, text) for label, text in texts if text]


def _custom_values(company: Company, table: Table, at: int) -> list[tuple[CustomField, str, bool]]:
    """Return each custom field of bills with its text, and whether the text is shown as a link."""
    fields = [field for field in company.custom_fields if field.object == "APBILL"]
    texts = [(field, _text(company, table, field.id, at)) for field in fields]
    return [(field, text, _is_link(field, text)) for field, text in texts]


def _is_link(field: CustomField, text: str) -> bool:
    return field.data_type not in CUSTOM_TYPES and text.startswith(("https://", "http://"))


def _lines(company: Company, at: int) -> tuple[list[str], list[list[str]]]:
    """Return the labels and texts of the columns that have a value in a line of the bill."""
    dataset = dataset_of(company)
    table, numbers = dataset.table("APBILLITEM"), line_numbers(dataset, at)
    own = {f"{USER_DEFINED}{dimension.object}": dimension.label for dimension in company.dimensions}
    dimensions = {name: dimension.label for name, dimension in DIMENSIONS.items()} | own
    columns = {
        name: label
        for name, label in (LINE | dimensions).items()
        if name in table.definition.fields and any(_text(company, table, name, line) for line in numbers)
    }
    return [*columns.values()], [[_text(company, table, name, line) for name in columns] for line in numbers]


@company_view
@require_POST
def bill_post(request: HttpRequest, company: Company, number: int) -> HttpResponse:
    _, at = _bill(company, number)
    try:
        with store.change():
            state = post(company, at)
        messages.success(request, f"The bill is now {state}.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("bill", company.id, number)


@company_view
@require_POST
def bill_delete(request: HttpRequest, company: Company, number: int) -> HttpResponse:
    _, at = _bill(company, number)
    try:
        with store.change():
            company.journal.append(deletion(dataset_of(company), at))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("bill", company.id, number)
    messages.success(request, "The bill was deleted.")
    return redirect("bills", company.id)


class BillRulesForm(OptionsForm):
    def clean_closed_until(self) -> str:
        typed = str(self.cleaned_data["closed_until"])
        try:
            return date.fromisoformat(typed).isoformat() if typed else ""
        except ValueError:
            raise forms.ValidationError("Enter a date like 2026-01-31.") from None


@company_view
def bill_rules(request: HttpRequest, company: Company) -> HttpResponse:
    form = BillRulesForm((company.bill_rules,), request.POST or None)
    if try_action(form, form.save):
        messages.success(request, "The configuration was saved.")
        return redirect("bill-rules", company.id)
    return page(request, company, "bill-rules", template="bill_rules", form=form)
