"""Company → Roles."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from practice.company import ADMINISTRATOR_ROLE, Company
from practice.company.roles import add_role, delete_role, edit_role, set_role_rights
from practice.screens.forms import RoleForm
from practice.screens.pages import company_view, find_or_404, page, try_action
from practice.screens.permissions import permissions_page
from practice.state import store


@company_view
@require_safe
def roles(request: HttpRequest, company: Company) -> HttpResponse:
    rows = [
        (role, [user.user_id for user in company.users.values() if role.name in user.roles])
        for role in company.roles.values()
    ]
    return page(request, company, "roles", rows=rows, administrator_role=ADMINISTRATOR_ROLE)


@company_view
def role_add(request: HttpRequest, company: Company) -> HttpResponse:
    form = RoleForm(request.POST or None)
    if try_action(form, lambda: add_role(company, **form.cleaned_data)):
        return redirect("role-permissions", company.id, form.cleaned_data["name"])
    return page(request, company, "roles", "Add", template="form", heading="New role", form=form)


@company_view
def role_edit(request: HttpRequest, company: Company, name: str) -> HttpResponse:
    role = find_or_404(company.roles, name)
    form = RoleForm(request.POST or None, initial=vars(role))
    if try_action(form, lambda: edit_role(company, name, new_name=form.cleaned_data.pop("name"), **form.cleaned_data)):
        messages.success(request, "The role was saved.")
        return redirect("roles", company.id)
    links = {reverse("role-permissions", args=[company.id, name]): "View Subscriptions"}
    return page(request, company, "roles", "Edit", template="form", heading=f"Role {name}", form=form, links=links)


@company_view
@require_POST
def role_delete(request: HttpRequest, company: Company, name: str) -> HttpResponse:
    if name == ADMINISTRATOR_ROLE:
        raise Http404
    with store.change():
        delete_role(company, name)
    messages.success(request, f"Role {name} was deleted.")
    return redirect("roles", company.id)


@company_view
def role_permissions(request: HttpRequest, company: Company, name: str) -> HttpResponse:
    rights = find_or_404(company.roles, name).rights
    return permissions_page(
        request, company, "roles", name, rights, lambda ticked: set_role_rights(company, name, ticked)
    )
