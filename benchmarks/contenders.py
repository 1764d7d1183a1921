"""Reads a whole list once with one program, in its own process: `python -m benchmarks.contenders '{…}'`.

Prints a line of JSON: seconds, CPU seconds of its own and of PostgreSQL, peak memory, connections, records, and a
digest of the stored records.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django

django.setup()

import requests  # noqa: E402
import urllib3.connectionpool  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from beanworks_connect.celery import freeze_loaded_objects, set_switch_interval  # noqa: E402
from benchmarks.cpu import postgres_seconds  # noqa: E402
from benchmarks.phases import Phases  # noqa: E402
from intacct.catalogue import LIST, LISTS  # noqa: E402
from intacct.functions import query  # noqa: E402
from intacct.request import build  # noqa: E402
from smartsync.engine import store  # noqa: E402
from smartsync.engine.rows import Rows, rows_of  # noqa: E402
from smartsync.models import ListItem, ListRun, SyncRun  # noqa: E402
from smartsync.services.work import run_advance  # noqa: E402
from wizard.models import SyncProfile  # noqa: E402
from wizard.services.sessions import session_for  # noqa: E402

KIND = LIST["vendors"]
Records = list[dict[str, str]]


def list_run_for(profile: SyncProfile, fields: list[str], since: Any) -> ListRun:
    kind = SyncRun.Kind.PARTIAL if since else SyncRun.Kind.FULL
    # Without the other lists, which a partial run would read in full.
    unused = [other.slug for other in LISTS if other is not KIND]
    run = SyncRun.objects.create(profile=profile, kind=kind, since=since, unchanged_lists=[], unused_lists=unused)
    return ListRun.objects.create(
        run=run,
        position=0,
        slug=KIND.slug,
        object=KIND.object,
        title=KIND.title,
        fields=fields,
        since=since,
        # A full run starts with one request for the fields and counts of all lists. Here the count is given.
        counted_before=None if since else int(os.environ["BENCHMARK_SIZE"]),
    )


class NullSink:
    """Looks at each record once and stores none."""

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
        store.page_store(list_run, rows_of(list_run, records), is_last=False)

    def digest(self) -> tuple[int, str]:
        items = ListItem.objects.present().filter(profile=self.profile).values_list("fingerprint", flat=True)
        fingerprints = [int.from_bytes(fingerprint) for fingerprint in items.iterator()]
        return len(fingerprints), f"{sum(fingerprints) % 2**128:032x}"


Sink = NullSink | PostgresSink


def ours(list_run: ListRun, sink: Sink) -> None:
    if isinstance(sink, NullSink):
        store._store = sink.keep
    while run := SyncRun.objects.claim(list_run.run_id):
        run_advance(run)
    list_run.refresh_from_db()
    assert list_run.state == ListRun.State.COMPLETE, (list_run.state, list_run.cause)


def generator(list_run: ListRun, sink: Sink) -> None:
    """Read with sageintacctsdk, page after page."""
    pages = sdk().vendors.get_all_generator(
        fields=list_run.fields, updated_at=_stamp(list_run), order_by_field="RECORDNO", order="ascending"
    )
    for page in pages:
        _store(list_run, sink, page)


def by_query(list_run: ListRun, sink: Sink) -> None:
    """Read with sageintacctsdk, everything at once."""
    since = _stamp(list_run)
    chosen = [("greaterthanorequalto", "WHENMODIFIED", since)] if since else None
    _store(list_run, sink, sdk().vendors.get_by_query(fields=list_run.fields, and_filter=chosen))


def _store(list_run: ListRun, sink: Sink, page: list[dict[str, str | None]]) -> None:
    list_run.began_at = list_run.began_at or timezone.now()
    with transaction.atomic():
        sink.store(list_run, [{name: right(text) for name, text in record.items()} for record in page])
        list_run.save()


def right(text: str | None) -> str:
    """Correct the text: the SDK decodes UTF-8 as Latin-1 if the gateway's reply names no character set."""
    return text if text and text.isascii() else (text or "").encode("latin-1").decode()


