"""All runs that the user may see, filtered, with the newest as a chart; all of them as a file."""

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import UserRequest
from core.spreadsheets import csv_response
from smartsync.access import smartsync_page
from smartsync.forms import HistoryForm
from smartsync.pages.chart import RunChart
from smartsync.pages.downloads import history_rows
from smartsync.pages.history import page_of


@smartsync_page
@require_safe
def history(request: UserRequest) -> HttpResponse:
    form = HistoryForm(request.user, request.GET)
    page, rows = page_of(form.matching_runs(), form.matching_missed_runs(), request.GET.get("page"))
    chart = RunChart([(row.run, row.totals) for row in rows if row.run])
    return render(request, "smartsync/history.html", {"form": form, "page": page, "rows": rows, "chart": chart})


@smartsync_page
@require_safe
def history_csv(request: UserRequest) -> StreamingHttpResponse:
    form = HistoryForm(request.user, request.GET)
    rows = history_rows(form.matching_runs().prefetch_related("lists"), form.matching_missed_runs())
    return csv_response("smartsync-history.csv", rows)
