"""Measures how fast a list is read, beside sageintacctsdk: `python -m benchmarks.sync --peers --sizes 10000 100000`.

All use the same gateway process, fields and table. Each contender reads in its own process, one after the other, in an
order that rotates with each round; the median of the rounds is shown. If the stored records differ, nothing is shown.
"""

import argparse
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from django.core.management import call_command

from benchmarks.cpu import cpu_of
from benchmarks.stage import COMPANY, create_company, create_profile, set_up
from local.environment import PROCESS
from tests.support.processes import ROOT, answers, free_port, wait_until
from tests.support.stack import Practice, on_own_database

FIELDS = {
    8: "RECORDNO VENDORID NAME STATUS WHENMODIFIED VENDTYPE TERMNAME WHENCREATED",
    40: """RECORDNO VENDORID NAME STATUS WHENMODIFIED VENDTYPE TERMNAME WHENCREATED CURRENCY CREATEDBY MODIFIEDBY
        MEGAENTITYKEY MEGAENTITYID MEGAENTITYNAME PARENTID PARENTNAME TAXID CREDITLIMIT TOTALDUE COMMENTS DISCOUNT
        VENDORACCOUNTNO ONETIME ONHOLD DONOTCUTCHECK PAYMENTPRIORITY BILLINGTYPE DISPLAYCONTACT.EMAIL1
        DISPLAYCONTACT.PHONE1 DISPLAYCONTACT.PRINTAS DISPLAYCONTACT.COMPANYNAME DISPLAYCONTACT.FIRSTNAME
        DISPLAYCONTACT.LASTNAME DISPLAYCONTACT.MAILADDRESS.ADDRESS1 DISPLAYCONTACT.MAILADDRESS.CITY
        DISPLAYCONTACT.MAILADDRESS.STATE DISPLAYCONTACT.MAILADDRESS.ZIP DISPLAYCONTACT.MAILADDRESS.COUNTRY NAME1099
        FORM1099TYPE""",
}
PEERS = ["sdk generator", "sdk by_query"]
WHAT = {"full": "everything", "nothing": "nothing changed", "changed": "0.1 % changed"}
HEAD = ("seconds", "rows/s", "× ours", "requests", "connections", "CPU s", "database", "gateway", "peak MB")
Measured = dict[str, Any]


def main(options: argparse.Namespace) -> None:
    with set_up() as practice:
        for latency in options.latency:
            with distance(practice, latency) as endpoint:
                for size in options.sizes:
                    for fields in options.fields:
                        _compare(practice, endpoint, options, size, FIELDS[fields].split(), latency)


@contextmanager
def distance(practice: Practice, milliseconds: int) -> Iterator[str]:
    """The address of a proxy that is `milliseconds` away from the gateway."""
    if not milliseconds:
        yield practice.gateway
        return
    gateway, port = urlsplit(practice.gateway), free_port()
    command = [sys.executable, "-m", "benchmarks.distance", *map(str, (port, gateway.port, milliseconds))]
    with subprocess.Popen(command, cwd=ROOT) as proxy:
        try:
            wait_until(lambda: answers(f"http://127.0.0.1:{port}"), "the proxy listens")
            yield f"http://127.0.0.1:{port}{gateway.path}"
        finally:
            proxy.kill()


def _compare(
    practice: Practice, endpoint: str, options: argparse.Namespace, size: int, fields: list[str], latency: int
) -> None:
    contenders = ["ours", *(PEERS if options.peers else [])]
    for sink in options.sinks:
        results: dict[tuple[str, str], list[Measured]] = defaultdict(list)
        for number in range(options.rounds):
            order = contenders[number % len(contenders) :] + contenders[: number % len(contenders)]
            for what, who, measured in _round(practice, endpoint, order, sink, size, fields, phases=options.phases):
                results[what, who].append(measured)
        print(f"\n{size:,} vendors, {len(fields)} fields, {latency} ms, into {sink}")
        print(f"{'':34}" + "".join(f"{title:>12}" for title in HEAD))
        for what in WHAT if sink == "postgres" else ["full"]:
            _show(what, size, {who: runs for (did, who), runs in results.items() if did == what})


