"""The diagnostic bundle: a summary on a page, and everything in a file."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import UserRequest, beanworks_only
from audit.services import event_record
from operations.diagnostics import IN_SUMMARY, diagnostics_of
from wizard.models import Connection


@beanworks_only
@require_safe
def diagnostics(request: UserRequest, pk: int) -> HttpResponse:
    context = _record_and_collect(request, pk, "diagnostics.viewed")
    sections = context["sections"]
    summary = {"summary": sections[:IN_SUMMARY], "others": sections[IN_SUMMARY:]}
    return render(request, "operations/diagnostics.html", context | summary)


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
