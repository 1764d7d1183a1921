"""Colleagues, invitations, and inviting: System Administrators invite their colleagues, support invites any user."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import services
from accounts.access import UserRequest, administrators_only, support_only
from accounts.forms import ColleagueForm, InviteForm, StaffForm
from accounts.interrupted_posts import restore_typed
from accounts.models import Customer, Invitation, User
from accounts.views.customers import USERS_SHOWN, pending_invitations, users_in_order
from core.isolated_text import Sentence
from core.refusals import show_refusal_in, show_refusal_to

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@administrators_only
@require_safe
def users(request: UserRequest) -> HttpResponse:
    """Show support the users at Beanworks. Those of a customer are on the customer's page."""
    company = request.user.customer
    colleagues = users_in_order(User.objects.filter(customer=company)).select_related("home_org_unit")
    context = {
        "invitations": pending_invitations(request, company),
        "page": Paginator(colleagues, USERS_SHOWN).get_page(request.GET.get("page")),
    }
    return render(request, "accounts/users.html", context)


@administrators_only
@get_or_post
@never_cache
def invite(request: UserRequest, customer_pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=customer_pk)
    initial = {"language": customer.language}
    return _invite(request, ColleagueForm(request.POST or None, customer=customer, initial=initial), customer)


@support_only
@get_or_post
@never_cache
def invite_staff(request: UserRequest) -> HttpResponse:
    return _invite(request, StaffForm(request.POST or None), None)


def _invite(request: UserRequest, form: InviteForm, customer: Customer | None) -> HttpResponse:
    form = restore_typed(request, form)
    if request.method == "POST" and form.is_valid():
        with show_refusal_in(form, "email"):
            invitation = services.invitation_send(actor=request.user, customer=customer, **form.cleaned_data)
            return _confirm_sending(request, invitation)
    context = {"form": form, "customer": customer, "back": _list_with(request, customer)}
    return render(request, "accounts/invite.html", context)


@administrators_only
@get_or_post
@never_cache
def correct(request: UserRequest, invitation_pk: int) -> HttpResponse:
    invitation = get_object_or_404(_open_invitations(request), pk=invitation_pk)
    form = restore_typed(request, _form_of(invitation, request.POST or None))
    if request.method == "POST" and form.is_valid():
        with show_refusal_in(form, "email"):
            corrected = services.invitation_correct(invitation=invitation, actor=request.user, **form.cleaned_data)
            return _confirm_sending(request, corrected)
    context = {"form": form, "invitation": invitation, "back": _list_with(request, invitation.customer)}
    return render(request, "accounts/invitation_correct.html", context)


def _form_of(invitation: Invitation, data: Any) -> InviteForm:
    shared = {"name": invitation.name, "email": invitation.email, "language": invitation.language}
    if invitation.customer is None:
        return StaffForm(data, initial=shared | {"kind": invitation.kind})
    initial = shared | {"roles": invitation.roles, "home_org_unit": invitation.home_org_unit_id}
    return ColleagueForm(data, initial=initial, customer=invitation.customer)


def _open_invitations(request: UserRequest) -> QuerySet[Invitation]:
    return Invitation.objects.visible_to(request.user).open().select_related("customer")


def _list_with(request: UserRequest, customer: Customer | None) -> str:
    """Return the address of the page that lists the users and invitations of the customer, or those of Beanworks."""
    if customer and request.user.is_support:
        return resolve_url("accounts:customer", customer.pk)
    return resolve_url("accounts:users")


def _confirm_sending(request: UserRequest, invitation: Invitation) -> HttpResponse:
    """Show the same message for every address, whether it has an account elsewhere or not."""
    words = _(
        "We are emailing the invitation to %(email)s. Its link works once and expires after 14 days. "
        "If the email does not arrive, correct the address or send a new link on this page."
    )
    messages.success(request, Sentence(words, {"email": invitation.email}))
    return redirect(_list_with(request, invitation.customer))


@administrators_only
@require_POST
def renew(request: UserRequest, invitation_pk: int) -> HttpResponse:
    invitation = get_object_or_404(_open_invitations(request), pk=invitation_pk)
    with show_refusal_to(request):
        services.invitation_renew(invitation=invitation, actor=request.user)
        return _confirm_sending(request, invitation)
    return redirect(_list_with(request, invitation.customer))


@administrators_only
@require_POST
def revoke(request: UserRequest, invitation_pk: int) -> HttpResponse:
    invitation = get_object_or_404(_open_invitations(request), pk=invitation_pk)
    with show_refusal_to(request):
        services.invitation_revoke(invitation=invitation, actor=request.user)
        messages.success(request, _("The invitation was canceled. Its link no longer works."))
    return redirect(_list_with(request, invitation.customer))