def _round(
    practice: Practice, endpoint: str, contenders: list[str], sink: str, size: int, fields: list[str], *, phases: bool
) -> Iterator[tuple[str, str, Measured]]:
    """Run every contender once: everything, then nothing changed, then one record in a thousand changed."""
    profiles = _fresh(practice, contenders, size)
    ask = {"sink": sink, "fields": fields, "phases": phases}
    # The gateway renders its pages again for a new company and after a change. The first contender must not pay for it.
    warm = partial(_run, practice, endpoint, size, ask | {"who": "limit", "what": "full", "profile": profiles[0]})
    warm()
    yield "full", "limit", warm()
    for what in WHAT if sink == "postgres" else ["full"]:
        if what == "changed":
            actions = [["edit", 7919 * number] for number in range(max(1, size // 1000))]
            practice.control(f"companies/{COMPANY}/edits", object="VENDOR", actions=actions)
            warm()
        runs = [
            (who, _run(practice, endpoint, size, ask | {"who": who, "what": what, "profile": profile}))
            for who, profile in zip(contenders, profiles, strict=True)
        ]
        if len({(result["n"], result["digest"]) for _, result in runs}) > 1 or runs[0][1]["n"] != size:
            raise SystemExit(
                f"Not the same records ({WHAT[what]}): {[(who, result['n'], result['digest']) for who, result in runs]}"
            )
        yield from ((what, who, result) for who, result in runs)


def _fresh(practice: Practice, contenders: list[str], size: int) -> list[int]:
    """Create a company that no contender has read yet, and a profile for each contender."""
    call_command("flush", interactive=False, verbosity=0)
    create_company(practice, size)
    return [create_profile(who).pk for who in contenders]


def _run(practice: Practice, endpoint: str, size: int, ask: dict[str, Any]) -> Measured:
    practice.control(f"companies/{COMPANY}/requests")
    gateway = cpu_of([practice.pid])
    environment = (
        on_own_database() | PROCESS | {"INTACCT_ENDPOINT": endpoint, "BENCHMARK_SIZE": str(size), "LEASE_SECONDS": "60"}
    )
    environment["DJANGO_SETTINGS_MODULE"] = "beanworks_connect.settings"
    command = [sys.executable, "-m", "benchmarks.contenders", json.dumps(ask)]
    process = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    requests = practice.control(f"companies/{COMPANY}/requests", "GET")["count"]
    measured: Measured = json.loads(process.stdout.splitlines()[-1])
    return measured | {"requests": requests, "gateway": cpu_of([practice.pid]) - gateway}


def _show(what: str, size: int, results: dict[str, list[Measured]]) -> None:
    best = median(run["s"] for run in results["ours"])
    for who, runs in results.items():
        seconds = median(run["s"] for run in runs)
        rate = f"{size / seconds:,.0f}" if what == "full" else ""
        used = [f"{median(run[process] for run in runs):.2f}" for process in ("cpu", "postgres", "gateway")]
        peak = max(run["mb"] for run in runs)
        counts = (f"{runs[0]['requests']}", f"{runs[0]['connections']}")
        cells = (f"{seconds:.2f}", rate, f"{seconds / best:.2f}", *counts, *used, f"{peak:.0f}")
        lost = "   faster than ours" if who in PEERS and seconds < best else ""
        print(f"{WHAT[what] + ': ' + who:34}" + "".join(f"{cell:>12}" for cell in cells) + lost, flush=True)
        if who == "ours" and "phases" in runs[-1]:
            _show_phases(runs[-1])


def _show_phases(measured: dict[str, Any]) -> None:
    none, one, two = measured["in_progress"]
    print(f"    requests in progress: none {none:.2f} s, one {one:.2f} s, two {two:.2f} s")
    for phase, (calls, milliseconds, cpu) in measured["phases"].items():
        print(f"    {phase:30}{calls:6} × {milliseconds:8.1f} ms{cpu:8.2f} s of CPU", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000])
    parser.add_argument("--latency", type=int, nargs="+", default=[0, 150])
    parser.add_argument("--fields", type=int, nargs="+", choices=[*FIELDS], default=[8, 40])
    parser.add_argument("--sinks", nargs="+", choices=["postgres", "null"], default=["postgres", "null"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--phases", action="store_true", help="also show where our time goes")
    os.chdir(ROOT)
    main(parser.parse_args())
