"""Company → Subscriptions, and Company → Company Info with its Web Services Authorization.

The page to edit is saved as a whole: until then what its dialogue added is in the form itself, and nowhere else.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from intacct import catalogue
from sandbox.company import Company, Refused, SenderAuthorization
from sandbox.screens.forms import PERMISSION_TYPES, AuthorizationForm, InfoForm
from sandbox.screens.pages import done, of_company, page
from sandbox.world import world

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
    always = {each.slug for each in catalogue.ALWAYS_SUBSCRIBED}
    rows: list[dict[str, Any]] = [{"slug": WEB_SERVICES, "name": "Web Services", "on": company.web_services_on}]
    rows += [
        {"slug": each.slug, "name": each.name, "on": company.subscribed(each.slug), "fixed": each.slug in always}
        for each in catalogue.MODULES
    ]
    return page(request, company, "subscriptions", rows=rows)


def _switch(company: Company, slug: str, on: bool) -> None:
    if slug == WEB_SERVICES:
        company.web_services_set(on)
    else:
        company.subscription_set(slug, on)


@of_company
@require_safe
def info(request: HttpRequest, company: Company) -> HttpResponse:
    return page(request, company, "info", permission_type=dict(PERMISSION_TYPES)[company.permission_model])


@of_company
def info_edit(request: HttpRequest, company: Company) -> HttpResponse:
    if request.method != "POST":
        return _whole(request, company, InfoForm(initial=vars(company)), company.authorizations)
    form, rows = InfoForm(request.POST), _rows(request.POST)
    act, _, which = request.POST.get("do", "").partition(" ")
    if act == "keep":
        return _keep(request, company, form, rows, which)
    if act in ("add", "edit"):
        found = next((each for each in rows if each.sender_id == which), SenderAuthorization(""))
        return _dialogue(request, company, _authorization_form(which, initial=vars(found)), which)
    if act == "delete":
        rows = [each for each in rows if each.sender_id != which]
    if act == "save" and done(form, lambda: _save(company, form, rows)):
        messages.success(request, "Company Info is saved.")
        return redirect("info", company.id)
    return _whole(request, company, form, rows)


def _whole(request: HttpRequest, company: Company, form: InfoForm, rows: Rows) -> HttpResponse:
    marked = [(each, each not in company.authorizations) for each in rows]
    pending = rows != company.authorizations
    return page(request, company, "info", "Edit", template="info_edit", form=form, rows=marked, pending=pending)


def _dialogue(request: HttpRequest, company: Company, form: AuthorizationForm, which: str) -> HttpResponse:
    names = ("name", "permission_model", "row_sender", "row_description", "row_status")
    carried = [(key, each) for key in names for each in request.POST.getlist(key)]
    context = {"form": form, "which": which, "carried": carried}
    return page(request, company, "info", "Edit", "Security", template="authorization", **context)


def _keep(request: HttpRequest, company: Company, form: InfoForm, rows: Rows, which: str) -> HttpResponse:
    """The dialogue's own Save."""
    given = _authorization_form(which, request.POST, initial={"sender_id": which})
    if given.is_valid():
        made = SenderAuthorization(**given.cleaned_data)
        if which:
            return _whole(request, company, form, [made if each.sender_id == which else each for each in rows])
        if made.sender_id not in {each.sender_id for each in rows}:
            return _whole(request, company, form, [*rows, made])
        given.add_error("sender_id", f"Sender ID {made.sender_id} is in the list already.")
    return _dialogue(request, company, given, which)


def _authorization_form(which: str, *args: Any, **rest: Any) -> AuthorizationForm:
    """`which` sender's, whose ID cannot be changed; empty for a new one."""
    form = AuthorizationForm(*args, **rest)
    form.fields["sender_id"].disabled = bool(which)
    return form


def _rows(posted: QueryDict) -> Rows:
    parts = (posted.getlist(f"row_{name}") for name in ("sender", "description", "status"))
    try:
        return [SenderAuthorization(*each) for each in zip(*parts, strict=True)]
    except ValueError:
        raise Refused("The list is not whole.") from None


def _save(company: Company, form: InfoForm, rows: Rows) -> None:
    company.authorizations_set(rows)
    company.permission_model_set(form.cleaned_data["permission_model"])
    company.name = form.cleaned_data["name"]
