"""Trouble in the middle of a run: each list is either exactly what Intacct has, or says what kept it. No silent gap."""

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
    """As many tries as ever, with less time between them."""
    monkeypatch.setattr("intacct.transport.DELAYS", (0.01, 0.02, 0.03))


def assert_no_silent_gap(company: Company, run: SyncRun) -> None:
    counts, different = company.counts(), company.differences()
    assert set(run.lists.values_list("slug", flat=True)) == set(counts)
    for each in run.lists.all():
        if each.state == ListRun.State.COMPLETE:
            assert (each.read, different.get(each.slug)) == (counts[each.slug], None), each.slug
        else:
            assert each.cause, each.slug
            assert run.result != SyncRun.Result.COMPLETE
    assert not ListItem.objects.exclude(gone_at=None).exists()


@pytest.mark.parametrize(
    ("fault", "calls"), [("rate-limit", 3), ("unavailable", 3), ("truncated", 3), ("expired-session", 2)]
)
def test_a_burst_in_the_middle_is_waited_out(company: Company, fault: str, calls: int) -> None:
    company.control("fault", name=fault, after=5, calls=calls)
    run = company.sync("full")
    assert run.result == SyncRun.Result.COMPLETE
    assert_no_silent_gap(company, run)


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("rate-limit", "too-many-requests"),
        ("unavailable", "intacct-unavailable"),
        ("html", "web-page-reply"),
        ("truncated", "unreadable-reply"),
        ("expired-session", "session-ended"),
    ],
)
def test_what_trouble_without_an_end_kept_from_coming_says_so(company: Company, fault: str, cause: str) -> None:
    company.control("fault", name=fault, after=8)
    run = company.sync("full")
    # Whether a list was whole by then is chance, as two requests are always on their way; what the run comes to is not.
    whole = run.lists.filter(state=ListRun.State.COMPLETE).exists()
    assert run.result == (SyncRun.Result.INCOMPLETE if whole else SyncRun.Result.FAILED)
    assert_no_silent_gap(company, run)
    failed = run.lists.filter(state=ListRun.State.FAILED)
    assert set(failed.values_list("cause", flat=True)) == {cause}
    company.calm()
    assert company.sync("full").result == SyncRun.Result.COMPLETE
    assert company.differences() == {}


@pytest.mark.parametrize("most", [1, 5])
def test_a_company_that_takes_few_functions_at_once_is_read_all_the_same(company: Company, most: int) -> None:
    company.control("", behaviour={"functions_per_request": most})
    for kind in ("full", "partial"):
        assert company.sync(kind).result == SyncRun.Result.COMPLETE
        assert company.differences() == {}
        company.control("edits", object="VENDOR", acts=[["edit", 1], ["add", 2]])


@contextmanager
def stalled(company: Company, kind: str, after: int) -> Iterator[Future[SyncRun]]:
    """A run whose next request has no answer until the block ends; what it comes to is known then."""

    def work() -> SyncRun:
        try:
            return company.sync(kind)
        finally:
            database.close()

    company.control("fault", name="stalled", after=after)
    with ThreadPoolExecutor(1) as worker:
        coming = worker.submit(work)
        try:
            wait_until(company.held_up, "a request is on its way")
            yield coming
        finally:
            company.calm()


@pytest.mark.parametrize("after", [3, 5, 6])
def test_a_permission_withdrawn_in_the_middle_costs_that_list_alone(company: Company, after: int) -> None:
    """Of 4,500 vendors some have come, the others are refused: it does not pass for a short list."""
    company.sync("full")
    with stalled(company, "full", after) as coming:
        assert ListRun.objects.unfinished().filter(slug="vendors").exists()
        company.control("permissions", revoke=["vendors"])
    run = coming.result()
    others = run.lists.exclude(state=ListRun.State.COMPLETE)
    assert [(each.slug, each.state, each.cause) for each in others] == [("vendors", "refused", "permission-missing")]
    assert run.result == SyncRun.Result.INCOMPLETE
    assert_no_silent_gap(company, run)
    company.control("permissions", grant=["vendors"])
    assert company.sync("full").result == SyncRun.Result.COMPLETE
    assert company.differences() == {}
