"""The list of all customers, and the search in everything that belongs to them."""

from collections import defaultdict
from collections.abc import Sequence

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import UserRequest, beanworks_only
from accounts.models import Customer, User
from core.collation import Natural
from operations.board import BoardRow, board_connections, board_rows
from operations.forms import CustomerFilter, SearchForm
from operations.search import search

PAGE = 25


@beanworks_only
@require_safe
def customers(request: UserRequest) -> HttpResponse:
    form = CustomerFilter(request.GET)
    # Only the keys are sorted, and an index has their order.
    in_order = form.matching(Customer.objects.all(), request.user).order_by(Natural("name"), "pk")
    page = Paginator(in_order.values_list("pk", flat=True), PAGE).get_page(request.GET.get("page"))
    found = _with_counts([*page])
    connections = _connections(request.user, [*page])
    rows = [(found[key], connections[key]) for key in page if key in found]
    return render(request, "operations/customers.html", {"form": form, "page": page, "rows": rows})


def _with_counts(keys: Sequence[int]) -> dict[int, Customer]:
    """Return these customers by key, with the number of their active users."""
    customers = Customer.objects.select_related("success_manager").in_bulk(keys)
    users = User.objects.filter(customer__in=keys, is_active=True).order_by()
    for key, count in users.values_list("customer").annotate(Count("pk")):
        customers[key].active_users = count  # type: ignore[attr-defined]
    return customers


def _connections(user: User, keys: Sequence[int]) -> dict[int, list[BoardRow]]:
    connections: dict[int, list[BoardRow]] = defaultdict(list)
    for row in board_rows([*board_connections(user).filter(customer__in=keys)]):
        connections[row.connection.customer_id].append(row)
    return connections


@beanworks_only
@require_safe
def search_page(request: UserRequest) -> HttpResponse:
    form = SearchForm(request.GET)
    text = form.chosen_filters().get("q", "")
    context = {"form": form, "text": text, "results": search(text)}
    return render(request, "operations/search.html", context)
