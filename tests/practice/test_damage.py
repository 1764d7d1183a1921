"""Damaged records, and what the oracle says a client should store."""

from typing import Any

import pytest
import requests
from lxml import etree

from practice.company import Company, Dimension, new_company
from practice.records import damage, history
from practice.records.damage import CHARACTERS, DAMAGES, EITHER, ODD_TAG, SET_ASIDE, STORED
from practice.records.dataset import dataset_of
from tests.practice.gateway_client import GatewayClient, condition, query

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


def raw(gateway: GatewayClient, *fields: str, **options: Any) -> bytes:
    ask = query("VENDOR", " ".join(fields) or FIELDS, order="RECORDNO", page=5, showprivate="true", **options)
    return gateway.call(ask).response.content


def oracle(gateway: GatewayClient, name: str = "VENDOR", fields: str = FIELDS) -> Any:
    return gateway.control(f"oracle/{name}", "GET", fields=",".join(fields.split()))


def test_every_forbidden_character_is_tested_here() -> None:
    assert TEXTS.keys() == CHARACTERS.keys()


@pytest.mark.parametrize("kind", TEXTS)
def test_damaged_text_is_sent_as_bytes_that_xml_forbids(gateway: GatewayClient, kind: str) -> None:
    name = oracle(gateway)["records"][2]["NAME"]
    gateway.control("damage", object="VENDOR", kind=kind, number=2)

    body = raw(gateway)

    assert body.count(TEXTS[kind]) == 1
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(body)
    assert oracle(gateway)["records"][2]["NAME"] == f"\ufffd{name}"
    assert oracle(gateway)["damaged"] == [{"key": "3", "field": "NAME", "kind": kind, "expected": STORED}]


def test_partial_read_finds_damage_and_its_repair(gateway: GatewayClient) -> None:
    before = oracle(gateway, fields="NAME")["records"][2]
    gateway.control("damage", object="VENDOR", kind="wrong byte", number=2)
    stamp = oracle(gateway)["records"][2]["WHENMODIFIED"]
    changed = query("VENDOR", "VENDORID", condition("equalto", "WHENMODIFIED", stamp))

    assert b"<VENDORID>V00003</VENDORID>" in gateway.call(changed).response.content
    gateway.control("edits", object="VENDOR", actions=[["repair", 2]])
    assert "damaged" not in oracle(gateway)
    assert oracle(gateway, fields="NAME")["records"][2] == before


def test_another_field_can_be_damaged(gateway: GatewayClient) -> None:
    gateway.control("damage", object="VENDOR", kind="wrong byte", number=1, field="VENDORID")
    assert b"<VENDORID>\xe9V00002" in raw(gateway)


@pytest.mark.parametrize("status", ["inactif", "I", "closed", "active non-posting"])
def test_a_record_has_an_odd_status(gateway: GatewayClient, status: str) -> None:
    gateway.control("damage", object="VENDOR", kind=f"status {status}", number=1)
    assert oracle(gateway)["records"][1]["STATUS"] == status
    assert f"<STATUS>{status}</STATUS>".encode() in raw(gateway)


@pytest.mark.parametrize(("kind", "field"), [("long code", "VENDORID"), ("long name", "NAME")])
def test_long_value_does_not_compress(gateway: GatewayClient, kind: str, field: str) -> None:
    gateway.control("damage", object="VENDOR", kind=kind, number=1)
    value = oracle(gateway)["records"][1][field]

    assert f"<{field}>{value}</{field}>".encode() in raw(gateway)
    assert len({*value}) == 62
    assert len(value) == 8_000


def test_record_with_key_above_64_bits_is_read_last(gateway: GatewayClient) -> None:
    gateway.control("damage", object="VENDOR", kind="large key", number=1)
    large = condition("greaterthan", "RECORDNO", "9000000000000000000")

    assert [row["RECORDNO"] for row in gateway.call(query("VENDOR", where=large)).records()] == [str(2**63 + 1)]
    last = query("VENDOR", order="RECORDNO desc", page=1)
    assert gateway.call(last).records() == [{"RECORDNO": str(2**63 + 1)}]
    assert gateway.call(query("VENDOR", where=condition("equalto", "RECORDNO", "2"))).records() == []


def test_large_key_of_a_text_field_is_text(gateway: GatewayClient) -> None:
    gateway.control("damage", object="EXCHANGERATE", kind="large key", number=1)
    keys = [row["RECORDNO"] for row in gateway.call(query("EXCHANGERATE", order="RECORDNO", page=2000)).records()]
    assert str(2**63 + 1) in keys


def test_a_record_comes_without_its_key(gateway: GatewayClient) -> None:
    gateway.control("damage", object="VENDOR", kind="no key", number=1)
    records = etree.fromstring(raw(gateway)).findall(".//data/VENDOR")

    assert [record.find("RECORDNO") is None for record in records] == [False, True, False, False, False]
    assert oracle(gateway)["damaged"][0]["expected"] == SET_ASIDE


def test_a_record_has_a_tag_with_a_slash(gateway: GatewayClient) -> None:
    gateway.control("damage", object="VENDOR", kind="odd tag", number=1)
    assert raw(gateway).count(ODD_TAG) == 1


def test_damaged_date_has_a_two_digit_year(gateway: GatewayClient) -> None:
    full = oracle(gateway)["records"][1]["WHENMODIFIED"]
    gateway.control("damage", object="VENDOR", kind="two-digit year", number=1)
    short = oracle(gateway)["records"][1]["WHENMODIFIED"]

    assert len(short) == len(full) - 2 == len("01/05/26 10:00:00")
    assert f"<WHENMODIFIED>{short}</WHENMODIFIED>".encode() in raw(gateway)


@pytest.mark.parametrize("name", ["VENDOR", "EXCHANGERATE", "APBILL", "TASK", "grant_program"])
@pytest.mark.parametrize("kind", DAMAGES)
def test_every_kind_of_damage_works_on_every_list(name: str, kind: str, company: Company) -> None:
    """A list without a field for the damage stays unchanged."""
    company.journal.append(history.edits(1_800_000_000, name, [["add", 0], [f"damage {kind}", 0]], ""))
    table = dataset_of(company).table(name)

    assert {*(row["expected"] for row in damage.report(table, range(table.count)))} <= {STORED, SET_ASIDE, EITHER}
    company.journal.append(history.edits(1_800_000_001, name, [["repair", 0]], ""))
    assert dataset_of(company).table(name).damaged == {}


def test_an_unknown_kind_is_refused(gateway: GatewayClient) -> None:
    with pytest.raises(requests.HTTPError, match="404"):
        gateway.control("damage", object="VENDOR", kind="hail")
