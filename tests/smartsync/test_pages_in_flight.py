"""While a page is written, further pages are requested, but no more than the limit for memory allows."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from smartsync.engine.in_flight import MOST_REQUESTS
from smartsync.engine.pipeline import MOST_PAGES, active
from smartsync.models import SyncRun
from smartsync.services import run_start
from tests.smartsync.company import Company
from tests.smartsync.test_kills import BLOCKED_BY, STEPS, execute
from tests.support.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def work(company: Company, run: SyncRun) -> SyncRun:
    try:
        return company.work(run)
    finally:
        connections.close_all()


def test_two_requests_go_on_while_a_page_is_written_until_the_limit(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("list_state", "in_flight"):
        monkeypatch.setattr(f"smartsync.engine.{module}.LARGEST_PAGE", 20)
    run = run_start(profile=company.profile, kind="full", actor=company.actor)
    company.control("requests")
    holder = connection.copy()
    with ThreadPoolExecutor(1) as thread:
        try:
            holder.set_autocommit(False)
            execute(STEPS["merge a page"], holder)
            blocked = BLOCKED_BY.format(execute("SELECT pg_backend_pid()", holder))
            working = thread.submit(work, company, run)
            wait_until(lambda: execute(blocked), "a page is about to be written")
            [pipeline] = active
            # Not only pages: a slow machine may still ask what other lists have when the first page is written.
            wait_until(lambda: pipeline.requested.unstored > MOST_REQUESTS, "further requests are sent")
            wait_until(lambda: not company.get("requests")["working"], "all requests have replies")
            assert company.count("query") <= MOST_PAGES
        finally:
            holder.close()
    assert working.result().result == SyncRun.Result.COMPLETE
    assert company.differences() == {}
