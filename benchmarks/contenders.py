"""One reading of a whole list by one program, in a process of its own: `python -m benchmarks.contenders '{…}'`.

Prints a line of JSON: seconds, CPU seconds, peak memory, connections, records, and a digest of what was stored.
"""

import json
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import django

django.setup()

import requests  # noqa: E402
import urllib3.connectionpool  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from beanworks_connect.celery import threads_take_turns  # noqa: E402
from intacct.catalogue import LIST  # noqa: E402
from intacct.functions import query  # noqa: E402
from intacct.request import build  # noqa: E402
from smartsync import storing  # noqa: E402
from smartsync.engine import run_advance  # noqa: E402
from smartsync.models import ListItem, ListRun, SyncRun  # noqa: E402
from smartsync.rows import Rows, rows_of  # noqa: E402
from wizard.gateway import session_for  # noqa: E402
from wizard.models import SyncProfile  # noqa: E402

KIND = LIST["vendors"]
Records = list[dict[str, str]]


def list_run_for(profile: SyncProfile, fields: list[str], since: Any) -> ListRun:
    kind = SyncRun.Kind.PARTIAL if since else SyncRun.Kind.FULL
    run = SyncRun.objects.create(profile=profile, kind=kind, since=since)
    return ListRun.objects.create(
        run=run,
        position=0,
        slug=KIND.slug,
        object=KIND.object,
        title=KIND.title,
        fields=fields,
        since=since,
        # A full run begins with a look-up of fields and counts, of all lists in one request.
        counted_before=None if since else int(os.environ["BENCHMARK_SIZE"]),
    )


class NullSink:
    """Looks at each record once and keeps none."""

    def __init__(self) -> None:
        self.total = self.count = 0

    def store(self, list_run: ListRun, records: Any) -> None:
        self.keep(list_run, rows_of(list_run, records), 0, None)

    def keep(self, list_run: ListRun, rows: Rows, low: int, high: int | None) -> None:
        self.total += sum(int.from_bytes(row[5]) for row in rows.keyed)
        self.count += len(rows)
        list_run.read += len(rows)
        list_run.unchanged += len(rows)

    def digest(self) -> tuple[int, str]:
        return self.count, f"{self.total % 2**128:032x}"


class PostgresSink:
    def __init__(self, profile: SyncProfile) -> None:
        self.profile = profile

    def store(self, list_run: ListRun, records: Any) -> None:
        storing.page_store(list_run, rows_of(list_run, records), is_last=False)

    def digest(self) -> tuple[int, str]:
        items = ListItem.objects.present().filter(profile=self.profile).values_list("fingerprint", flat=True)
        prints = [int.from_bytes(each) for each in items.iterator()]
        return len(prints), f"{sum(prints) % 2**128:032x}"


Sink = NullSink | PostgresSink


def ours(list_run: ListRun, sink: Sink) -> None:
    if isinstance(sink, NullSink):
        storing._store = sink.keep
    while held := SyncRun.objects.claim(list_run.run_id):
        run_advance(held)
    list_run.refresh_from_db()
    assert list_run.state == ListRun.State.COMPLETE, (list_run.state, list_run.cause)


def generator(list_run: ListRun, sink: Sink) -> None:
    """sageintacctsdk, page after page."""
    pages = sdk().vendors.get_all_generator(
        fields=list_run.fields, updated_at=_stamp(list_run), order_by_field="RECORDNO", order="ascending"
    )
    for page in pages:
        _keep(list_run, sink, page)


def by_query(list_run: ListRun, sink: Sink) -> None:
    """sageintacctsdk, everything at once."""
    since = _stamp(list_run)
    chosen = [("greaterthanorequalto", "WHENMODIFIED", since)] if since else None
    _keep(list_run, sink, sdk().vendors.get_by_query(fields=list_run.fields, and_filter=chosen))


