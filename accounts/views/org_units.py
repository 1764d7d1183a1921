"""The pages that change a customer's tree: its org units and legal entities."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import services
from accounts.access import UserRequest, administrators_only
from accounts.administration_forms import LegalEntityForm, OrgUnitForm
from accounts.interrupted_posts import restore_typed
from accounts.models import Customer, LegalEntity, OrgUnit
from core.refusals import show_refusal_in, show_refusal_to
from core.transactions import atomic_post

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@administrators_only
@get_or_post
def org_unit_add(request: UserRequest, customer_pk: int) -> HttpResponse:
    customer = _customer(request, customer_pk)
    form = OrgUnitForm(request.POST or None, customer=customer)
    return _show_or_save(request, form, services.org_unit_create, {"customer": customer, "kind": "org_unit"})


@administrators_only
@get_or_post
@atomic_post
def org_unit_edit(request: UserRequest, org_unit_pk: int) -> HttpResponse:
    unit = _org_unit(request, org_unit_pk)
    if request.method == "POST":
        services.customer_lock(unit.customer_id)
        unit = _org_unit(request, org_unit_pk)
    stored = {"name": unit.name, "parent": unit.parent_id}
    form = OrgUnitForm(request.POST or None, stored=stored, customer=unit.customer, unit=unit)
    context = {"customer": unit.customer, "kind": "org_unit", "unit": unit}
    context["removal_refusal"] = services.removal_refusal(unit)
    return _show_or_save(request, form, services.org_unit_change, context, unit=unit)


@administrators_only
@get_or_post
def org_unit_remove(request: UserRequest, org_unit_pk: int) -> HttpResponse:
    unit = _org_unit(request, org_unit_pk)
    if request.method != "POST":
        return render(request, "accounts/org_unit_remove.html", {"unit": unit})
    with show_refusal_to(request):
        services.org_unit_remove(unit=unit, actor=request.user)
        messages.success(request, _("The org unit was removed."))
    return redirect("accounts:customer", unit.customer_id)


@administrators_only
@get_or_post
def legal_entity_add(request: UserRequest, customer_pk: int) -> HttpResponse:
    customer = _customer(request, customer_pk)
    form = LegalEntityForm(request.POST or None, initial={"time_zone": customer.time_zone}, customer=customer)
    context = {"customer": customer, "kind": "legal_entity"}
    return _show_or_save(request, form, services.legal_entity_create, context)


@administrators_only
@get_or_post
@atomic_post
def legal_entity_edit(request: UserRequest, entity_pk: int) -> HttpResponse:
    entity = _legal_entity(request, entity_pk)
    if request.method == "POST":
        services.customer_lock(entity.customer_id)
        entity = _legal_entity(request, entity_pk)
    stored = {"name": entity.name, "parent": entity.org_unit.parent_id, "time_zone": entity.time_zone}
    form = LegalEntityForm(request.POST or None, stored=stored, customer=entity.customer, entity=entity)
    context = {"customer": entity.customer, "kind": "legal_entity", "entity": entity}
    return _show_or_save(request, form, services.legal_entity_change, context, entity=entity)


@administrators_only
@get_or_post
def legal_entity_close(request: UserRequest, entity_pk: int) -> HttpResponse:
    entity = _legal_entity(request, entity_pk)
    if request.method != "POST":
        return render(request, "accounts/legal_entity_close.html", {"entity": entity})
    services.legal_entity_close(entity=entity, actor=request.user)
    messages.success(request, _("The legal entity was closed."))
    return redirect("accounts:customer", entity.customer_id)


@administrators_only
@require_POST
def legal_entity_reopen(request: UserRequest, entity_pk: int) -> HttpResponse:
    entity = _legal_entity(request, entity_pk)
    services.legal_entity_reopen(entity=entity, actor=request.user)
    messages.success(request, _("The legal entity was reopened."))
    return redirect("accounts:customer", entity.customer_id)


def _show_or_save(
    request: UserRequest, form: Form, service: Callable[..., object], context: dict[str, Any], **changed: Any
) -> HttpResponse:
    """Show the form, or call the service with what was entered and show the customer. `changed`: the present row."""
    form = restore_typed(request, form)
    if request.method == "POST" and form.is_valid():
        with show_refusal_in(form):
            service(actor=request.user, **changed, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("accounts:customer", context["customer"].pk)
    return render(request, "accounts/part.html", {"form": form, **context})


def _customer(request: UserRequest, pk: int) -> Customer:
    return get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)


def _org_unit(request: UserRequest, pk: int) -> OrgUnit:
    customers = Customer.objects.visible_to(request.user)
    return get_object_or_404(OrgUnit.objects.select_related("customer", "parent"), pk=pk, customer__in=customers)


def _legal_entity(request: UserRequest, pk: int) -> LegalEntity:
    customers = Customer.objects.visible_to(request.user)
    entities = LegalEntity.objects.select_related("customer", "org_unit")
    return get_object_or_404(entities, pk=pk, customer__in=customers)
