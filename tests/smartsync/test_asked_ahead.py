"""The next page of a long list is asked for before this one is read; it counts only if it follows on what was read."""

import re
import threading
from collections.abc import Callable
from threading import Condition
from typing import Any

import pytest

from intacct.errors import NoAnswerInTime, SignInRefused
from intacct.reading import last_key
from intacct.reply import Reply
from intacct.session import Session
from intacct.transport import Arrived, Channel, unheeded
from smartsync.models import ListItem, ListRun, SyncRun
from smartsync.planning import run_plan
from smartsync.services import run_start
from smartsync.turn import Turn
from tests.support.processes import wait_until
from wizard.gateway import session_for

from .company import Company

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = 200


@pytest.fixture(autouse=True)
def _short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """4,500 vendors are 23 pages."""
    for module in ("reading", "turn"):
        monkeypatch.setattr(f"smartsync.{module}.LARGEST_PAGE", PAGE)
    monkeypatch.setattr("intacct.transport.DELAYS", (0.01, 0.02, 0.03))


class Way:
    """In the place of a transport: what comes through the real one is shown to `meet` before it is read."""

    def __init__(self, transport: Channel) -> None:
        self.transport = transport
        self.sent: list[bytes] = []
        self.news = Condition()

    def allows(self, endpoint: str) -> bool:
        return self.transport.allows(endpoint)

    def exchange(self, payload: bytes, *, arrived: Arrived = unheeded, **how: Any) -> Reply:
        with self.news:
            self.sent.append(payload)
            self.news.notify_all()
        return self.transport.exchange(payload, arrived=lambda body: self.meet(body, arrived), **how)

    @property
    def pages(self) -> list[bytes]:
        """What was asked of the longest list, but for its look-up."""
        return [each for each in self.sent if b"<object>VENDOR</object>" in each and b" fields" not in each]

    def meet(self, body: bytes, arrived: Arrived) -> None:
        arrived(body)


def is_full_page(body: bytes) -> bool:
    return body.count(b"</VENDOR>") == PAGE


def worked(company: Company, way: type[Way]) -> tuple[ListRun, Way]:
    """A full run whose requests go this way; what became of its longest list."""
    run = SyncRun.objects.claim(run_start(profile=company.profile, kind="full", actor=company.actor).pk)
    assert run
    session: Session = session_for(company.profile.connection)
    run_plan(run, session)
    session.transport = gone = way(session.transport)
    while run.lists.unfinished().exists():
        Turn(run, session).take()
    return run.lists.get(slug="vendors"), gone


class Waits(Way):
    """Reads the first page from either end only when the one that follows it is on its way."""

    def __init__(self, transport: Channel) -> None:
        super().__init__(transport)
        self.followed: dict[str, bool] = {}

    def meet(self, body: bytes, arrived: Arrived) -> None:
        arrived(body)
        end = "upper" if b" down" in body else "lower"
        if is_full_page(body) and end not in self.followed:
            key = b"<value>%d</value>" % (last_key(body, "RECORDNO") or 0)
            with self.news:
                self.followed[end] = self.news.wait_for(lambda: any(key in each for each in self.pages), timeout=30)


def test_the_next_page_is_on_its_way_before_this_one_is_read(company: Company) -> None:
    vendors, way = worked(company, Waits)
    assert isinstance(way, Waits)
    assert way.followed == {"lower": True, "upper": True}
    assert vendors.state == ListRun.State.COMPLETE
    assert company.differences() == {}


