"""A page needs the same number of queries, however many rows it shows."""

from collections.abc import Iterator

import pytest
from django.conf import settings as product_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import Customer
from tests.access.copies import Copies
from tests.access.test_table import COLUMNS, ROWS, Asking, arguments
from tests.operations.filled_customer import add_rest

FEW, MANY = 2, 20
GROWING = {
    "operations:export_download": "the file is read part by part",
    "usersessions_list": "allauth looks for the session of each device",
}


@pytest.mark.slow
def test_no_page_needs_more_queries_for_more_rows(db: None, no_logs: None, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.MFA_RATE_LIMITS = False
    pages = Asking.of_new_customer()
    add_rest(Customer.objects.get(pk=pages.known["customer_pk"]), pages.users)
    copies = Copies()
    copies.add(range(1, FEW))
    few = dict(counts(pages))

    copies.add(range(FEW, MANY))

    more = {name: (few[name], count) for name, count in counts(pages) if count > few[name]}
    assert {name: count for name, count in more.items() if name not in GROWING} == {}
    assert copies.not_copied == set()


def counts(pages: Asking) -> Iterator[tuple[str, int]]:
    """Yield the number of queries of each page, for the user who sees most of those who may open it."""
    for row in ROWS:
        method, name, *answers = row.split()
        users = [who for who, answer in zip(COLUMNS, answers, strict=True) if (method, answer) == ("GET", "200")]
        if users:
            yield name, count(pages, users[-1], reverse(name, kwargs=arguments(name, pages.known)))


def count(pages: Asking, who: str, address: str) -> int:
    pages.client.cookies.clear()
    pages.client.cookies[product_settings.SESSION_COOKIE_NAME] = pages.sessions.get(who, "")
    with CaptureQueriesContext(connection) as queries:
        pages.client.get(address).getvalue()
    # Savepoints exist only because the test runs in a transaction.
    return sum("SAVEPOINT" not in query["sql"] for query in queries)
