"""Whatever comes back, only our own exceptions leave the library."""

from collections.abc import Callable
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from intacct import records
from intacct.diagnosis import diagnose, facts
from intacct.errors import IntacctError
from intacct.reading import page_from
from intacct.reply import Data, parse
from tests.intacct import replies as r

SOUND = [
    r.ok(r.result(r.page("VENDOR", [{"RECORDNO": "1", "NAME": "Ünïcode & more"}], remaining=3))),
    r.ok(r.result_failure(r.error("PL04000005", "", "You do not have permission [Support ID: a%7Eb]"))),
    r.authentication_failure(r.error("XL03000006", "", "Invalid session abc...")),
    r.control_failure(r.error("GW-0011", "Invalid Request [Request ID: ff]")),
    r.ok(r.result("<data><userformatting><gmtoffset>-8</gmtoffset></userformatting></data>")),
]
READERS: list[Callable[[Data], object]] = [
    records.entities, records.dimensions, records.financial_setup, records.applications, records.user_formatting,
    records.permissions, records.fields, page_from,
]  # fmt: skip
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
    """Everything the product does with a reply."""
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
        assert all(text % facts(failure) for text in (diagnosis.headline, *diagnosis.steps))
        assert str(failure).strip()


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    text = draw(st.sampled_from(SOUND))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 40)))
        text = text[:start] + draw(st.sampled_from(["", *PIECES])) + text[end:]
    return text.encode()


@st.composite
def misbuilt(draw: st.DrawFn) -> bytes:
    """Well-formed, with the right names in the wrong places."""
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


@settings(max_examples=400, deadline=2000)
@given(damaged() | misbuilt() | st.binary(max_size=300), STATUSES)
def test_no_reply_however_mangled_raises_anything_but_our_own_exceptions(body: bytes, status: int) -> None:
    use(body, status)
