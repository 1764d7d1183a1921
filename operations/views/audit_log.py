"""The audit log: who did what. Customers see their own events, Beanworks staff see all. A download is an event too."""

from itertools import groupby

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.views.decorators.http import require_safe

from accounts.access import UserRequest, audit_log_readers_only
from accounts.models import Customer
from audit.services import event_record
from core.long_lists import LongPaginator
from core.spreadsheets import csv_response
from operations.audit_log import AuditLogFilter, csv_rows, json_lines

PAGE = 20


@audit_log_readers_only
@require_safe
def audit_log(request: UserRequest) -> HttpResponse:
    form = AuditLogFilter(request.user, request.GET)
    page = LongPaginator(form.listed_events(), PAGE).get_page(request.GET.get("page"))
    customers = Customer.objects.in_bulk({event.customer_id for event in page if event.customer_id})
    days = [
        (day, [(event, customers.get(event.customer_id or 0)) for event in events])
        for day, events in groupby(page, key=lambda event: localtime(event.occurred_at).date())
    ]
    return render(request, "operations/audit_log.html", {"form": form, "page": page, "days": days})


@audit_log_readers_only
@require_safe
def audit_log_csv(request: UserRequest) -> HttpResponseBase:
    return csv_response("audit-log.csv", csv_rows(_record_export(request, "csv").events()))


@audit_log_readers_only
@require_safe
def audit_log_jsonl(request: UserRequest) -> HttpResponseBase:
    lines = json_lines(_record_export(request, "jsonl").events())
    response = StreamingHttpResponse(lines, content_type="application/x-ndjson; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="audit-log.jsonl"'
    return response


def _record_export(request: UserRequest, kind: str) -> AuditLogFilter:
    form = AuditLogFilter(request.user, request.GET)
    filters = {name: str(value) for name, value in form.chosen_filters().items()}
    event_record(
        action="audit_log.downloaded",
        actor=request.user,
        customer_id=request.user.customer_id,
        format=kind,
        filters=filters,
    )
    return form
