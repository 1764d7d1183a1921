"""The number of queries of a page, and its time zone."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from wizard.models import SyncProfile
from wizard.stages import STAGES


@pytest.mark.parametrize("slug", STAGES)
def test_a_stage_takes_few_queries(browser_of_ada: Client, waiting: SyncProfile, slug: str) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert browser_of_ada.get(reverse("wizard:stage", args=[waiting.connection_id, slug])).status_code == 200
    # Savepoints exist only because the test runs in a transaction.
    queries = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
    # The connection is read again, because its verification has just ended. The counts in the navigation take four.
    assert len(queries) <= 12 + 1 + 4, "\n".join(queries)


def test_times_are_in_the_users_time_zone(browser_of_ada: Client, waiting: SyncProfile) -> None:
    SyncProfile.objects.update(requested_at="2026-01-15T20:30:00Z")
    page = browser_of_ada.get(reverse("wizard:stage", args=[waiting.connection_id, "sync_profile"])).content.decode()
    assert ">Jan. 15, 2026, 12:30\xa0p.m.</time>" in page