def _keep(list_run: ListRun, sink: Sink, page: list[dict[str, str | None]]) -> None:
    list_run.began_at = list_run.began_at or timezone.now()
    with transaction.atomic():
        sink.store(list_run, [{name: right(each) for name, each in record.items()} for record in page])
        list_run.save()


def right(text: str | None) -> str:
    """The SDK reads UTF-8 as Latin-1 where the gateway's reply names no charset: its letters are put right here."""
    return text if text and text.isascii() else (text or "").encode("latin-1").decode()


def _stamp(list_run: ListRun) -> str | None:
    return list_run.since.strftime("%m/%d/%Y %H:%M:%S") if list_run.since else None


def sdk() -> Any:
    from sageintacctsdk import SageIntacctSDK, apis

    made = apis.ApiBase.__init__

    def begin(self: Any, *args: Any, **named: Any) -> None:
        made(self, *args, **named)
        self._ApiBase__api_url = os.environ["INTACCT_ENDPOINT"]

    apis.ApiBase.__init__ = begin
    return SageIntacctSDK(
        sender_id="BeanworksMPP",
        sender_password=os.environ["INTACCT_SENDER_PASSWORD"],
        user_id="Beanworks",
        company_id="NORTHWIND",
        user_password="the API user's password",
        show_private=True,
    )


def limit(list_run: ListRun, sink: Sink) -> None:
    """What the gateway itself gives: two lanes take pages by offset and look at none."""
    session = session_for(list_run.run.profile.connection)
    session.call(query(KIND.object, [KIND.key], page_size=1))
    opened = session.login()
    offsets: Iterator[int] = iter(range(0, int(os.environ["BENCHMARK_SIZE"]), 2000))
    guard = threading.Lock()

    def lane() -> None:
        with requests.Session() as http:
            while True:
                with guard:
                    offset = next(offsets, None)
                if offset is None:
                    return
                asked = query(KIND.object, list_run.fields, order_by=[KIND.key], offset=offset, show_private=True)
                body = bytes(build(session.sender, opened.key, [asked], control_id=str(offset)))
                http.post(opened.endpoint, data=body, headers={"Content-Type": "application/xml"}).raise_for_status()

    lanes = [threading.Thread(target=lane) for _ in range(2)]
    for each in lanes:
        each.start()
    for each in lanes:
        each.join()


CONTENDERS: dict[str, Callable[[ListRun, Sink], None]] = {
    "ours": ours,
    "sdk generator": generator,
    "sdk by_query": by_query,
    "limit": limit,
}


def counted_connections() -> list[int]:
    """Grows by one with every connection from here on."""
    made: list[int] = []
    connect = urllib3.connectionpool.HTTPConnectionPool._new_conn

    def count(pool: Any) -> Any:
        made.append(1)
        return connect(pool)

    urllib3.connectionpool.HTTPConnectionPool._new_conn = count  # type: ignore[method-assign,assignment]
    return made


def main(asked: dict[str, Any]) -> None:
    profile = SyncProfile.objects.select_related("connection").get(pk=asked["profile"])
    since = timezone.now() if asked["what"] != "full" else None
    if asked["what"] == "changed":
        since = SyncRun.objects.filter(profile=profile, kind="full").earliest("pk").created_at
    list_run = list_run_for(profile, asked["fields"], since)
    sink: Sink = NullSink() if asked["sink"] == "null" else PostgresSink(profile)
    connections = counted_connections()
    threads_take_turns()
    cpu, begun = time.process_time(), time.perf_counter()
    CONTENDERS[asked["who"]](list_run, sink)
    seconds, worked = time.perf_counter() - begun, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    SyncRun.objects.filter(pk=list_run.run_id, result="").update(state="done", result="complete")
    count, digest = sink.digest()
    print(
        json.dumps(
            {"s": seconds, "cpu": worked, "mb": peak, "connections": len(connections), "n": count, "digest": digest}
        )
    )


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
