"""The page of a customer: its details, its tree, its users. To its own administrators, it is their company."""

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import services
from accounts.access import UserRequest, administration_readers_only, administrators_only, support_only
from accounts.administration_forms import CompanyForm, CustomerDetailsForm
from accounts.forms import CustomerForm
from accounts.interrupted_posts import restore_typed
from accounts.models import Customer, Invitation, User
from accounts.org_tree import tree_of
from core.collation import Natural
from core.refusals import show_refusal_in
from core.transactions import atomic_post

USERS_SHOWN = 25
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@administration_readers_only
@require_safe
def customer(request: UserRequest, customer_pk: int) -> HttpResponse:
    customers = Customer.objects.visible_to(request.user).select_related("success_manager")
    customer = get_object_or_404(customers, pk=customer_pk)
    users = users_in_order(User.objects.filter(customer=customer)).select_related("home_org_unit")
    context = {
        "customer": customer,
        "may_administer": request.user.may_administer(),
        "connections": customer.connections.order_by("pk") if request.user.is_beanworks else (),
        "tree": tree_of(customer),
        "page": Paginator(users, USERS_SHOWN).get_page(request.GET.get("page")),
        "invitations": pending_invitations(request, customer) if request.user.may_administer() else None,
    }
    return render(request, "accounts/customer.html", context)


def pending_invitations(request: UserRequest, customer: Customer | None) -> Page[Invitation]:
    """Return a page of the customer's open invitations, or of those of Beanworks."""
    invitations = Invitation.objects.filter(customer=customer).for_users_page()
    return Paginator(invitations, USERS_SHOWN).get_page(request.GET.get("invitations"))


def users_in_order(users: QuerySet[User]) -> QuerySet[User]:
    """Return the users by name, those who cannot sign in at the end, with their roles."""
    return users.order_by("-is_active", Natural("name"), "pk").prefetch_related("roles")


@support_only
@get_or_post
def new_customer(request: UserRequest) -> HttpResponse:
    form: Form = restore_typed(request, CustomerForm(request.POST or None))
    if request.method == "POST" and form.is_valid():
        with show_refusal_in(form, "name"):
            customer = services.customer_create(actor=request.user, **form.cleaned_data)
            messages.success(request, _("The customer was added. Now invite its first System Administrator."))
            return redirect("accounts:invite", customer.pk)
    return render(request, "accounts/new_customer.html", {"form": form})


@administrators_only
@get_or_post
@atomic_post
def customer_edit(request: UserRequest, customer_pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=customer_pk)
    if request.method == "POST":
        services.customer_lock(customer_pk)
        customer.refresh_from_db()
    kind = CustomerDetailsForm if request.user.is_support else CompanyForm
    stored = {name: getattr(customer, name) for name in kind.base_fields if name != "version"}
    form = restore_typed(request, kind(request.POST or None, stored=stored))
    if request.method == "POST" and form.is_valid():
        with show_refusal_in(form):
            services.part_change(part=customer, actor=request.user, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("accounts:customer", customer_pk)
    return render(request, "accounts/customer_edit.html", {"form": form, "customer": customer})