def _stamp(list_run: ListRun) -> str | None:
    return list_run.since.strftime("%m/%d/%Y %H:%M:%S") if list_run.since else None


def sdk() -> Any:
    from sageintacctsdk import SageIntacctSDK, apis

    original = apis.ApiBase.__init__

    def initialize(self: Any, *args: Any, **named: Any) -> None:
        original(self, *args, **named)
        self._ApiBase__api_url = os.environ["INTACCT_ENDPOINT"]

    apis.ApiBase.__init__ = initialize
    return SageIntacctSDK(
        sender_id="BeanworksMPP",
        sender_password=os.environ["INTACCT_SENDER_PASSWORD"],
        user_id="Beanworks",
        company_id="NORTHWIND",
        user_password="the API user's password",
        show_private=True,
    )


def limit(list_run: ListRun, sink: Sink) -> None:
    """Measure what the gateway itself can do: two threads fetch pages by offset and do not parse them."""
    session = session_for(list_run.run.profile.connection, work=None)
    session.call(query(KIND.object, [KIND.key], page_size=1))
    opened = session.login()
    offsets: Iterator[int] = iter(range(0, int(os.environ["BENCHMARK_SIZE"]), 2000))
    guard = threading.Lock()

    def fetch_pages() -> None:
        with requests.Session() as http:
            while True:
                with guard:
                    offset = next(offsets, None)
                if offset is None:
                    return
                function = query(KIND.object, list_run.fields, order_by=[KIND.key], offset=offset, show_private=True)
                body = bytes(build(session.sender, opened.key, [function], control_id=str(offset)))
                http.post(opened.endpoint, data=body, headers={"Content-Type": "application/xml"}).raise_for_status()

    threads = [threading.Thread(target=fetch_pages) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


CONTENDERS: dict[str, Callable[[ListRun, Sink], None]] = {
    "ours": ours,
    "sdk generator": generator,
    "sdk by_query": by_query,
    "limit": limit,
}


def count_connections() -> list[int]:
    """Start counting: the returned list grows by one with every connection that is opened."""
    connections: list[int] = []
    connect = urllib3.connectionpool.HTTPConnectionPool._new_conn

    def count(pool: Any) -> Any:
        connections.append(1)
        return connect(pool)

    urllib3.connectionpool.HTTPConnectionPool._new_conn = count  # type: ignore[method-assign,assignment]
    return connections


def peak_megabytes() -> float:
    """The most memory this process has used. `getrusage` would count its parent's too, which the kernel passes on."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main(options: dict[str, Any]) -> None:
    profile = SyncProfile.objects.select_related("connection").get(pk=options["profile"])
    since = timezone.now() if options["what"] != "full" else None
    if options["what"] == "changed":
        since = SyncRun.objects.filter(profile=profile, kind="full").earliest("pk").created_at
    list_run = list_run_for(profile, options["fields"], since)
    sink: Sink = NullSink() if options["sink"] == "null" else PostgresSink(profile)
    connections = count_connections()
    phases = Phases() if options.get("phases") else None
    set_switch_interval()
    freeze_loaded_objects()
    postgres_start, cpu_start, start = postgres_seconds(), time.process_time(), time.perf_counter()
    CONTENDERS[options["who"]](list_run, sink)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu_start
    postgres = postgres_seconds() - postgres_start
    peak = peak_megabytes()
    SyncRun.objects.filter(pk=list_run.run_id, result="").update(state="done", result="complete")
    count, digest = sink.digest()
    measured = {"s": seconds, "cpu": cpu, "postgres": postgres, "mb": peak, "connections": len(connections)}
    if phases:
        measured |= phases.result()
    print(json.dumps(measured | {"n": count, "digest": digest}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
