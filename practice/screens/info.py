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
from practice.screens.forms import PERMISSION_TYPES, AuthorizationForm, InfoForm
from practice.screens.pages import of_company, page, try_act
from practice.state import world

WEB_SERVICES = "web-services"
Rows = list[SenderAuthorization]


@of_company
def subscriptions(request: HttpRequest, company: Company) -> HttpResponse:
    if request.method == "POST":
        with world.change():
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


def _switch(company: Company, slug: str, on: bool) -> None:
    if slug == WEB_SERVICES:
        set_web_services(company, on)
    else:
        set_subscription(company, slug, on)


@of_company
@require_safe
def info(request: HttpRequest, company: Company) -> HttpResponse:
    return page(request, company, "info", permission_type=dict(PERMISSION_TYPES)[company.permission_model])


@of_company
def info_edit(request: HttpRequest, company: Company) -> HttpResponse:
    if request.method != "POST":
        return _edit_page(request, company, InfoForm(initial=vars(company)), company.authorizations)
    form, rows = InfoForm(request.POST), _rows(request.POST)
    act, _, which = request.POST.get("do", "").partition(" ")
    if act == "keep":
        return _save_dialogue(request, company, form, rows, which)
    if act in ("add", "edit"):
        authorization = next((row for row in rows if row.sender_id == which), SenderAuthorization(""))
        return _dialogue(request, company, _authorization_form(which, initial=vars(authorization)), which)
    if act == "delete":
        rows = [row for row in rows if row.sender_id != which]
    if act == "save" and try_act(form, lambda: _save(company, form, rows)):
        messages.success(request, "Company Info was saved.")
        return redirect("info", company.id)
    return _edit_page(request, company, form, rows)


def _edit_page(request: HttpRequest, company: Company, form: InfoForm, rows: Rows) -> HttpResponse:
    marked = [(row, row not in company.authorizations) for row in rows]
    pending = rows != company.authorizations
    return page(request, company, "info", "Edit", template="info_edit", form=form, rows=marked, pending=pending)


def _dialogue(request: HttpRequest, company: Company, form: AuthorizationForm, which: str) -> HttpResponse:
    names = ("name", "permission_model", "row_sender", "row_description", "row_status")
    carried = [(key, value) for key in names for value in request.POST.getlist(key)]
    context = {"form": form, "which": which, "carried": carried}
    return page(request, company, "info", "Edit", "Security", template="authorization", **context)


def _save_dialogue(request: HttpRequest, company: Company, form: InfoForm, rows: Rows, which: str) -> HttpResponse:
    """Handle Save in the dialog."""
    given = _authorization_form(which, request.POST, initial={"sender_id": which})
    if given.is_valid():
        authorization = SenderAuthorization(**given.cleaned_data)
        if which:
            return _edit_page(
                request, company, form, [authorization if row.sender_id == which else row for row in rows]
            )
        if authorization.sender_id not in {row.sender_id for row in rows}:
            return _edit_page(request, company, form, [*rows, authorization])
        given.add_error("sender_id", f"Sender ID {authorization.sender_id} is already in the list.")
    return _dialogue(request, company, given, which)


def _authorization_form(which: str, *args: Any, **rest: Any) -> AuthorizationForm:
    """Return the form of the sender `which`, whose ID cannot change, or of a new sender if `which` is empty."""
    form = AuthorizationForm(*args, **rest)
    form.fields["sender_id"].disabled = bool(which)
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
