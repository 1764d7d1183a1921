"""A page has the same records whether it is read by the pattern or by the parser."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from intacct.errors import IntacctError
from intacct.page_parser import split_page
from intacct.records import Record
from intacct.reply_parser import parse
from tests.intacct import replies as r

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters="\t\n")).filter(
    lambda text: not {"\ufffe", "\uffff"} & {*text}
) | st.sampled_from(["", "Nuts & Bolts", "a < b > c", '"quoted"', "&amp;lt;", "]]>", "</data>", "<data ", "é 😀"])
NAMES = st.lists(st.from_regex("[A-Z][A-Z0-9_.-]{0,8}", fullmatch=True), min_size=1, max_size=5, unique=True)
ODD = [
    *("<!-- -->", "<![CDATA[x]]>", "&#65;", "&#x41;", "&nbsp;", "&", "]]>", ">", "<", "\0", "\x1f", "\r\n", "\r", "\n"),
    *("<data >", "<data a='1'>", "</data>", "<data/>", "<?pi?>", "<NAME>", "</NAME>", "<NAME/>", "<OTHER/>", " a='>'"),
    *("\ufffe", "\uffff", "\x80", "text", "<VENDOR>", "</VENDOR>", "<VENDOR/>"),
    '<!DOCTYPE response [<!ENTITY e "x">]>',
]


def body_of(rows: list[Record]) -> bytes:
    return r.ok(r.result(r.page("VENDOR", rows))).encode()


def read(body: bytes) -> tuple[object, ...]:
    """Return the records, or the class of the error."""
    try:
        return ("records", [*parse(body)["f1"].or_raise().records])
    except IntacctError as error:
        return ("refused", type(error))


@contextmanager
def as_a_tree() -> Iterator[None]:
    with patch("intacct.reply_parser.split_page", return_value=None):
        yield


def assert_same(body: bytes) -> None:
    by_pattern = read(body)
    with as_a_tree():
        assert by_pattern == read(body)


@given(st.data(), NAMES)
def test_pattern_and_parser_read_the_same_records(data: st.DataObject, names: list[str]) -> None:
    texts = data.draw(st.lists(st.tuples(*[TEXTS for _ in names]), min_size=1, max_size=4))
    rows = [dict(zip(names, values, strict=True)) for values in texts]
    parts = split_page(body_of(rows))
    assert parts
    assert [*parts[1]] == rows
    assert_same(body_of(rows))


@given(st.sampled_from(ODD), st.integers(0, 10_000), st.integers(0, 8))
@example("<data a='1'>", 0, 0)
def test_pattern_and_parser_agree_on_any_other_reply(odd: str, place: int, cut: int) -> None:
    body = body_of([{"RECORDNO": "1", "NAME": "Nuts & Bolts"}, {"RECORDNO": "2", "NAME": ""}])
    place %= len(body)
    assert_same(body[:place] + odd.encode() + body[place + cut :])


@pytest.mark.parametrize(
    "page",
    [
        "<VENDOR><RECORDNO>1</RECORDNO><NAME/></VENDOR>",
        "\n <VENDOR>\n  <RECORDNO>1</RECORDNO>\n  <NAME></NAME>\n </VENDOR>\n",
    ],
)
def test_empty_elements_and_white_space_are_read(page: str) -> None:
    body = r.ok(r.result(f'<data listtype="VENDOR" totalcount="1" count="1" numremaining="0">{page}</data>')).encode()
    assert split_page(body)
    assert read(body) == ("records", [{"RECORDNO": "1", "NAME": ""}])


@pytest.mark.parametrize(
    "page",
    [
        "",
        "<VENDOR></VENDOR>",
        "<VENDOR/>",
        "<VENDOR><NAME>1</NAME></VENDOR><VENDOR><TITLE>2</TITLE></VENDOR>",
        "<VENDOR><NAME>1</NAME></VENDOR><CUSTOMER><NAME>2</NAME></CUSTOMER>",
        "<APBILL><ITEMS><ITEM>1</ITEM></ITEMS></APBILL>",
        "<VENDOR><NAME a='1'>1</NAME></VENDOR>",
        "<VENDOR><NAME>1</NAME>lost</VENDOR>",
    ],
)
def test_page_of_different_records_is_left_to_the_parser(page: str) -> None:
    body = r.ok(r.result(f'<data listtype="VENDOR" totalcount="1">{page}</data>')).encode()
    assert split_page(body) is None
    assert_same(body)


def test_reply_with_two_pages_is_left_to_the_parser() -> None:
    page = r.page("VENDOR", [{"NAME": "1"}])
    assert split_page(r.ok(r.result(page), r.result(page, control_id="f2")).encode()) is None


def test_page_in_another_encoding_is_left_to_the_parser() -> None:
    tree = etree.fromstring(body_of([{"NAME": "Élan"}]))
    body: bytes = etree.tostring(tree, encoding="ISO-8859-1", xml_declaration=True)  # type: ignore[assignment]
    assert split_page(body) is None
    assert read(body) == ("records", [{"NAME": "Élan"}])


def test_hostile_pages_are_left_to_the_parser_quickly() -> None:
    for piece in (b"<data ", b"<data >", b"<data ><A>", b"<A>", b"<A></A>", b"</data>", b"&"):
        assert split_page(b"<data a=''>" + piece * (4_000_000 // len(piece)) + b"</data>") is None
