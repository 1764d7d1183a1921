"""Synced records: the records of one list, one record with its history, a list as a file."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import UserRequest
from audit.services import event_record
from core.collation import Natural
from core.long_lists import LongPaginator
from core.spreadsheets import csv_response, xlsx_response
from smartsync.access import item_for, may_decide, profile_for, smartsync_page
from smartsync.forms import FilterForm
from smartsync.models import ListItem, ListRun
from smartsync.pages.downloads import items_rows
from wizard.models import SyncProfile

PAGE = 50
CHANGES = 20
Orders = dict[str, tuple[Natural | str, ...]]
NATURAL: Orders = {
    "code": (Natural("code"), "key"),
    "name": (Natural("name"), "key"),
    "changed": ("-changed_at", "key"),
}
SORTED: Orders = {"code": ("code", "key"), "name": ("name", "key"), "changed": ("-changed_at", "key")}
# An index has these. One by name would make writing each record slower, for an order that few need in a long list.
INDEXED: Orders = {"code": ("code", "key"), "changed": ("-revision", "-pk")}
MOST_XLSX = 50_000
"""Records. A workbook must be complete before its first byte is sent, and a proxy waits 60 s for that. Writing 100,000
rows of 20 columns took 20 s of processor time, but 105 s where eight processes shared two cores. CSV is streamed.
"""
LONGEST_NATURAL = 5_000
"""Records. Longer lists are in plain order: an index in natural order makes writing three times as slow."""
LONGEST_SORTED = 50_000
"""Records. Longer lists are read in the order of an index."""


@smartsync_page
@require_safe
def items(request: UserRequest, profile_pk: int, slug: str) -> HttpResponse:
    """The records of a list: searched, filtered, sorted, page by page."""
    profile = profile_for(request, profile_pk)
    form = FilterForm(request.GET)
    counts = ListItem.objects.counts(profile).get(slug, {"present": 0, "inactive": 0, "indexed": 0})
    total, inactive, indexed = counts["present"], counts["inactive"], counts["indexed"]
    orders = _orders(total)
    sort = request.GET.get("sort", "")
    order = sort if sort in orders else "code"
    all_items = ListItem.objects.filter(profile=profile, list=slug)
    matching = form.matching_items(all_items, are_indexed=indexed == total)
    if order == "changed":
        # True for every row: only queries with it use the index by revision.
        matching = matching.filter(revision__gte=0)
    pages = LongPaginator(matching.order_by(*orders[order]), PAGE, form.known_count(present=total, inactive=inactive))
    context = {
        "profile": profile,
        "list_run": _newest(profile, slug),
        "most_xlsx": MOST_XLSX,
        "offers_xlsx": pages.count <= MOST_XLSX,
        "form": form,
        "holds": profile.holds.undecided().filter(list=slug).with_list_runs(profile),
        "decides": may_decide(request.user),
        "order": order,
        "orders": orders,
        "total": total,
        "page": pages.get_page(request.GET.get("page")),
    }
    return render(request, "smartsync/list.html", context)


@smartsync_page
@require_safe
def items_csv(request: UserRequest, profile_pk: int, slug: str) -> StreamingHttpResponse:
    profile, chosen = _chosen(request, profile_pk, slug)
    return csv_response(f"{slug}.csv", _download(request, profile, slug, chosen))


@smartsync_page
@require_safe
def items_xlsx(request: UserRequest, profile_pk: int, slug: str) -> HttpResponse | FileResponse:
    profile, chosen = _chosen(request, profile_pk, slug)
    if chosen[MOST_XLSX : MOST_XLSX + 1].exists():
        messages.error(request, _too_many_for_xlsx())
        return redirect("smartsync:list", profile_pk, slug)
    return xlsx_response(f"{slug}.xlsx", _download(request, profile, slug, chosen))


@smartsync_page
@require_safe
def item(request: UserRequest, item_pk: int) -> HttpResponse:
    record = item_for(request, item_pk)
    context = {
        "item": record,
        "profile": record.profile,
        "list_run": _newest(record.profile, record.list),
        "page": Paginator(record.changes.order_by("-pk"), CHANGES).get_page(request.GET.get("page")),
    }
    return render(request, "smartsync/item.html", context)


def _chosen(request: UserRequest, profile_pk: int, slug: str) -> tuple[SyncProfile, QuerySet[ListItem]]:
    """The profile, and all its records that match the filters."""
    profile = profile_for(request, profile_pk)
    return profile, FilterForm(request.GET).matching_items(ListItem.objects.filter(profile=profile, list=slug))


def _download(request: UserRequest, profile: SyncProfile, slug: str, chosen: QuerySet[ListItem]) -> Iterator[list[Any]]:
    """The records, each field a column."""
    list_run = _newest(profile, slug)
    event_record(
        action="list.downloaded",
        actor=request.user,
        target=profile,
        customer_id=profile.connection.customer_id,
        list=slug,
    )
    return items_rows(chosen, list_run.fields or list_run.record_list.fields)


def _too_many_for_xlsx() -> str:
    most = number_format(MOST_XLSX, force_grouping=True)
    return _("Lists with more than %(most)s records can be downloaded only as CSV. Nothing was downloaded.") % {
        "most": most
    }


def _orders(total: int) -> Orders:
    if total <= LONGEST_NATURAL:
        return NATURAL
    return SORTED if total <= LONGEST_SORTED else INDEXED


def _newest(profile: SyncProfile, slug: str) -> ListRun:
    newest = ListRun.objects.filter(run__profile=profile, slug=slug).order_by("-pk").first()
    if newest is None:
        raise Http404
    return newest
