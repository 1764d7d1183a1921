"""The page of a user, and what others do there for them."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import services
from accounts.access import UserRequest, administration_readers_only, administrators_only
from accounts.administration_forms import ColleagueForm, CustomerUserForm, DeactivationForm, TypedAddressForm
from accounts.endings import what_ends
from accounts.interrupted_posts import restore_typed
from accounts.models import User
from accounts.second_factor import has_second_factor
from core.refusals import show_refusal_in
from core.transactions import atomic_post

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@administration_readers_only
@require_safe
def user(request: UserRequest, user_pk: int) -> HttpResponse:
    person = _user(request, user_pk)
    context = {
        "person": person,
        "may_administer": request.user.may_administer(),
        "is_self": person == request.user,
        "has_second_factor": has_second_factor(person),
        "additional": person.additional_org_units.order_by("name"),
    }
    return render(request, "accounts/user.html", context)


@administrators_only
@get_or_post
@atomic_post
def user_edit(request: UserRequest, user_pk: int) -> HttpResponse:
    person = _user(request, user_pk)
    if request.method == "POST":
        services.user_lock(person)
        person = _user(request, user_pk)
    form = restore_typed(request, _form_of(person, request.POST or None))
    if request.method == "POST" and form.is_valid():
        with show_refusal_in(form):
            services.user_administer(user=person, actor=request.user, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("accounts:user", user_pk)
    return render(request, "accounts/user_edit.html", {"form": form, "person": _user(request, user_pk)})


def _form_of(person: User, data: Any) -> Form:
    if person.customer is None:
        return ColleagueForm(data, stored={"name": person.name, "kind": person.kind})
    stored = {
        "name": person.name,
        "roles": sorted(person.role_names()),
        "home_org_unit": person.home_org_unit_id,
        "additional_org_units": sorted(person.additional_org_units.values_list("pk", flat=True)),
    }
    return CustomerUserForm(data, stored=stored, customer=person.customer)


@administrators_only
@get_or_post
def user_deactivate(request: UserRequest, user_pk: int) -> HttpResponse:
    person = _user(request, user_pk)
    form = restore_typed(request, DeactivationForm(request.POST or None))
    if request.method == "POST" and form.is_valid():
        with show_refusal_in(form):
            services.user_deactivate(user=person, actor=request.user, **form.cleaned_data)
            messages.success(request, _("The user was deactivated."))
            return redirect("accounts:user", user_pk)
    context = {"form": form, "person": person, "what_ends": what_ends(person)}
    return render(request, "accounts/user_deactivate.html", context)


@administrators_only
@require_POST
def user_reactivate(request: UserRequest, user_pk: int) -> HttpResponse:
    services.user_reactivate(user=_user(request, user_pk), actor=request.user)
    messages.success(request, _("The user can sign in again."))
    return redirect("accounts:user", user_pk)


@administrators_only
@get_or_post
def second_factor_reset(request: UserRequest, user_pk: int) -> HttpResponse:
    person = _user(request, user_pk)
    form = restore_typed(request, TypedAddressForm(request.POST or None, user=person))
    if request.method == "POST" and form.is_valid():
        with show_refusal_in(form):
            services.second_factor_reset(user=person, actor=request.user)
            messages.success(request, _("The second factor was removed, and the user was notified by email."))
            return redirect("accounts:user", user_pk)
    return render(request, "accounts/second_factor_reset.html", {"form": form, "person": person})


def _user(request: UserRequest, pk: int) -> User:
    related = ("customer", "home_org_unit", "invited_by", "deactivated_by")
    return get_object_or_404(User.objects.visible_to(request.user).select_related(*related), pk=pk)
