"""Company → Web Services Users."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from practice.company import Company, User
from practice.company.users import ADMINISTRATOR, add_user, delete_user, edit_user, set_password, set_user_rights
from practice.screens.forms import ConfirmForm, UserForm
from practice.screens.pages import company_view, find_or_404, page, try_action
from practice.screens.permissions import permissions_page
from practice.state import store


def editable_users(company: Company) -> dict[str, User]:
    """Return all users except the administrator, who is the user of these screens."""
    return {key: user for key, user in company.users.items() if key != ADMINISTRATOR}


@company_view
@require_safe
def users(request: HttpRequest, company: Company) -> HttpResponse:
    return page(request, company, "users", users=editable_users(company).values())


@company_view
def user_add(request: HttpRequest, company: Company) -> HttpResponse:
    form = UserForm(company, None, request.POST or None)
    if try_action(
        form, lambda: add_user(company, form.cleaned_data["user_id"], web_services_only=True, **form.values())
    ):
        _show_password_message(request, company.users[form.cleaned_data["user_id"]])
        return redirect("users", company.id)
    return page(request, company, "users", "Add", template="user", form=form)


@company_view
def user_edit(request: HttpRequest, company: Company, user: str) -> HttpResponse:
    """Edit a user. Changes are saved after the administrator confirms with their own password."""
    selected_user = find_or_404(editable_users(company), user)
    form = UserForm(company, selected_user, request.POST or None)
    if not form.is_valid():
        return page(request, company, "users", "Edit", template="user", form=form, user=selected_user)
    confirm = ConfirmForm(company.users[ADMINISTRATOR].password, request.POST if "password" in request.POST else None)
    if try_action(confirm, lambda: edit_user(company, user, **form.values())):
        messages.success(request, f"User {user} was saved.")
        return redirect("users", company.id)
    hidden_inputs = [(key, value) for key in form.fields for value in request.POST.getlist(key)]
    return page(request, company, "users", "Edit", template="confirm", form=confirm, hidden_inputs=hidden_inputs)


@company_view
@require_POST
def user_password(request: HttpRequest, company: Company, user: str) -> HttpResponse:
    selected_user = find_or_404(editable_users(company), user)
    with store.change():
        set_password(company, user)
    _show_password_message(request, selected_user)
    return redirect("users", company.id)


@company_view
@require_POST
def user_delete(request: HttpRequest, company: Company, user: str) -> HttpResponse:
    find_or_404(editable_users(company), user)
    with store.change():
        delete_user(company, user)
    messages.success(request, f"User {user} was deleted.")
    return redirect("users", company.id)


@company_view
def user_permissions(request: HttpRequest, company: Company, user: str) -> HttpResponse:
    find_or_404(editable_users(company), user)
    rights = company.user_rights.get(user, {})
    return permissions_page(
        request, company, "users", user, rights, lambda ticked: set_user_rights(company, user, ticked)
    )


def _show_password_message(request: HttpRequest, user: User) -> None:
    messages.success(request, f"The password of user {user.user_id} was sent to {user.email}. See Mailbox.")
