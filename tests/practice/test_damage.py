"""Damaged records, and what the oracle says a client should store."""

from typing import Any

import pytest
import requests
from lxml import etree

from practice.company import Company, Dimension, new_company
from practice.records import damage, history
from practice.records.damage import CHARACTERS, DAMAGES, EITHER, ODD_TAG, SET_ASIDE, STORED
from practice.records.dataset import books_of
from tests.practice.gateway_client import Wire, condition, query

FIELDS = "RECORDNO VENDORID NAME STATUS WHENMODIFIED"
TEXTS = {
    "control character": b"<NAME>&#11;",
    "raw control character": b"<NAME>\x0b",
    "nul": b"<NAME>&#0;",
    "raw nul": b"<NAME>\x00",
    "surrogate": b"<NAME>&#xD800;",
    "noncharacter": b"<NAME>\xef\xbf\xbe",
    "wrong byte": b"<NAME>\xe9",
    "undefined entity": b"<NAME>&unknown;",
}


@pytest.fixture
def company() -> Company:
    return new_company("SMALL", "Small", sizes={}, dimensions=[Dimension("grant_program", "Grant program")])


def raw(wire: Wire, *fields: str, **options: Any) -> bytes:
    ask = query("VENDOR", " ".join(fields) or FIELDS, order="RECORDNO", page=5, showprivate="true", **options)
    return wire.call(ask).response.content


def oracle(wire: Wire, name: str = "VENDOR", fields: str = FIELDS) -> Any:
    return wire.control(f"oracle/{name}", "GET", fields=",".join(fields.split()))


def test_every_forbidden_character_is_tested_here() -> None:
    assert TEXTS.keys() == CHARACTERS.keys()


@pytest.mark.parametrize("kind", TEXTS)
def test_damaged_text_is_sent_as_bytes_that_xml_forbids(wire: Wire, kind: str) -> None:
    name = oracle(wire)["records"][2]["NAME"]
    wire.control("damage", object="VENDOR", kind=kind, number=2)

    body = raw(wire)

    assert body.count(TEXTS[kind]) == 1
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(body)
    assert oracle(wire)["records"][2]["NAME"] == f"\ufffd{name}"
    assert oracle(wire)["damaged"] == [{"key": "3", "field": "NAME", "kind": kind, "expected": STORED}]


def test_partial_read_finds_damage_and_its_repair(wire: Wire) -> None:
    before = oracle(wire, fields="NAME")["records"][2]
    wire.control("damage", object="VENDOR", kind="wrong byte", number=2)
    stamp = oracle(wire)["records"][2]["WHENMODIFIED"]
    changed = query("VENDOR", "VENDORID", condition("equalto", "WHENMODIFIED", stamp))

    assert b"<VENDORID>V00003</VENDORID>" in wire.call(changed).response.content
    wire.control("edits", object="VENDOR", acts=[["repair", 2]])
    assert "damaged" not in oracle(wire)
    assert oracle(wire, fields="NAME")["records"][2] == before


def test_another_field_can_be_damaged(wire: Wire) -> None:
    wire.control("damage", object="VENDOR", kind="wrong byte", number=1, field="VENDORID")
    assert b"<VENDORID>\xe9V00002" in raw(wire)


@pytest.mark.parametrize("status", ["inactif", "I", "closed", "active non-posting"])
def test_a_record_has_an_odd_status(wire: Wire, status: str) -> None:
    wire.control("damage", object="VENDOR", kind=f"status {status}", number=1)
    assert oracle(wire)["records"][1]["STATUS"] == status
    assert f"<STATUS>{status}</STATUS>".encode() in raw(wire)


@pytest.mark.parametrize(("kind", "field"), [("long code", "VENDORID"), ("long name", "NAME")])
def test_long_value_does_not_compress(wire: Wire, kind: str, field: str) -> None:
    wire.control("damage", object="VENDOR", kind=kind, number=1)
    value = oracle(wire)["records"][1][field]

    assert f"<{field}>{value}</{field}>".encode() in raw(wire)
    assert len({*value}) == 62
    assert len(value) == 8_000


def test_record_with_key_above_64_bits_is_read_last(wire: Wire) -> None:
    wire.control("damage", object="VENDOR", kind="large key", number=1)
    large = condition("greaterthan", "RECORDNO", "9000000000000000000")

    assert [row["RECORDNO"] for row in wire.call(query("VENDOR", where=large)).records()] == [str(2**63 + 1)]
    last = query("VENDOR", order="RECORDNO desc", page=1)
    assert wire.call(last).records() == [{"RECORDNO": str(2**63 + 1)}]
    assert wire.call(query("VENDOR", where=condition("equalto", "RECORDNO", "2"))).records() == []


def test_large_key_of_a_text_field_is_text(wire: Wire) -> None:
    wire.control("damage", object="EXCHANGERATE", kind="large key", number=1)
    keys = [row["RECORDNO"] for row in wire.call(query("EXCHANGERATE", order="RECORDNO", page=2000)).records()]
    assert str(2**63 + 1) in keys


def test_a_record_comes_without_its_key(wire: Wire) -> None:
    wire.control("damage", object="VENDOR", kind="no key", number=1)
    records = etree.fromstring(raw(wire)).findall(".//data/VENDOR")

    assert [record.find("RECORDNO") is None for record in records] == [False, True, False, False, False]
    assert oracle(wire)["damaged"][0]["expected"] == SET_ASIDE


def test_a_record_has_a_tag_with_a_slash(wire: Wire) -> None:
    wire.control("damage", object="VENDOR", kind="odd tag", number=1)
    assert raw(wire).count(ODD_TAG) == 1


def test_damaged_date_has_a_two_digit_year(wire: Wire) -> None:
    full = oracle(wire)["records"][1]["WHENMODIFIED"]
    wire.control("damage", object="VENDOR", kind="two-digit year", number=1)
    short = oracle(wire)["records"][1]["WHENMODIFIED"]

    assert len(short) == len(full) - 2 == len("01/05/26 10:00:00")
    assert f"<WHENMODIFIED>{short}</WHENMODIFIED>".encode() in raw(wire)


@pytest.mark.parametrize("name", ["VENDOR", "EXCHANGERATE", "APBILL", "TASK", "grant_program"])
@pytest.mark.parametrize("kind", DAMAGES)
def test_every_kind_of_damage_works_on_every_list(name: str, kind: str, company: Company) -> None:
    """A list without a field for the damage stays unchanged."""
    company.journal.append(history.edits(1_800_000_000, name, [["add", 0], [f"damage {kind}", 0]], ""))
    table = books_of(company).table(name)

    assert {*(row["expected"] for row in damage.report(table, range(table.count)))} <= {STORED, SET_ASIDE, EITHER}
    company.journal.append(history.edits(1_800_000_001, name, [["repair", 0]], ""))
    assert books_of(company).table(name).damaged == {}


def test_an_unknown_kind_is_refused(wire: Wire) -> None:
    with pytest.raises(requests.HTTPError, match="404"):
        wire.control("damage", object="VENDOR", kind="hail")
