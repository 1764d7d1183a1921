"""Measures what our client costs beside sageintacctsdk: `python -m benchmarks.client --size 20000 --rounds 5`.

One process, one gateway, one contender after the other in an order that rotates with each round. Shows medians and
their ratio to ours. "The limit" fetches the same pages without parsing them. If the records differ, no speed is shown.
"""

import argparse
import hashlib
import json
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from statistics import median
from typing import Any

from benchmarks.stage import COMPANY, PASSWORD, create_company, practice_alone  # first: it reads the settings

# isort: split
import requests
from django.conf import settings

from benchmarks.contenders import right, sdk
from benchmarks.sync import FIELDS
from intacct import filters
from intacct.functions import query
from intacct.paging import page_from, pages
from intacct.reply_parser import parse
from intacct.request import Login, Sender, build
from intacct.secret import Secret
from intacct.session import Session
from intacct.transport import Transport
from wizard.services.sessions import allowed_hosts

PAGE = 2000
LIMIT = "the limit"
Records = Iterable[Mapping[str, str | None]]
Job = Callable[[], Records]


def main(options: argparse.Namespace) -> None:
    with practice_alone() as practice:
        create_company(practice, options.size)
        for count in options.fields:
            fields = FIELDS[count].split()
            print(f"\n{options.size:,} vendors, {count} fields; {options.rounds} rounds; load {os.getloadavg()[0]:.0f}")
            for title, jobs in _jobs(fields, options.size).items():
                _require_same(title, jobs)
                _compare(title, jobs, options.rounds)


def _jobs(fields: list[str], size: int) -> dict[str, dict[str, Job]]:
    ours, theirs = _session(), sdk().vendors
    http = requests.Session()
    saved = http.send(_page_request(ours, fields, 0))
    parsing = sdk().vendors
    parsing._ApiBase__post_request_for_raw_response = lambda *_: saved
    active = query("VENDOR", ["RECORDNO"], where=filters.eq("STATUS", "active"), page_size=1, show_private=True)

    def fetch() -> Records:
        for offset in range(0, size, PAGE):
            http.send(_page_request(ours, fields, offset), stream=True).raw.read()
        return ()

    def generate() -> Records:
        for page in theirs.get_all_generator(fields=fields, order_by_field="RECORDNO", order="ascending"):
            yield from page

    return {
        "the whole list": {
            "ours": lambda: [record for page in pages(ours, "VENDOR", fields) for record in page.records],
            "SDK get_all_generator": lambda: list(generate()),
            "SDK get_by_query": lambda: theirs.get_by_query(fields=fields),
            LIMIT: fetch,
        },
        "a page, from text to records": {
            "ours": lambda: page_from(parse(saved.content)["f1"].or_raise()).records,
            "SDK": lambda: parsing.format_and_send_request({"query": {}})["data"]["VENDOR"],
        },
        "round trip": {
            "ours": lambda: [{"count": str(ours.call(active)["f1"].or_raise().total)}],
            "SDK count": lambda: [{"count": str(theirs.count())}],
        },
    }


def _session() -> Session:
    sender = Sender(settings.INTACCT_SENDER_ID, Secret(settings.INTACCT_SENDER_PASSWORD))
    transport = Transport(settings.INTACCT_ENDPOINT, allowed_hosts())
    return Session(transport, sender, Login(COMPANY, "Beanworks", Secret(PASSWORD)))


def _page_request(session: Session, fields: list[str], offset: int) -> requests.PreparedRequest:
    opened = session.login()
    function = query("VENDOR", fields, order_by=["RECORDNO"], offset=offset, page_size=PAGE, show_private=True)
    body = bytes(build(session.sender, opened.key, [function.with_id("f1")], control_id="page"))
    headers = {"Content-Type": "application/xml", "Accept-Encoding": "gzip"}
    return requests.Request("POST", opened.endpoint, data=body, headers=headers).prepare()


def _require_same(title: str, jobs: dict[str, Job]) -> None:
    """Exit unless all contenders get the same records. Also warms up the gateway, so that no contender pays for it."""
    digests = {who: _digest(job(), who != "ours") for who, job in jobs.items() if who != LIMIT}
    if len(set(digests.values())) > 1:
        raise SystemExit(f"{title}: not the same records: {digests}")
    print(f"{title}: the same records from all, {next(iter(digests.values()))}")


def _digest(records: Records, is_latin: bool) -> str:
    read = [{name: right(text) if is_latin else text for name, text in record.items()} for record in records]
    read.sort(key=lambda record: int(record.get("RECORDNO") or 0))
    return f"{len(read):,}, {hashlib.sha256(json.dumps(read, sort_keys=True).encode()).hexdigest()[:16]}"


def _compare(title: str, jobs: dict[str, Job], rounds: int) -> None:
    seconds, cpu_seconds = defaultdict(list), defaultdict(list)
    names: list[Any] = [*jobs]
    for number in range(rounds):
        first = number % len(names)
        for who in names[first:] + names[:first]:
            cpu_start, start = time.process_time(), time.perf_counter()
            jobs[who]()
            seconds[who].append(time.perf_counter() - start)
            cpu_seconds[who].append(time.process_time() - cpu_start)
    for who in names:
        took, cpu = median(seconds[who]), median(cpu_seconds[who])
        ratios = took / median(seconds["ours"]), cpu / median(cpu_seconds["ours"])
        print(f"  {who:24}{took * 1000:10.1f} ms ×{ratios[0]:6.2f}{cpu * 1000:10.1f} ms of CPU ×{ratios[1]:6.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--fields", type=int, nargs="+", choices=[*FIELDS], default=[8, 40])
    parser.add_argument("--rounds", type=int, default=5)
    main(parser.parse_args())
