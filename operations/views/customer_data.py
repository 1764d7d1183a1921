"""All data of a customer: the export, for support and their administrators, and the deletion, for support."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import UserRequest, administrators_only, support_only
from accounts.interrupted_posts import restore_typed
from accounts.models import Customer
from core.customer_data import count_rows
from core.refusals import show_refusal_to
from operations.deletion import (
    confirmation_refusal,
    deletion_cancel,
    deletion_confirm,
    deletion_request,
    deletion_retry,
)
from operations.export import export_file, export_request
from operations.forms import ConfirmDeletionForm, RequestDeletionForm
from operations.models import CustomerDeletion, CustomerExport

DONE_SHOWN = 50
MOST_COUNTED = 10_000
"""Rows of a table. A customer may have millions of records, and counting them all takes seconds."""


@administrators_only
@require_safe
def customer_data(request: UserRequest, customer_pk: int) -> HttpResponse:
    return _page(request, _customer(request, customer_pk))


@administrators_only
@require_POST
def export_start(request: UserRequest, customer_pk: int) -> HttpResponse:
    customer = _customer(request, customer_pk)
    with show_refusal_to(request):
        export_request(customer=customer, actor=request.user)
    return redirect("operations:customer_data", customer.pk)


@administrators_only
@require_safe
def export_download(request: UserRequest, export_pk: int) -> StreamingHttpResponse:
    """Send the file to support, or to the administrator who requested it."""
    exports = CustomerExport.objects.filter(expires_at__isnull=False)
    if not request.user.is_support:
        exports = exports.filter(requested_by=request.user, customer=request.user.customer_id)
    export = get_object_or_404(exports, pk=export_pk)
    if not export.is_available:
        return redirect("operations:customer_data", export.customer_id)  # type: ignore[return-value]

    response = StreamingHttpResponse(export_file(export, request.user), content_type="application/zip")
    response["Content-Length"] = str(export.size)
    response["Content-Disposition"] = f'attachment; filename="export-{export.customer_id}-{export.pk}.zip"'
    return response


@support_only
@require_safe
def deletions(request: UserRequest) -> HttpResponse:
    """List the deletions that are open, and what stays of deleted customers."""
    rows = CustomerDeletion.objects.select_related("requested_by", "confirmed_by", "canceled_by").order_by("-pk")
    done = rows.exclude(pk__in=rows.open().values("pk"))[:DONE_SHOWN]
    return render(request, "operations/deletions.html", {"open": rows.open(), "done": done})


@support_only
@require_POST
def deletion_ask(request: UserRequest, customer_pk: int) -> HttpResponse:
    """Request the deletion of a customer."""
    customer = get_object_or_404(Customer, pk=customer_pk)
    form = RequestDeletionForm(request.POST, name=customer.name)
    if not form.is_valid():
        return _page(request, customer, request_form=form)
    with show_refusal_to(request):
        deletion_request(customer=customer, actor=request.user, reason=form.cleaned_data["reason"])
    return redirect("operations:customer_data", customer.pk)


@support_only
@require_POST
def deletion_approve(request: UserRequest, deletion_pk: int) -> HttpResponse:
    """Confirm the deletion that another user requested."""
    deletion = get_object_or_404(CustomerDeletion.objects.open(), pk=deletion_pk)
    customer = get_object_or_404(Customer, pk=deletion.customer_pk)
    form = ConfirmDeletionForm(request.POST, name=customer.name)
    if not form.is_valid():
        return _page(request, customer, confirm_form=form)
    with show_refusal_to(request):
        deletion_confirm(deletion=deletion, actor=request.user)
    return redirect("operations:customer_data", customer.pk)


@support_only
@require_POST
def deletion_stop(request: UserRequest, deletion_pk: int) -> HttpResponse:
    """Cancel a deletion."""
    deletion = get_object_or_404(CustomerDeletion, pk=deletion_pk)
    with show_refusal_to(request):
        deletion_cancel(deletion=deletion, actor=request.user)
        messages.success(request, _canceled_words(deletion))
    return redirect("operations:deletions")


def _canceled_words(deletion: CustomerDeletion) -> str:
    if deletion.confirmed_at is None:
        return _("The deletion was canceled.")
    return _(
        "The deletion was canceled, and the users can sign in again. To reconnect Intacct, their administrators must "
        "enter the passwords again. We emailed them."
    )


@support_only
@require_POST
def deletion_continue(request: UserRequest, deletion_pk: int) -> HttpResponse:
    """Continue a deletion that failed."""
    deletion_retry(deletion=get_object_or_404(CustomerDeletion, pk=deletion_pk), actor=request.user)
    return redirect("operations:deletions")


def _customer(request: UserRequest, customer_pk: int) -> Customer:
    user = request.user
    customers = Customer.objects.all() if user.is_support else Customer.objects.filter(users=user)
    return get_object_or_404(customers, pk=customer_pk)


def _page(request: UserRequest, customer: Customer, **forms: Any) -> HttpResponse:
    exports = customer.exports.select_related("requested_by").order_by("-pk")
    if not request.user.is_support:
        exports = exports.filter(requested_by=request.user)
    context = {"customer": customer, "exports": exports[:5], "export_active": customer.exports.active().exists()}
    if request.user.is_support:
        context |= _deletion_context(request, customer)
    return render(request, "operations/customer_data.html", context | forms)


def _deletion_context(request: UserRequest, customer: Customer) -> dict[str, Any]:
    deletion = CustomerDeletion.objects.open().select_related("requested_by").filter(customer_pk=customer.pk).first()
    tables = count_rows(customer.pk, MOST_COUNTED)
    return {
        "deletion": deletion,
        "refusal": confirmation_refusal(deletion, request.user) if deletion else "",
        "counts": {
            "tables": tables,
            "total": sum(tables.values()),
            "most": MOST_COUNTED,
            "is_more": MOST_COUNTED in tables.values(),
        },
        "request_form": restore_typed(request, RequestDeletionForm(name=customer.name)),
        "confirm_form": ConfirmDeletionForm(name=customer.name),
    }
