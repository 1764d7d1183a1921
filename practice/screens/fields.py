"""Platform Services → Custom Fields and User Defined Dimensions; Customization Services → Custom Packages."""

from itertools import chain
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from practice.company import Company, CustomField
from practice.company.customization import (
    add_custom_field,
    add_custom_fields,
    add_dimension,
    delete_custom_field,
    edit_custom_field,
)
from practice.records import history, times
from practice.screens import package
from practice.screens.forms import OBJECTS, DimensionForm, FieldForm, PackageForm
from practice.screens.pages import company_view, page, try_action
from practice.state import store

FIXED = ("object", "data_type", "field_id")
# The fields on each page of the dialog for a new field.
PAGES = (("object",), ("data_type",), ("label", "field_id", "description"))
LAST = len(PAGES) - 1


@company_view
@require_safe
def fields(request: HttpRequest, company: Company) -> HttpResponse:
    rows = [(field, OBJECTS.get(field.object, field.object)) for field in company.custom_fields]
    return page(request, company, "fields", rows=rows)


@company_view
def field_add(request: HttpRequest, company: Company) -> HttpResponse:
    """Ask on three pages, as Intacct’s dialog does. Each sends the values of those before it in hidden inputs."""
    number = max(0, sum(names[0] in request.POST for names in PAGES) - 1)
    form = _form_of_page(number, request.POST or None)
    if number == LAST and try_action(form, lambda: add_custom_field(company, _field(form.cleaned_data))):
        messages.success(request, f"Field {form.cleaned_data['field_id']} was saved.")
        return redirect("fields", company.id)
    if number < LAST and form.is_valid():
        number += 1
        form = _form_of_page(number, initial=form.cleaned_data)
    context = {"heading": "New custom field", "form": form, "button": "Done" if number == LAST else "Next"}
    return page(request, company, "fields", "Add", template="form", **context)


def _form_of_page(number: int, *args: Any, **rest: Any) -> FieldForm:
    form = FieldForm(*args, **rest)
    earlier, later = [*chain(*PAGES[:number])], [*chain(*PAGES[number + 1 :])]
    for name in earlier:
        form.fields[name].widget = forms.HiddenInput()
    for name in later:
        del form.fields[name]
    return form


def _field(given: dict[str, str]) -> CustomField:
    return CustomField(id=given["field_id"], **{key: value for key, value in given.items() if key != "field_id"})


@company_view
def field_edit(request: HttpRequest, company: Company, object_name: str, field_id: str) -> HttpResponse:
    custom_field = company.custom_field(object_name, field_id)
    if not custom_field:
        raise Http404
    form = FieldForm(request.POST or None, initial=vars(custom_field) | {"field_id": custom_field.id})
    for name in FIXED:
        form.fields[name].disabled = True
    words = ("label", "description")
    if try_action(
        form,
        lambda: edit_custom_field(company, object_name, field_id, **{name: form.cleaned_data[name] for name in words}),
    ):
        messages.success(request, f"Field {field_id} was saved.")
        return redirect("fields", company.id)
    context = {"heading": f"Custom field {field_id}", "form": form, "button": "Done"}
    return page(request, company, "fields", "Edit", template="form", **context)


@company_view
@require_POST
def field_delete(request: HttpRequest, company: Company, object_name: str, field_id: str) -> HttpResponse:
    with store.change():
        delete_custom_field(company, object_name, field_id)
        company.journal.append(history.field_deletion(times.now(), object_name, field_id))
    messages.success(request, f"Field {field_id} was deleted.")
    return redirect("fields", company.id)


@company_view
def package_import(request: HttpRequest, company: Company) -> HttpResponse:
    form = PackageForm(request.POST or None, request.FILES or None)
    if try_action(form, lambda: add_custom_fields(company, package.fields_in(form.cleaned_data["package"].read()))):
        messages.success(request, "The package was imported.")
        return redirect("fields", company.id)
    return page(request, company, "package", form=form)


@company_view
@require_safe
def dimensions(request: HttpRequest, company: Company) -> HttpResponse:
    return page(request, company, "dimensions")


@company_view
def dimension_add(request: HttpRequest, company: Company) -> HttpResponse:
    form = DimensionForm(request.POST or None)
    if try_action(form, lambda: add_dimension(company, **form.cleaned_data)):
        messages.success(request, f"Dimension {form.cleaned_data['label']} was saved.")
        return redirect("dimensions", company.id)
    context = {"heading": "New user-defined dimension", "form": form}
    return page(request, company, "dimensions", "Add", template="form", **context)
