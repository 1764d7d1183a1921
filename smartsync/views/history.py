"""All runs that the user may see, filtered, with the newest as a chart; all of them as a file."""

from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import UserRequest
from core.spreadsheets import csv_response
from smartsync.access import smartsync_page
from smartsync.forms import HistoryForm
from smartsync.models import ListRun
from smartsync.pages.chart import BARS, RunChart
from smartsync.pages.downloads import history_rows


@smartsync_page
@require_safe
def history(request: UserRequest) -> HttpResponse:
    form = HistoryForm(request.user, request.GET)
    page = Paginator(form.matching_runs(), BARS).get_page(request.GET.get("page"))
    totals = ListRun.objects.totals(page.object_list)
    rows = [(run, totals.get(run.pk, {})) for run in page]
    context = {"form": form, "page": page, "rows": rows, "chart": RunChart(rows)}
    return render(request, "smartsync/history.html", context)


@smartsync_page
@require_safe
def history_csv(request: UserRequest) -> StreamingHttpResponse:
    runs = HistoryForm(request.user, request.GET).matching_runs().prefetch_related("lists")
    return csv_response("smartsync-history.csv", history_rows(runs))
