"""Damage to a finished reply, byte by byte. Only what the fault is about changes."""

import re

import pytest
from lxml import etree

from practice.gateway.reply_faults import DECLARATION, DOCUMENTS, RESULTS, Entry

PAGE = (
    b'<data listtype="VENDOR" totalcount="9" offset="2" count="2" numremaining="5">'
    b"<VENDOR><RECORDNO>1</RECORDNO><NAME>One</NAME></VENDOR><VENDOR><RECORDNO>2</RECORDNO><NAME/></VENDOR></data>"
)
REPLY = DECLARATION + "<response><operation><a>Zoë – 東</a></operation></response>".encode()


def damage(name: str, **entry: object) -> bytes:
    _label, change = RESULTS[name]
    full: Entry = {"name": name} | entry
    return change(PAGE, full)


def keys(data: bytes) -> list[str | None]:
    return [key.text for key in etree.fromstring(data).iter("RECORDNO")]


def test_keys_are_dropped_and_all_other_values_stay() -> None:
    data = damage("no-keys")
    assert keys(data) == []
    assert [name.text for name in etree.fromstring(data).iter("NAME")] == ["One", None]


def test_every_record_gets_the_same_key() -> None:
    assert keys(damage("repeated-key")) == ["1", "1"]


def test_page_without_records_counts_them_as_remaining() -> None:
    data = etree.fromstring(damage("no-records"))
    assert [*data] == []
    assert {str(name): str(value) for name, value in data.attrib.items()} == {
        "listtype": "VENDOR",
        "totalcount": "9",
        "offset": "2",
        "count": "0",
        "numremaining": "7",
    }


@pytest.mark.parametrize("name", [name for name in RESULTS if name.startswith("text-")])
def test_forbidden_character_comes_before_the_first_text(name: str) -> None:
    data = damage(name)
    position = data.index(b"<RECORDNO>") + len(b"<RECORDNO>")

    inserted = len(data) - len(PAGE)

    assert inserted > 0
    assert data[:position] + data[position + inserted :] == PAGE
    with pytest.raises((etree.XMLSyntaxError, UnicodeDecodeError)):
        etree.fromstring(data.decode(), etree.XMLParser(resolve_entities=False))


def test_forbidden_character_comes_before_the_named_element() -> None:
    data = damage("text-raw-nul", element="NAME")
    assert data == PAGE.replace(b"<NAME>One", b"<NAME>\x00One")


def test_forbidden_character_is_left_out_if_there_is_no_such_element() -> None:
    assert damage("text-raw-nul", element="TITLE") == PAGE


def test_result_with_an_open_element_is_not_well_formed() -> None:
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(damage("malformed-result"))


def test_nesting_has_the_given_depth() -> None:
    data = etree.fromstring(damage("deep-nesting", depth=50))
    depth, nested = 0, data.find("x")
    while nested is not None:
        depth, nested = depth + 1, nested.find("x")
    assert depth == 50


@pytest.mark.parametrize("name", ["element-flood", "long-text"])
def test_flood_has_the_given_size(name: str) -> None:
    added = len(damage(name, megabytes=1)) - len(PAGE)
    assert 0 <= abs(added - 2**20) < 16


def document(name: str) -> tuple[bytes, str]:
    _label, change = DOCUMENTS[name]
    return change(REPLY)


@pytest.mark.parametrize(
    ("name", "declared", "really"),
    [
        ("latin-1", "ISO-8859-1", "cp1252"),
        ("wrong-declaration", "UTF-8", "cp1252"),
        ("utf-16-declaration", "UTF-16", "utf-8"),
        ("unknown-declaration", "x-intacct", "utf-8"),
    ],
)
def test_declared_encoding_is_not_the_real_one(name: str, declared: str, really: str) -> None:
    body, content_type = document(name)
    head, _, rest = body.partition(b"\n")

    assert head == f'<?xml version="1.0" encoding="{declared}"?>'.encode()
    assert "charset" not in content_type
    # A character missing in the encoding is sent as a reference, as a careful writer does.
    text = re.sub(r"&#(\d+);", lambda match: chr(int(match[1])), rest.decode(really))
    assert text == REPLY.removeprefix(DECLARATION).decode()


def test_encoding_is_named_only_in_the_header() -> None:
    body, content_type = document("header-charset")
    assert content_type == "text/xml; charset=windows-1252"
    assert "Zoë –" in body.decode("cp1252")
    assert not body.startswith(b"<?xml")


def test_byte_order_mark_comes_first() -> None:
    body, _content_type = document("byte-order-mark")
    assert body == b"\xef\xbb\xbf" + REPLY
    assert etree.fromstring(body).findtext("operation/a") == "Zoë – 東"


def test_reply_without_a_declaration_stays_utf_8() -> None:
    assert document("no-declaration")[0] == REPLY.removeprefix(DECLARATION)


def test_authentication_is_left_out_with_everything_in_its_operation() -> None:
    (name,) = (name for name, (_label, change) in DOCUMENTS.items() if change.__name__ == "empty_operation")
    assert etree.tostring(etree.fromstring(document(name)[0])) == b"<response><operation/></response>"
