from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.access import PersonRequest, beanworks_only
from accounts.models import Customer
from audit.models import AuditEvent
from operations.forms import BoardFilter
from operations.rows import BoardRow
from wizard.models import Connection


@beanworks_only
def board(request: PersonRequest) -> HttpResponse:
    """Every customer, those without a connection too; the person's own ones first."""
    form = BoardFilter(request.GET)
    connections = form.filtered(Connection.objects.visible_to(request.user).for_board())
    rows = [BoardRow(each, mine=each.customer.success_manager_id == request.user.pk) for each in connections]
    context = {
        "form": form,
        "rows": sorted(rows, key=lambda row: not row.mine),
        "not_started": Customer.objects.visible_to(request.user).filter(connections=None).order_by("name"),
    }
    return render(request, "operations/board.html", context)


@beanworks_only
def connection(request: PersonRequest, pk: int) -> HttpResponse:
    """One connection from Beanworks' side: what happened, and the way to the customer's own pages."""
    found = get_object_or_404(Connection.objects.select_related("customer"), pk=pk)
    context = {
        "connection": found,
        "row": BoardRow(found, mine=False),
        "profiles": found.profiles.select_related("legal_entity"),
        "events": AuditEvent.objects.for_timeline(found.customer_id)[:50],
    }
    return render(request, "operations/connection.html", context)
