"""The next page of a long list is requested before this one is parsed. It counts only if it follows this one."""

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from threading import Condition, Event

import pytest

from core.request_ids import request_id, set_request_id
from intacct.errors import NoAnswerInTime, SignInRefused
from intacct.paging import last_key
from intacct.reply import Reply
from intacct.session import Session
from intacct.transport import SINGLE, Channel, Exchange, OnBody
from smartsync.engine.list_state import ListState
from smartsync.engine.pipeline import Pipeline
from smartsync.engine.plan import run_plan
from smartsync.engine.rows import Rows
from smartsync.models import ListItem, ListRun, SyncRun
from smartsync.services import run_start
from tests.smartsync.company import Company
from tests.support.processes import wait_until
from wizard.services.sessions import session_for

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = 200


@pytest.fixture(autouse=True)
def _short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """4,500 vendors are 23 pages."""
    for module in ("list_state", "in_flight"):
        monkeypatch.setattr(f"smartsync.engine.{module}.LARGEST_PAGE", PAGE)
    monkeypatch.setattr("intacct.transport.DELAYS", (0.01, 0.02, 0.03))


class TransportProxy:
    """Wraps a transport: each reply of the real one goes to `receive` before it is parsed."""

    def __init__(self, transport: Channel) -> None:
        self.transport = transport
        self.sent: list[bytes] = []
        self.request_ids: set[str] = set()
        self.news = Condition()

    def allows(self, endpoint: str) -> bool:
        return self.transport.allows(endpoint)

    def exchange(self, payload: bytes, how: Exchange = SINGLE) -> Reply:
        with self.news:
            self.sent.append(payload)
            self.request_ids.add(request_id())
            self.news.notify_all()
        return self.transport.exchange(payload, replace(how, on_body=lambda body: self.receive(body, how.on_body)))

    @property
    def pages(self) -> list[bytes]:
        """The requests for the longest list, without the look-up of its fields."""
        return [request for request in self.sent if b"<object>VENDOR</object>" in request and b" fields" not in request]

    def receive(self, body: bytes, on_body: OnBody) -> None:
        on_body(body)


def is_full_page(body: bytes) -> bool:
    return body.count(b"</VENDOR>") == PAGE


def start_with(company: Company, proxy: type[TransportProxy]) -> tuple[SyncRun, Session, TransportProxy]:
    """Claim and plan a full run whose session uses this transport."""
    run = SyncRun.objects.claim(run_start(profile=company.profile, kind="full", actor=company.actor).pk)
    assert run
    session: Session = session_for(company.profile.connection, work=None)
    run_plan(run, session)
    session.transport = used = proxy(session.transport)
    return run, session, used


def run_with(company: Company, proxy: type[TransportProxy]) -> tuple[ListRun, TransportProxy]:
    """Do a full run with this transport. Returns its longest list and the transport."""
    run, session, used = start_with(company, proxy)
    while run.lists.unfinished().exists():
        Pipeline(run, session).work()
    return run.lists.get(slug="vendors"), used


class Waits(TransportProxy):
    """Delivers the first page from each end only after the next page has been requested."""

    def __init__(self, transport: Channel) -> None:
        super().__init__(transport)
        self.followed: dict[str, bool] = {}

    def receive(self, body: bytes, on_body: OnBody) -> None:
        on_body(body)
        end = "upper" if b" down" in body else "lower"
        if is_full_page(body) and end not in self.followed:
            key = b"<value>%d</value>" % (last_key(body, "RECORDNO") or 0)
            with self.news:
                self.followed[end] = self.news.wait_for(lambda: any(key in page for page in self.pages), timeout=30)


def test_next_page_is_requested_before_this_one_is_parsed(company: Company) -> None:
    vendors, proxy = run_with(company, Waits)
    assert isinstance(proxy, Waits)
    assert proxy.followed == {"lower": True, "upper": True}
    assert vendors.state == ListRun.State.COMPLETE
    assert company.differences() == {}