def test_nothing_is_asked_for_twice_and_the_last_page_comes_with_the_count(company: Company) -> None:
    vendors, way = worked(company, Way)
    assert len(way.pages) == -(-vendors.read // PAGE)


def misled(by: Callable[[int], bytes]) -> type[Way]:
    """A glance at a page's last key is misled; what is read is not."""

    class Misled(Way):
        def meet(self, body: bytes, arrived: Arrived) -> None:
            before, tag, last = body.rpartition(b"<RECORDNO>")
            arrived(before + tag + re.sub(rb"^\d+", lambda key: by(int(key[0])), last))

    return Misled


@pytest.mark.parametrize("by", [lambda key: b"%d" % (key - 1), lambda key: b"%d" % (key + 1), lambda _: b"9" * 18])
def test_a_page_that_does_not_follow_is_not_taken_for_one_that_does(
    company: Company, by: Callable[[int], bytes]
) -> None:
    vendors, way = worked(company, misled(by))
    assert len(way.sent) > vendors.read / PAGE * 1.5
    assert (vendors.state, vendors.read, vendors.passes) == (ListRun.State.COMPLETE, vendors.counted_after, 1)
    assert company.differences() == {}


@pytest.mark.parametrize("by", [lambda key: b"x%d" % key, lambda _: b"9" * 40])
def test_without_a_key_to_go_on_from_the_next_page_waits_until_this_one_is_read(
    company: Company, by: Callable[[int], bytes]
) -> None:
    vendors, _ = worked(company, misled(by))
    assert (vendors.state, vendors.passes) == (ListRun.State.COMPLETE, 1)
    assert company.differences() == {}


class Ends(Way):
    """The sign-in is refused when the first full page was here and the next one is on its way."""

    def meet(self, body: bytes, arrived: Arrived) -> None:
        arrived(body)
        if is_full_page(body):
            raise SignInRefused("no more")


def test_what_was_asked_ahead_of_the_end_of_a_run_leaves_no_thread_behind(company: Company) -> None:
    before = {*threading.enumerate()}
    with pytest.raises(SignInRefused):
        worked(company, Ends)
    wait_until(lambda: not {each for each in threading.enumerate() if "Pool" in each.name} - before, "threads ended")


class Breaks(Way):
    """Every fifth full page that came is lost before it is read."""

    full = lost = 0

    def meet(self, body: bytes, arrived: Arrived) -> None:
        arrived(body)
        with self.news:
            self.full += is_full_page(body)
            is_lost = is_full_page(body) and self.full % 5 == 0
            self.lost += is_lost
        if is_lost:
            raise NoAnswerInTime("lost after it was here")


def test_a_page_lost_after_the_next_one_was_asked_for_is_asked_for_again(company: Company) -> None:
    vendors, way = worked(company, Breaks)
    assert isinstance(way, Breaks)
    assert way.lost > 2
    assert (vendors.state, vendors.read, vendors.passes) == (ListRun.State.COMPLETE, vendors.counted_after, 1)
    assert company.differences() == {}


class EndsEarly(Way):
    """From the tenth page on, every one is lost before it is read."""

    came = 0

    def meet(self, body: bytes, arrived: Arrived) -> None:
        arrived(body)
        with self.news:
            self.came += b"</VENDOR>" in body
        if b"</VENDOR>" in body and self.came >= 10:
            raise NoAnswerInTime("lost after it was here")


def test_a_list_whose_pages_are_lost_again_and_again_says_so_and_keeps_what_came(company: Company) -> None:
    vendors, _ = worked(company, EndsEarly)
    assert (vendors.state, vendors.cause) == (ListRun.State.FAILED, "no-answer-in-time")
    here = ListItem.objects.filter(profile=company.profile, list="vendors")
    assert vendors.read == here.count() > 0
    assert not here.exclude(gone_at=None).exists()
    assert {slug: (each.stale, each.left) for slug, each in company.compared().items()} == {"vendors": (set(), set())}


@pytest.mark.parametrize(
    ("fault", "after"),
    [("rate-limit", 6), ("unavailable", 11), ("truncated", 6), ("truncated", 11), ("expired-session", 11), ("html", 6)],
)
def test_a_burst_in_the_middle_of_a_long_list_is_waited_out(company: Company, fault: str, after: int) -> None:
    company.control("fault", name=fault, after=after, calls=2)
    assert company.sync("full").result == SyncRun.Result.COMPLETE
    assert company.differences() == {}
