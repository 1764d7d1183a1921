"""The library raises only its own exceptions, for any reply."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from intacct import setup_replies
from intacct.diagnoses import NAMED_PLACES, diagnose, facts
from intacct.errors import IntacctError
from intacct.paging import page_from
from intacct.reply import Data
from intacct.reply_parser import parse
from tests.intacct import replies as r

SOUND = [
    r.ok(r.result(r.page("VENDOR", [{"RECORDNO": "1", "NAME": "Ünïcode & more"}], remaining=3))),
    r.ok(r.result_failure(r.error("PL04000005", "", "You do not have permission [Support ID: a%7Eb]"))),
    r.authentication_failure(r.error("XL03000006", "", "Invalid session abc...")),
    r.control_failure(r.error("GW-0011", "Invalid Request [Request ID: ff]")),
    r.ok(r.result("<data><userformatting><gmtoffset>-8</gmtoffset></userformatting></data>")),
]
READERS: list[Callable[[Data], object]] = [
    setup_replies.entities,
    setup_replies.dimensions,
    setup_replies.financial_setup,
    setup_replies.applications,
    setup_replies.user_formatting,
    setup_replies.permissions,
    setup_replies.fields,
    page_from,
]
PIECES = [
    "<",
    ">",
    "&",
    "</data>",
    "<data>",
    "]]>",
    "<!DOCTYPE response>",
    "\x00",
    "count='x'",
    "<response>",
    "é",
    "&x;",
]
TAGS = ["response", "control", "status", "operation", "authentication", "errormessage", "error", "errorno", "result",
        "description2", "controlid", "data", "entity", "dimension", "permissions", "appSubscription", "sessiontimeout",
        "financialSetup", "userformatting", "gmtoffset", "Type", "Fields", "Field", "ID", "RECORDNO"]  # fmt: skip
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["totalcount", "count", "numremaining", "resultId"]), st.text("0123x-", max_size=9)
)


def use(body: bytes, status: int) -> None:
    """Do everything that the product does with a reply."""
    with suppress(IntacctError):
        reply = parse(body, "text/xml", status=status)
        explain(reply.failure)
        for result in reply.results.values():
            explain(result.failure)
            for reader in READERS:
                with suppress(IntacctError):
                    reader(result.or_raise())


def explain(failure: IntacctError | None) -> None:
    if failure:
        diagnosis = diagnose(failure)
        assert all(
            text % (facts(failure) | dict.fromkeys([*NAMED_PLACES, "our_addresses", "support_email"], ""))
            for text in (diagnosis.headline, *diagnosis.steps)
        )
        assert str(failure).strip()


@st.composite
def damaged_replies(draw: st.DrawFn) -> bytes:
    text = draw(st.sampled_from(SOUND))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 40)))
        text = text[:start] + draw(st.sampled_from(["", *PIECES])) + text[end:]
    return text.encode()


@st.composite
def misbuilt_replies(draw: st.DrawFn) -> bytes:
    """Build well-formed XML with the right names in the wrong places."""
    root = etree.Element("response")
    elements = [root]
    for _ in range(draw(st.integers(0, 25))):
        parent = draw(st.sampled_from(elements))
        child = etree.SubElement(parent, draw(st.sampled_from(TAGS)), draw(ATTRIBUTES))
        child.text = draw(
            st.sampled_from(["", "success", "failure", "1", "f1", "-99:99", "NaN", "2030-01-01", "Infinity"])
        )
        elements.append(child)
    return etree.tostring(root)


STATUSES = st.sampled_from([200, 400, 401, 403, 429, 500, 503, 524])


@pytest.mark.slow
@settings(max_examples=400, deadline=2000)
@given(damaged_replies() | misbuilt_replies() | st.binary(max_size=300), STATUSES)
def test_mangled_reply_raises_only_our_own_exceptions(body: bytes, status: int) -> None:
    use(body, status)


PAGE = r.ok(r.result(r.page("VENDOR", [{"RECORDNO": str(number), "NAME": "é" * 500} for number in range(1, 2001)])))
LONG = "x" * 10_000_000
BOMB = (
    '<!DOCTYPE response [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + "]><response><control>&j;</control></response>"
)
MONSTERS = {
    "cut in the middle": PAGE.encode()[: len(PAGE) // 2],
    "cut in a letter": PAGE.encode()[: PAGE.encode().index("é".encode()) + 1],
    "a long text": r.ok(r.result(f"<data>{LONG}</data>")).encode(),
    "a long attribute": r.ok(r.result(f"<data count='{LONG}'/>")).encode(),
    "a long name": f"<{LONG}/>".encode(),
    "too long": b"<response>" + b" " * 64 * 1024 * 1024,
    "many elements": r.ok(r.result(f"<data>{'<a/>' * 200_000}</data>")).encode(),
    "many attributes": ("<response " + " ".join(f"a{number}='1'" for number in range(50_000)) + "/>").encode(),
    "many results": r.ok(r.result() * 20_000).encode(),
    "many pages": r.ok(r.result("<data totalcount='1'><a><b>1</b></a></data>") * 100_000).encode(),
    "many errors": r.ok(r.result_failure(r.error("PL04000005") * 20_000)).encode(),
    "deep": b"<response>" + b"<data>" * 500_000,
    "deep and closed": r.ok(r.result("<data>" * 200 + "</data>" * 200)).encode(),
    "a bomb of entities": BOMB.encode(),
    "Latin-1 that says UTF-8": PAGE.encode("latin-1"),
    "UTF-16": PAGE.encode("utf-16"),
    "UTF-16 that says UTF-8": b'<?xml version="1.0" encoding="UTF-8"?>' + PAGE.encode("utf-16-le"),
    "an encoding there is not": b'<?xml version="1.0" encoding="klingon"?>' + PAGE.encode(),
    "zeros": b"\0" * 10_000_000,
    "deep JSON": b"[" * 1_000_000,
    "long JSON": b'[{"RECORDNO": "1"}' + b', {"RECORDNO": "2"}' * 500_000 + b"]",
    "long HTML": b"<!DOCTYPE html><html>" + b"<p>Sorry" * 500_000,
}
MOST_SECONDS = 2
MOST_MEMORY = 200 * 1024  # KiB


@pytest.mark.parametrize("name", MONSTERS)
def test_hostile_reply_takes_at_most_two_seconds_and_200_mb(name: str) -> None:
    """Measures the time of this process, so that a busy machine does not make the test fail."""
    _forget_the_peak()
    held, begun = _resident("VmRSS"), time.process_time()
    use(MONSTERS[name], 200)
    assert time.process_time() - begun < MOST_SECONDS
    assert _resident("VmHWM") - held < MOST_MEMORY


def _resident(which: str) -> int:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(which))


def _forget_the_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")
