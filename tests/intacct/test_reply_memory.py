"""The largest replies that are read take a limited amount of memory."""

import subprocess
import sys
from pathlib import Path

import pytest

MONSTERS = """
import resource, sys
from intacct.errors import IntacctError
from intacct.reply_parser import LARGEST_BODY, MOST_NODES, parse
from tests.intacct import replies as r

head, _, tail = r.ok(r.result("<data totalcount='1'>@</data>")).encode().partition(b"@")
room = LARGEST_BODY - len(head + tail)
emoji = "\U0001f600".encode()
record = lambda text: b"<V><A>" + text + b"</A></V>"
row = lambda size: b"<V>" + b"".join(b"<F%d>%b</F%d>" % (n, b"x" * size, n) for n in range(230)) + b"</V>"
fill = lambda piece: piece * (room // len(piece))
nodes = lambda piece: piece * (MOST_NODES // piece.count(b"<") - 100)
body = head + {
    "empty elements": lambda: fill(b"<a/>"),
    "tiny records": lambda: fill(b"<A><B/></A>"),
    "the widest page": lambda: row(25) * 2600,
    "as many elements as are read": lambda: nodes(b"<a/>" + b"x" * 70),
    "the same, damaged": lambda: b"\\x01" + nodes(b"<a/>" + b"x" * 70),
    "the same, broken": lambda: b"<x>" + nodes(b"<a/>" + b"x" * 70),
    "attributes of one element": lambda: b"<a " + b" ".join(b"a%d='1'" % n for n in range(1_000_000)) + b"/>",
    "one text": lambda: fill(b"x"),
    "texts with an emoji each": lambda: fill(record(emoji * 5000)),
    "the same, damaged twice": lambda: fill(record(emoji * 5000)).replace(b"<A>", b"<A>\\xe9\\x01", 1),
    "controls": lambda: fill(b"\\x01"),
}[sys.argv[1]]() + tail
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    result = parse(body)["f1"]
    result.failure
except IntacctError:
    pass
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
"""Runs in its own process, because in this one, Python would first use memory that other tests have released."""


NAMES = [line.split('"')[1] for line in MONSTERS.splitlines() if ": lambda:" in line]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_no_reply_takes_200_mb_of_memory(name: str) -> None:
    run = [sys.executable, "-c", MONSTERS, name]
    root = Path(__file__).parents[2]

    taken = subprocess.run(run, cwd=root, check=True, capture_output=True, text=True).stdout

    assert int(taken) < 200
