"""One connection as Beanworks staff see it: its history, its diagnostics, and the links to the customer's own pages."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import UserRequest, beanworks_only
from audit.models import AuditEvent
from audit.services import event_record
from core.collation import Natural
from operations import services
from operations.board import BoardRow, board_connections
from operations.diagnostics import diagnostics_of
from operations.forms import ManagerForm
from smartsync.models import SyncRun
from wizard.explanations import explain
from wizard.models import Connection, Incident
from wizard.pages.incidents import incident_url

EVENTS = 50


@beanworks_only
@require_safe
def connection(request: UserRequest, pk: int) -> HttpResponse:
    connection = get_object_or_404(board_connections(request.user), pk=pk)
    profiles = list(connection.profiles.select_related("legal_entity").order_by(Natural("legal_entity__name"), "-pk"))
    newest = SyncRun.objects.newest_of(profiles)
    incidents = Incident.objects.for_board().filter(connection=connection)
    page = Paginator(AuditEvent.objects.for_timeline(connection.customer_id), EVENTS).get_page(request.GET.get("page"))
    context = {
        "connection": connection,
        "row": BoardRow(connection),
        "profiles": [(profile, newest.get(profile.pk)) for profile in profiles],
        "incidents": [(incident, explain(incident), incident_url(incident)) for incident in incidents],
        "form": ManagerForm(initial={"manager": connection.customer.success_manager_id}),
        "page": page,
    }
    return render(request, "operations/connection.html", context)


@beanworks_only
@require_POST
def assign(request: UserRequest, pk: int) -> HttpResponse:
    connection = get_object_or_404(Connection.objects.select_related("customer"), pk=pk)
    form = ManagerForm(request.POST)
    if form.is_valid():
        services.customer_assign(customer=connection.customer, manager=form.cleaned_data["manager"], actor=request.user)
    else:
        messages.error(request, _("The list has changed. Choose a manager from the list again."))
    return redirect("operations:connection", pk)


@beanworks_only
@require_safe
def diagnostics(request: UserRequest, pk: int) -> HttpResponse:
    return render(request, "operations/diagnostics.html", _record_and_collect(request, pk, "diagnostics.viewed"))


@beanworks_only
@require_safe
def diagnostics_file(request: UserRequest, pk: int) -> HttpResponse:
    context = _record_and_collect(request, pk, "diagnostics.downloaded")
    response = render(request, "operations/diagnostics.txt", context, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="connection-{pk}.txt"'
    return response


def _record_and_collect(request: UserRequest, pk: int, action: str) -> dict[str, Any]:
    """Collect the diagnostics. Viewing them is recorded in the audit log, just as downloading them is."""
    connection = get_object_or_404(Connection.objects.select_related("customer"), pk=pk)
    event_record(action=action, actor=request.user, target=connection, customer_id=connection.customer_id)
    return {"connection": connection, "sections": diagnostics_of(connection)}
