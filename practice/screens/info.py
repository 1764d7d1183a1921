"""Company → Subscriptions, and Company → Company Info with its Web Services Authorization.

The edit page is saved as a whole. Until then, rows added in its dialog are only in the form itself.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from intacct import catalogue
from practice.company import Company, Refused, SenderAuthorization
from practice.company.info import set_authorizations, set_permission_model
from practice.company.subscriptions import set_subscription, set_web_services
from practice.screens.forms import PERMISSION_TYPES, AuthorizationForm, InfoForm, MultiEntityForm
from practice.screens.pages import company_view, page, try_action
from practice.state import store

WEB_SERVICES = "web-services"
Rows = list[SenderAuthorization]


@company_view
def subscriptions(request: HttpRequest, company: Company) -> HttpResponse:
    if request.method == "POST":
        with store.change():
            for name, on in (("turn_on", True), ("turn_off", False)):
                for slug in request.POST.getlist(name):
                    _switch(company, slug, on)
        return redirect("subscriptions", company.id)
    always = {module.slug for module in catalogue.ALWAYS_SUBSCRIBED}
    rows: list[dict[str, Any]] = [{"slug": WEB_SERVICES, "name": "Web Services", "on": company.web_services_on}]
    rows += [
        {
            "slug": module.slug,
            "name": module.name,
            "on": company.is_subscribed(module.slug),
            "fixed": module.slug in always,
        }
        for module in catalogue.MODULES
    ]
    return page(request, company, "subscriptions", rows=rows)


@company_view
def multi_entity(request: HttpRequest, company: Company) -> HttpResponse:
    """Subscriptions → Multi-Entity Management → Configure."""
    form = MultiEntityForm(request.POST or None, initial=vars(company))
    if try_action(form, lambda: setattr(company, "top_level_only", form.cleaned_data["top_level_only"])):
        messages.success(request, "Multi-Entity Management was saved.")
        return redirect("subscriptions", company.id)
    context = {"heading": "Configure Multi-Entity Management", "form": form}
    return page(request, company, "subscriptions", "Multi-Entity Management", "Configure", template="form", **context)


def _switch(company: Company, slug: str, on: bool) -> None:
    if slug == WEB_SERVICES:
        set_web_services(company, on)
    else:
        set_subscription(company, slug, on)


@company_view
@require_safe
def info(request: HttpRequest, company: Company) -> HttpResponse:
    return page(request, company, "info", permission_type=dict(PERMISSION_TYPES)[company.permission_model])


@company_view
def info_edit(request: HttpRequest, company: Company) -> HttpResponse:
    if request.method != "POST":
        return _edit_page(request, company, InfoForm(initial=vars(company)), company.authorizations)
    form, rows = InfoForm(request.POST), _rows(request.POST)
    action, _, sender_id = request.POST.get("do", "").partition(" ")
    if action == "save-sender":
        return _save_dialog(request, company, form, rows, sender_id)
    if action in ("add", "edit"):
        authorization = next((row for row in rows if row.sender_id == sender_id), SenderAuthorization(""))
        return _show_dialog(request, company, _authorization_form(sender_id, initial=vars(authorization)), sender_id)
    if action == "delete":
        rows = [row for row in rows if row.sender_id != sender_id]
    if action == "save" and try_action(form, lambda: _save(company, form, rows)):
        messages.success(request, "Company Info was saved.")
        return redirect("info", company.id)
    return _edit_page(request, company, form, rows)


def _edit_page(request: HttpRequest, company: Company, form: InfoForm, rows: Rows) -> HttpResponse:
    marked = [(row, row not in company.authorizations) for row in rows]
    pending = rows != company.authorizations
    return page(request, company, "info", "Edit", template="info_edit", form=form, rows=marked, pending=pending)


def _show_dialog(request: HttpRequest, company: Company, form: AuthorizationForm, sender_id: str) -> HttpResponse:
    names = ("name", "permission_model", "row_sender", "row_description", "row_status")
    hidden_inputs = [(key, value) for key in names for value in request.POST.getlist(key)]
    context = {"form": form, "sender_id": sender_id, "hidden_inputs": hidden_inputs}
    return page(request, company, "info", "Edit", "Security", template="authorization", **context)


def _save_dialog(request: HttpRequest, company: Company, form: InfoForm, rows: Rows, sender_id: str) -> HttpResponse:
    """Handle Save in the dialog."""
    given = _authorization_form(sender_id, request.POST, initial={"sender_id": sender_id})
    if given.is_valid():
        authorization = SenderAuthorization(**given.cleaned_data)
        if sender_id:
            return _edit_page(
                request, company, form, [authorization if row.sender_id == sender_id else row for row in rows]
            )
        if authorization.sender_id not in {row.sender_id for row in rows}:
            return _edit_page(request, company, form, [*rows, authorization])
        given.add_error("sender_id", f"Sender ID {authorization.sender_id} is already in the list.")
    return _show_dialog(request, company, given, sender_id)


def _authorization_form(sender_id: str, *args: Any, **rest: Any) -> AuthorizationForm:
    """Return the form of the sender `sender_id`, whose ID cannot change, or of a new sender if `sender_id` is empty."""
    form = AuthorizationForm(*args, **rest)
    form.fields["sender_id"].disabled = bool(sender_id)
    return form


def _rows(posted: QueryDict) -> Rows:
    parts = (posted.getlist(f"row_{name}") for name in ("sender", "description", "status"))
    try:
        return [SenderAuthorization(*values) for values in zip(*parts, strict=True)]
    except ValueError:
        raise Refused("The list is incomplete.") from None


def _save(company: Company, form: InfoForm, rows: Rows) -> None:
    set_authorizations(company, rows)
    set_permission_model(company, form.cleaned_data["permission_model"])
    company.name = form.cleaned_data["name"]
