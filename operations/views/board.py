"""The board: every customer's connection, what happens next, and since when it waits."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Window
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import UserRequest, beanworks_only
from accounts.interrupted_posts import restore_typed
from accounts.models import Customer, User
from audit.services import event_record
from core.collation import Natural
from core.spreadsheets import csv_response
from operations import services
from operations.board import TABS, TILES, board_connections, board_rows, count_parts, csv_rows
from operations.charts import DAYS, count_connections, funnel, times_to_connect
from operations.forms import BoardFilter, SaveViewForm
from operations.models import SavedView
from wizard.models import Connection

PAGE = 25
NOT_STARTED_SHOWN = 20
HAS_CONNECTION = Exists(Connection.objects.filter(customer=OuterRef("pk")))
WITHOUT_CONNECTION = (
    Customer.objects.exclude(HAS_CONNECTION).only("name").annotate(in_all=Window(Count("pk"))).order_by(Natural("name"))
)


@beanworks_only
@require_safe
def board(request: UserRequest) -> HttpResponse:
    form = BoardFilter(request.GET)
    chosen = form.chosen_filters()
    every_connection = board_connections(request.user)
    counts = count_parts(form.matching(every_connection, "show"))

    # Only the primary keys are sorted. With whole rows, ten thousand connections would be read to show one page.
    keys = form.in_order(form.matching(every_connection)).values_list("pk", flat=True)
    pages = Paginator(keys, PAGE)
    # The count comes from the tiles' figures, not from another query: a search goes through all customers.
    pages.count = counts[chosen.get("show", "")]
    page = pages.get_page(request.GET.get("page"))
    connections = every_connection.in_bulk([*page])

    context = {
        **_head(request, form),
        "page": page,
        "rows": board_rows([connections[key] for key in page if key in connections]),
        "tiles": [(show, counts[show]) for show in TILES],
        "chips": form.chips(),
        "not_started": [] if chosen else _customers_without_connection(request.user),
    }
    return render(request, "operations/board.html", context)


@beanworks_only
@require_safe
def insights(request: UserRequest) -> HttpResponse:
    """Show how far the filtered connections are, and how long they took."""
    form = BoardFilter(request.GET)
    counts = count_connections(form.matching(board_connections(request.user), "stage", "show"))
    bars, times = funnel(counts), times_to_connect(counts)
    # A chart without a figure would say nothing.
    figures = {"funnel": bars if bars[0].count else [], "times": times if any(bar.count for bar in times) else []}
    return render(request, "operations/insights.html", {**_head(request, form), **figures, "days": DAYS})


def _head(request: UserRequest, form: BoardFilter) -> dict[str, Any]:
    """Return the context of the tabs, the saved views and the filters."""
    chosen = form.chosen_filters()
    return {
        "form": form,
        "chosen": chosen,
        "query": urlencode(chosen),
        "tabs": TABS,
        "views": SavedView.objects.filter(user=request.user).order_by(Natural("name")),
        "save": restore_typed(request, SaveViewForm(), reverse("operations:view_save")),
    }


def _customers_without_connection(user: User) -> list[Customer]:
    """Return the first customers by name without a connection. Each knows how many there are in all (`in_all`)."""
    return [*WITHOUT_CONNECTION.visible_to(user)[:NOT_STARTED_SHOWN]]


@beanworks_only
@require_safe
def board_csv(request: UserRequest) -> StreamingHttpResponse:
    """Download the filtered board, with all its pages."""
    form = BoardFilter(request.GET)
    connections = form.in_order(form.matching(board_connections(request.user)))
    event_record(action="board.downloaded", actor=request.user, filters=form.chosen_filters())
    return csv_response("board.csv", csv_rows(connections.iterator(chunk_size=500)))


@beanworks_only
@require_POST
def view_save(request: UserRequest) -> HttpResponse:
    """Save the current filters under a name."""
    query, form = urlencode(BoardFilter(request.POST).chosen_filters()), SaveViewForm(request.POST)
    if form.is_valid():
        services.view_save(user=request.user, name=form.cleaned_data["name"], query=query)
    else:
        messages.error(request, _("The view was not saved: %s") % " ".join(map(str, form.errors["name"])))
    return redirect(f"{reverse('operations:board')}?{query}")


@beanworks_only
@require_POST
def view_remove(request: UserRequest, view_pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView, pk=view_pk, user=request.user)
    services.view_remove(view=view)
    return redirect("operations:board")
