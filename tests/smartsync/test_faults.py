"""Faults within a run: each list is either exactly what Intacct has, or has the cause why not. No gap is silent."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection as database

from smartsync.models import ListItem, ListRun, SyncRun
from tests.support.processes import wait_until

from .company import Company

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the pauses between attempts; their number stays the same."""
    monkeypatch.setattr("intacct.transport.DELAYS", (0.01, 0.02, 0.03))


def assert_no_silent_gap(company: Company, run: SyncRun) -> None:
    counts, different = company.counts(), company.differences()
    assert set(run.lists.values_list("slug", flat=True)) == set(counts)
    for list_run in run.lists.all():
        if list_run.state == ListRun.State.COMPLETE:
            assert (list_run.read, different.get(list_run.slug)) == (counts[list_run.slug], None), list_run.slug
        else:
            assert list_run.cause, list_run.slug
            assert run.result != SyncRun.Result.COMPLETE
    assert not ListItem.objects.exclude(deleted_at=None).exists()


@pytest.mark.parametrize(
    ("fault", "calls"), [("rate-limit", 3), ("unavailable", 3), ("truncated", 3), ("expired-session", 2)]
)
def test_burst_of_faults_within_a_run_leaves_no_gap(company: Company, fault: str, calls: int) -> None:
    company.control("fault", name=fault, after=5, calls=calls)
    run = company.sync("full")
    assert run.result == SyncRun.Result.COMPLETE
    assert_no_silent_gap(company, run)


@pytest.mark.parametrize(("fault", "function"), [("timeout", "getDimensions"), ("gateway-failure", "getAPISession")])
def test_first_full_sync_survives_that_its_first_request_fails(company: Company, fault: str, function: str) -> None:
    company.control("fault", name=fault, function=function, calls=1)

    assert company.sync("full").result == SyncRun.Result.COMPLETE


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("rate-limit", "too_many_requests"),
        ("unavailable", "intacct_unavailable"),
        ("html", "web_page_reply"),
        ("truncated", "unreadable_reply"),
        ("expired-session", "session_ended"),
    ],
)
def test_lists_that_a_lasting_fault_affects_have_its_cause(company: Company, fault: str, cause: str) -> None:
    # After six requests the vendors are not all read, no matter which lists share requests.
    company.control("fault", name=fault, after=6)
    run = company.sync("full")
    # Two requests are always in progress, so it is not determined which lists were complete by then. The result is.
    whole = run.lists.filter(state=ListRun.State.COMPLETE).exists()
    assert run.result == (SyncRun.Result.INCOMPLETE if whole else SyncRun.Result.FAILED)
    assert_no_silent_gap(company, run)
    failed = run.lists.filter(state=ListRun.State.FAILED)
    assert set(failed.values_list("cause", flat=True)) == {cause}
    company.calm()
    assert company.sync("full").result == SyncRun.Result.COMPLETE
    assert company.differences() == {}


def test_gateway_that_fails_at_the_sign_in_is_not_asked_once_for_each_list(company: Company) -> None:
    """An outage got 28 sign-ins of each sync within half a second."""
    company.sync("full")
    company.control("requests")

    company.control("fault", name="gateway-failure", function="getAPISession", calls=1)
    company.practice.control(f"companies/{company.id}/sessions", "DELETE")
    assert company.sync("partial").result == SyncRun.Result.COMPLETE, "one failure ended the run"

    company.control("fault", name="gateway-failure")
    company.practice.control(f"companies/{company.id}/sessions", "DELETE")
    run = company.sync("partial")
    assert (run.result, run.cause) == (SyncRun.Result.FAILED, "intacct_unavailable")
    assert company.count("getAPISession") <= 8


@pytest.mark.parametrize("most", [1, 5])
def test_company_that_accepts_few_functions_per_request_is_read(company: Company, most: int) -> None:
    company.control("", behavior={"functions_per_request": most})
    for kind in ("full", "partial"):
        assert company.sync(kind).result == SyncRun.Result.COMPLETE
        assert company.differences() == {}
        company.control("edits", object="VENDOR", actions=[["edit", 1], ["add", 2]])


@contextmanager
def stall_run(company: Company, kind: str, after: int) -> Iterator[Future[SyncRun]]:
    """Start a run whose next request gets no reply until the block ends. Its result is known after the block."""

    def work() -> SyncRun:
        try:
            return company.sync(kind)
        finally:
            database.close()

    company.control("fault", name="stalled", after=after)
    with ThreadPoolExecutor(1) as worker:
        future = worker.submit(work)
        try:
            wait_until(company.held_up, "a request is in progress")
            yield future
        finally:
            company.calm()


@pytest.mark.parametrize("after", [3, 5, 6])
def test_permission_withdrawn_within_a_run_affects_that_list_only(company: Company, after: int) -> None:
    """Some of 4,500 vendors have come and the others are refused. The list must not look complete."""
    company.sync("full")
    with stall_run(company, "full", after) as future:
        assert ListRun.objects.unfinished().filter(slug="vendors").exists()
        company.control("permissions", revoke=["vendors"])
    run = future.result()
    others = run.lists.exclude(state=ListRun.State.COMPLETE)
    assert [(item.slug, item.state, item.cause) for item in others] == [("vendors", "refused", "permission_missing")]
    assert run.result == SyncRun.Result.INCOMPLETE
    assert_no_silent_gap(company, run)
    company.control("permissions", grant=["vendors"])
    assert company.sync("full").result == SyncRun.Result.COMPLETE
    assert company.differences() == {}