def test_no_page_is_requested_twice_and_the_last_page_comes_with_the_count(company: Company) -> None:
    vendors, proxy = run_with(company, TransportProxy)
    assert len(proxy.pages) == -(-vendors.read // PAGE)


def misled(by: Callable[[int], bytes]) -> type[TransportProxy]:
    """A transport that shows a wrong last key to the look ahead, while the parsed reply is right."""

    class Misled(TransportProxy):
        def receive(self, body: bytes, on_body: OnBody) -> None:
            before, tag, last = body.rpartition(b"<RECORDNO>")
            on_body(before + tag + re.sub(rb"^\d+", lambda key: by(int(key[0])), last))

    return Misled


@pytest.mark.parametrize("by", [lambda key: b"%d" % (key - 1), lambda key: b"%d" % (key + 1), lambda _: b"9" * 18])
def test_page_that_does_not_follow_the_last_one_is_discarded(company: Company, by: Callable[[int], bytes]) -> None:
    vendors, proxy = run_with(company, misled(by))
    assert len(proxy.sent) > vendors.read / PAGE * 1.5
    assert (vendors.state, vendors.read, vendors.pass_number) == (ListRun.State.COMPLETE, vendors.counted_after, 1)
    assert company.differences() == {}


@pytest.mark.parametrize("by", [lambda key: b"x%d" % key, lambda _: b"9" * 40])
def test_without_a_usable_last_key_the_next_page_is_requested_after_parsing(
    company: Company, by: Callable[[int], bytes]
) -> None:
    vendors, _ = run_with(company, misled(by))
    assert (vendors.state, vendors.pass_number) == (ListRun.State.COMPLETE, 1)
    assert company.differences() == {}


class Ends(TransportProxy):
    """Refuses the sign-in after the first full page, while the next one is already requested."""

    def receive(self, body: bytes, on_body: OnBody) -> None:
        on_body(body)
        if is_full_page(body):
            raise SignInRefused("no more")


def test_requests_sent_ahead_leave_no_thread_when_the_run_ends(company: Company) -> None:
    before = {*threading.enumerate()}
    with pytest.raises(SignInRefused):
        run_with(company, Ends)
    wait_until(
        lambda: not {thread for thread in threading.enumerate() if "Pool" in thread.name} - before, "threads ended"
    )


class Breaks(TransportProxy):
    """Loses every fifth full page before it is parsed."""

    full = lost = 0

    def receive(self, body: bytes, on_body: OnBody) -> None:
        on_body(body)
        with self.news:
            self.full += is_full_page(body)
            is_lost = is_full_page(body) and self.full % 5 == 0
            self.lost += is_lost
        if is_lost:
            raise NoAnswerInTime("lost after it was here")


def test_page_lost_after_the_next_was_requested_is_requested_again(company: Company) -> None:
    vendors, proxy = run_with(company, Breaks)
    assert isinstance(proxy, Breaks)
    assert proxy.lost > 2
    assert (vendors.state, vendors.read, vendors.pass_number) == (ListRun.State.COMPLETE, vendors.counted_after, 1)
    assert company.differences() == {}


class EndsEarly(TransportProxy):
    """Loses every page from the tenth on before it is parsed."""

    came = 0

    def receive(self, body: bytes, on_body: OnBody) -> None:
        on_body(body)
        with self.news:
            self.came += b"</VENDOR>" in body
        if b"</VENDOR>" in body and self.came >= 10:
            raise NoAnswerInTime("lost after it was here")


def test_list_whose_pages_are_lost_repeatedly_fails_and_keeps_stored_records(company: Company) -> None:
    vendors, _ = run_with(company, EndsEarly)
    assert (vendors.state, vendors.cause) == (ListRun.State.FAILED, "no_answer_in_time")
    here = ListItem.objects.filter(profile=company.profile, list="vendors")
    assert vendors.read == here.count() > 0
    assert not here.exclude(deleted_at=None).exists()
    assert {slug: (difference.stale, difference.left) for slug, difference in company.compared().items()} == {
        "vendors": (set(), set())
    }


def test_second_pass_begins_at_once_when_the_upper_end_brings_the_last_page(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lower end has nothing to ask until the counts are compared, and the upper end never asks again."""
    has_counted = Event()
    accept_count = ListState.accept_count

    def accept_count_and_tell(state: ListState, total: int, newest: Rows) -> Rows:
        new = accept_count(state, total, newest)
        if state.upper:
            has_counted.set()
        return new

    class HoldsSecondUpperPage(TransportProxy):
        came = 0

        def receive(self, body: bytes, on_body: OnBody) -> None:
            self.came += b" down" in body
            if b" down" in body and self.came == 2:
                company.control("edits", object="VENDOR", actions=[["delete", 0]])
                assert has_counted.wait(30)
            on_body(body)

    monkeypatch.setattr(ListState, "accept_count", accept_count_and_tell)
    run, session, _ = start_with(company, HoldsSecondUpperPage)

    Pipeline(run, session).work()

    vendors = run.lists.get(slug="vendors")
    assert (vendors.state, vendors.pass_number, vendors.read) == (ListRun.State.COMPLETE, 2, 4499)


@pytest.mark.parametrize(
    ("fault", "after"),
    [("rate-limit", 6), ("unavailable", 11), ("truncated", 6), ("truncated", 11), ("expired-session", 11), ("html", 6)],
)
def test_burst_of_faults_in_a_long_list_leaves_no_gap(company: Company, fault: str, after: int) -> None:
    company.control("fault", name=fault, after=after, calls=2)
    assert company.sync("full").result == SyncRun.Result.COMPLETE
    assert company.differences() == {}


def test_threads_of_a_run_log_the_id_of_the_request_that_caused_it(company: Company) -> None:
    set_request_id("click-12345")

    _longest, used = run_with(company, TransportProxy)

    assert used.request_ids == {"click-12345"}
