"""Disconnecting Sage Intacct, and what to remove in Intacct after that."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.interrupted_posts import restore_typed
from core.refusals import show_refusal_to
from wizard import services
from wizard.access import VisitorRequest, any_connection_for, ending_connection_for, wizard_page
from wizard.forms import DisconnectForm
from wizard.models import TestBill
from wizard.pages.connection_page import ConnectionPage
from wizard.stages import STAGES


@wizard_page
@require_http_methods(["GET", "HEAD", "POST"])
def disconnect(request: VisitorRequest, pk: int) -> HttpResponse:
    """Explain what a disconnect ends and what stays. A POST with the company ID disconnects."""
    connection = ending_connection_for(request, pk)
    if not connection.can_be_disconnected:
        return redirect("wizard:connection", pk)
    form = restore_typed(request, DisconnectForm(request.POST or None, company_id=connection.company_id))
    if form.is_valid():
        with show_refusal_to(request):
            services.connection_disconnect(connection=connection, actor=request.user)
            messages.success(request, _("Disconnected. The password was deleted, and nothing is sent to Intacct."))
        return redirect("wizard:connection", pk)
    return render(request, "wizard/disconnect.html", {"page": ConnectionPage(request, connection), "form": form})


@wizard_page
@require_safe
def removal(request: VisitorRequest, pk: int) -> HttpResponse:
    """Show what can be removed in Intacct, to print."""
    connection = any_connection_for(request, pk)
    context = {
        "connection": connection,
        "stages": [stage for stage in STAGES.values() if stage.removal],
        "test_bills": TestBill.objects.in_intacct(connection),
    }
    return render(request, "wizard/removal.html", context)
