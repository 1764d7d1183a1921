"""Any damage inside well-formed replies: each run ends, and no list that lacks a record is complete."""

import re
from itertools import count
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.models import User
from intacct.transport import RawReply, Transport
from smartsync.models import ListRun, SyncRun
from smartsync.services import run_start
from tests.support.examples import examples
from tests.support.users import signed_in_client

from .company import Company
from .test_histories import begin

pytestmark = pytest.mark.django_db(transaction=True)
# No digits are inserted or removed: a wrong number cannot be distinguished from a right one.
PIECES = [
    *(b"<", b">", b"&", b"<x/>", b"</x>", b"</data>", b"<data>", b"</result>", b"<result>", b"</function>"),
    *(
        b"&#11;",
        b"&#0;",
        b"&x;",
        b"\x00",
        b"\x0b",
        b"\xe9",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"x",
        b" ",
        b"\n",
        b"-",
        b".",
    ),
    *(b"<RECORDNO>", b"</RECORDNO>", b"<id></id>", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?x ?>", b"\xe2\x80\xae"),
    *(b"failure", b"<errormessage/>", b"x" * 9_000, b"<x>" * 300),
]

# Every n-th request is damage_body, from which one on; the position in the results; how much is removed and inserted.
damages = st.lists(
    st.tuples(st.integers(1, 9), st.integers(0, 9), st.floats(0, 1), st.integers(0, 12), st.sampled_from(PIECES)),
    min_size=1,
    max_size=3,
)


@examples(4, share=0.25, shrinks=False)
@example(  # both ends of a list ask for half a page at the same time
    damage=[(1, 5, 0.0, 1, b"<data>"), (7, 9, 0.53, 4, b"&#11;"), (2, 1, 1.0, 2, b".")],
    scale=13,
    kinds=["full", "partial"],
)
@given(damage=damages, scale=st.sampled_from([1, 5, 13]), kinds=st.permutations(["full", "partial"]))
def test_every_run_ends_and_no_list_lacks_a_record_silently(
    company: Company, monkeypatch: pytest.MonkeyPatch, damage: list[Any], scale: int, kinds: list[str]
) -> None:
    monkeypatch.setattr("intacct.transport.DELAYS", (0.0, 0.0))
    monkeypatch.setattr("smartsync.engine.list_state.LARGEST_PAGE", 3)
    monkeypatch.setattr("smartsync.engine.list_state.FIRST_PAGE", 2)
    begin(company, seed=1, scale=scale, entity="", formatting={})
    company.sync("full")

    with monkeypatch.context() as patch:
        patch.setattr("wizard.services.sessions.Transport", damaging_transport(damage))
        for kind in kinds:
            company.control("edits", object="VENDOR", actions=[["edit", 1], ["add", 2], ["delete", 3]])
            check(company, run_to_end(company, kind))

    assert company.sync("full").result == SyncRun.Result.COMPLETE
    assert company.differences() == {}


def damaging_transport(damages: list[Any]) -> type[Transport]:
    numbers = count()

    class Damaging(Transport):
        def send(self, payload: bytes, **how: Any) -> RawReply:
            raw, number = super().send(payload, **how), next(numbers)
            body = raw.body
            for every, first, place, cut, piece in damages:
                if number >= first and (number - first) % every == 0:
                    body = damage_body(body, place, cut, piece)
            return RawReply(raw.status, raw.content_type, body)

    return Damaging


def damage_body(body: bytes, place: float, cut: int, piece: bytes) -> bytes:
    start = max(body.find(b"<result>"), 0)
    position = start + int(place * (len(body) - start))
    removed = re.match(rb"\D*", body[position : position + cut])
    return body[:position] + piece + body[position + (removed.end() if removed else 0) :]


def run_to_end(company: Company, kind: str) -> SyncRun:
    run = run_start(profile=company.profile, kind=kind, actor=company.actor)
    company.work(run)
    assert (run.state, bool(run.result)) == ("done", True)
    return run


def check(company: Company, run: SyncRun) -> None:
    compared = company.compared()
    for list_run in run.lists.all():
        assert not list_run.is_unfinished
        assert list_run.state != ListRun.State.COMPLETE or list_run.read == list_run.counted_after
        if list_run.state == ListRun.State.COMPLETE and list_run.slug in compared:
            assert len(compared[list_run.slug].lost) <= list_run.set_aside
    for user in (company.actor, support()):
        client = signed_in_client(user)
        for address in (f"/smartsync/runs/{run.pk}/", f"/smartsync/{run.profile_id}/"):
            assert client.get(address).status_code == 200


def support() -> User:
    return User.objects.get_or_create(email="sam@beanworks.example", kind="support", defaults={"name": "Sam"})[0]
