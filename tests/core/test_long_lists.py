"""Pages of a list of any length."""

import pytest

from accounts.models import Customer
from core import long_lists
from core.collation import Natural
from core.long_lists import LongPaginator

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _customers(db: None) -> None:
    Customer.objects.bulk_create(Customer(name=f"Customer {number}") for number in range(23))


@pytest.mark.parametrize("exact_count", [None, 23])
def test_pages_have_every_row_once_in_order(exact_count: int | None) -> None:
    rows = Customer.objects.order_by(Natural("name"), "pk")

    pages = LongPaginator(rows, 5, exact_count)

    assert [row.name for page in pages for row in page] == [f"Customer {number}" for number in range(23)]
    assert (pages.count, pages.num_pages, pages.has_more) == (23, 5, False)


def test_rows_beyond_the_counted_ones_are_on_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_lists, "MOST_COUNTED", 12)

    pages = LongPaginator(Customer.objects.order_by("pk"), 5)

    assert (pages.count, pages.num_pages, pages.has_more) == (12, 3, True)
    assert [row.name for row in pages.get_page(9)] == ["Customer 10", "Customer 11"]
