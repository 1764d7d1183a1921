"""Every fault, and which requests it affects."""

from collections import Counter
from datetime import UTC, datetime

import pytest
import requests
from lxml import etree

from practice.faults import FAULTS
from practice.records.damage import CHARACTERS, ODD_TAG
from tests.practice.gateway_client import E, GatewayClient, condition, query

LAYERS = {
    "wrong-sender": (200, "response", "XL03000006"),
    "unauthorized-sender": (200, "operation", "XL03000006"),
    "sender-inactive": (400, "response", "GW-0011"),
    "wrong-company": (400, "response", "invalidRequest"),
    "wrong-user": (200, "operation", "XL03000006"),
    "wrong-user-401": (401, "response", "XMLGW_JPP0002"),
    "company-expired": (200, "response", "PL04000055"),
    "rate-limit": (429, "response", "GW-0010"),
    "gateway-failure": (500, "response", "GW-0001"),
    "off-line": (200, "result", None),
    "denied": (200, "result", "PL04000005"),
    "audit-denied": (200, "result", None),
    "unknown-object": (200, "result", "Query Failed"),
    "unknown-field": (200, "result", "DL02000001"),
    "not-subscribed": (200, "result", "PL04000005"),
}
PAGES = {
    "rate-limit-text": (200, b"API rate limit exceeded"),
    "bad-gateway": (502, b"502 Bad Gateway"),
    "unavailable": (503, b"503 Service Unavailable"),
    "html": (200, b"<html>"),
    "cloudflare": (403, b"cf-error-details"),
    "timeout": (524, b"cf-error-details"),
    "empty": (200, b""),
}
WORDED = {
    "too-many-operations": ("response", "", "Too many operations running for this company (200024)"),
    "in-process": ("response", "", "A request's function with the control ID 'f-0' is in process"),
    "not-authorized": ("result", "", "Not authorized to execute this function"),
    "company-inactive": ("response", "", "Company HARBOUR-MILLS is inactive"),
    "two-step": ("operation", "", "2-step verification is required to sign in to this company."),
    "single-sign-on": ("operation", "", "This user must sign in through single sign-on."),
    "no-top-level": ("operation", "", "User does not have access to the top level"),
    "address-refused": ("result", "", "Access denied: your IP address is not in the allowed range"),
    "web-services-not-subscribed": ("result", "", "Web Services is not a subscribed module"),
    "unknown-error": ("response", "XL03999999", "The request cannot be carried out in the present phase"),
}
DOCUMENTED = {
    "latin-1": "iso-8859-1",
    "wrong-declaration": "utf-8",
    "utf-16-declaration": "utf-16",
    "unknown-declaration": "x-intacct",
    "header-charset": "",
    "no-declaration": "",
    "byte-order-mark": "utf-8",
    "no-authentication": "utf-8",
}
IN_RESULTS = {
    "malformed-result": b"<broken></data>",
    "odd-tag": ODD_TAG + b"</data>",
    "element-flood": b"<x></x><x></x>",
    "deep-nesting": b"<x>" * 1000,
    "long-text": b"a" * 10_000_001,
    "no-keys": b"<CLASS></CLASS>",
    "repeated-key": b"<CLASS><RECORDNO>1</RECORDNO>",
    "no-records": b' count="0"',
    **{f"text-{name.replace(' ', '-')}": character for name, character in CHARACTERS.items()},
}
SERVING = {
    "warning",
    "no-control-id",
    "status-500",
    "expired-session",
    "truncated",
    "slow",
    "stalled",
    "stalled-reply",
    "lost-reply",
    "pause",
    "more-errors",
    "undefined-order",
    "late-rows",
    "changing-rows",
}


def test_every_fault_is_tested_here() -> None:
    known = (LAYERS, PAGES, WORDED, DOCUMENTED, IN_RESULTS, SERVING)
    assert FAULTS.keys() == {name for names in known for name in names}


@pytest.mark.parametrize("name", LAYERS)
def test_refusal_comes_at_its_layer_for_the_given_number_of_calls(gateway: GatewayClient, name: str) -> None:
    gateway.control("fault", name=name, calls=1)
    status, layer, errorno = LAYERS[name]
    answer = gateway.call(query("VENDOR"))
    assert (answer.status, answer.layer(), answer.errors()[0][0] or None) == (status, layer, errorno)
    assert gateway.call(query("VENDOR")).errors() == []


@pytest.mark.parametrize("name", PAGES)
def test_page_fault_replaces_the_reply(gateway: GatewayClient, name: str) -> None:
    gateway.control("fault", name=name, calls=1)
    status, words = PAGES[name]
    answer = gateway.call(query("VENDOR"))
    assert answer.status == status
    assert words in answer.response.content
    assert gateway.call(query("VENDOR")).errors() == []


@pytest.mark.parametrize("name", WORDED)
def test_refusal_in_words_comes_at_its_default_layer(gateway: GatewayClient, name: str) -> None:
    gateway.control("fault", name=name, calls=1)
    layer, errorno, words = WORDED[name]

    answer = gateway.call(query("VENDOR"))

    assert (answer.layer(), answer.errors()) == (layer, [(errorno, words)])


@pytest.mark.parametrize(
    ("layer", "element"), [("control", "response"), ("sign-in", "operation"), ("result", "result")]
)
def test_refusal_in_words_can_be_moved_to_any_layer(gateway: GatewayClient, layer: str, element: str) -> None:
    gateway.control("fault", name="unknown-error", layer=layer, errorno="XX1", words="Nothing of the sort")
    answer = gateway.call(query("VENDOR"))
    assert (answer.layer(), answer.errors()) == (element, [("XX1", "Nothing of the sort")])


def test_unknown_layer_is_refused(gateway: GatewayClient) -> None:
    with pytest.raises(requests.HTTPError, match="400"):
        gateway.control("fault", name="unknown-error", layer="cellar")


def test_fault_can_hit_one_function_of_a_request(gateway: GatewayClient) -> None:
    gateway.control("fault", name="not-authorized", function="query", object="CLASS")
    answer = gateway.call(query("VENDOR"), query("CLASS"), E.lookup(E.object("CLASS")))
    assert [result.findtext("status") for result in answer.results] == ["success", "failure", "success"]


@pytest.mark.parametrize("name", IN_RESULTS)
def test_result_fault_damages_only_one_result(gateway: GatewayClient, name: str) -> None:
    gateway.control("fault", name=name, function="query", object="CLASS")
    vendors = gateway.request(query("VENDOR", page=1))

    body = gateway.call(query("VENDOR", page=1), query("CLASS", page=1)).response.content
    first, second = body.split(b"</result>")[:2]

    assert IN_RESULTS[name] in second
    assert IN_RESULTS[name] not in first
    assert IN_RESULTS[name] not in gateway.send(vendors).response.content


def test_element_flood_has_the_requested_size(gateway: GatewayClient) -> None:
    gateway.control("fault", name="element-flood", calls=1)
    assert 40 * 1024 * 1024 < len(gateway.call(query("CLASS")).response.content) < 42 * 1024 * 1024
    gateway.control("fault", name="element-flood", megabytes=1)
    assert 1024 * 1024 - 10 < len(gateway.call(query("CLASS")).response.content) < 2 * 1024 * 1024


def test_text_fault_can_damage_a_label_of_lookup(gateway: GatewayClient) -> None:
    gateway.control("fault", name="text-control-character", function="lookup", element="LABEL")
    assert b"<LABEL>&#11;" in gateway.call(E.lookup(E.object("VENDOR"))).response.content


@pytest.mark.parametrize("name", DOCUMENTED)
def test_document_declares_a_wrong_encoding(gateway: GatewayClient, name: str) -> None:
    """The names of vendors have letters whose bytes differ in each encoding."""
    ask = query("VENDOR", "NAME", condition("like", "NAME", "%–%"), page=5)
    sound = gateway.call(ask).response.content
    gateway.control("fault", name=name)

    response = gateway.call(_copy(ask)).response

    begun = response.content[:80].decode("latin-1").lower()
    assert (f'encoding="{DOCUMENTED[name]}"' in begun) is bool(DOCUMENTED[name])
    assert response.content != sound


def _copy(node: etree._Element) -> etree._Element:
    return etree.fromstring(etree.tostring(node))


@pytest.mark.parametrize("name", ["latin-1", "header-charset"])
def test_windows_1252_reply_loses_no_character(gateway: GatewayClient, name: str) -> None:
    names = [row["NAME"] for row in gateway.call(query("VENDOR", "NAME", page=200)).records()]
    assert any("–" in element or "’" in element for element in names)
    gateway.control("fault", name=name)

    text = gateway.call(query("VENDOR", "NAME", page=200)).response.content.decode("cp1252")
    root = etree.fromstring(text.split("?>")[-1])

    assert [name_element.text for name_element in root.iter("NAME")] == names


def test_charset_can_be_only_in_the_header(gateway: GatewayClient) -> None:
    gateway.control("fault", name="header-charset")
    assert gateway.call(query("CLASS")).response.headers["Content-Type"] == "text/xml; charset=windows-1252"


def test_warning_accompanies_a_successful_result(gateway: GatewayClient) -> None:
    gateway.control("fault", name="warning")
    (result,) = gateway.call(query("CLASS", page=1)).results
    assert (result.findtext("status"), len(result.findall("data/CLASS"))) == ("success", 1)
    assert result.findtext("errormessage/error/errorno") == "PL03000008"


def test_a_result_comes_without_its_control_id(gateway: GatewayClient) -> None:
    gateway.control("fault", name="no-control-id", object="CLASS")
    results = gateway.call(query("CLASS", page=1), query("VENDOR", page=1)).results
    assert [result.findtext("controlid") for result in results] == [None, "f-1"]


def test_complete_reply_can_have_http_500(gateway: GatewayClient) -> None:
    gateway.control("fault", name="status-500")
    gateway.password = "no"
    answer = gateway.call(query("CLASS"))
    assert (answer.status, answer.errors()) == (500, [("XL03000006", "Sign-in information is incorrect")])


def test_authentication_element_can_be_missing(gateway: GatewayClient) -> None:
    gateway.control("fault", name="no-authentication")
    (operation,) = gateway.call(query("CLASS")).tree.findall("operation")
    assert len(operation) == 0


def test_fault_can_start_later_and_be_limited_to_function_and_object(gateway: GatewayClient) -> None:
    gateway.control("fault", name="rate-limit", after=2, calls=1, function="query")
    tried = [gateway.call(E.getFinancialSetup()).status, *(gateway.call(query("CLASS")).status for _ in range(4))]
    assert tried == [200, 200, 200, 429, 200]
    gateway.control("fault", name="denied", object="TASK")
    answer = gateway.call(query("TASK"), query("CLASS"))
    assert [result.findtext("status") for result in answer.results] == ["failure", "success"]
    gateway.control("fault", "DELETE")
    assert gateway.call(query("TASK")).errors() == []


def test_fault_hits_the_given_share_of_calls(gateway: GatewayClient) -> None:
    gateway.control("fault", name="unavailable", share=0.5)
    counted = Counter(gateway.call(E.getFinancialSetup()).status for _ in range(60))
    assert counted[200] + counted[503] == 60
    assert min(counted[200], counted[503]) >= 10


def test_errors_can_have_additional_information(gateway: GatewayClient) -> None:
    gateway.control("permissions", revoke=["vendors"])
    assert gateway.call(query("VENDOR")).tree.find(".//additionalinfo") is None
    assert gateway.call(query("VENDOR"), showadditionalerrorinfo="true").tree.find(".//additionalinfo") is not None
    gateway.control("fault", name="more-errors")
    assert gateway.call(query("VENDOR")).tree.find(".//additionalinfo") is not None


def test_additional_error_information_has_the_documented_shape(gateway: GatewayClient) -> None:
    gateway.control("permissions", revoke=["vendors"])
    more = gateway.call(query("VENDOR"), showadditionalerrorinfo="true").tree.find(".//additionalinfo")
    assert more is not None
    assert [error.tag for error in more] == ["errorid", "category", "target", "description"]
    assert {*more[2].keys()} == {"domain", "requestinfo", "object", "field"}


def test_undefined_order_changes_between_pages(gateway: GatewayClient) -> None:
    steady = [gateway.call(query("VENDOR", page=20)).records() for _ in range(2)]
    gateway.control("fault", name="undefined-order")
    moving = [gateway.call(query("VENDOR", page=20)).records() for _ in range(2)]
    assert steady[0] == steady[1]
    assert moving[0] != moving[1]


def test_moving_rows_change_between_pages_and_late_rows_are_hidden(gateway: GatewayClient) -> None:
    gateway.control("fault", name="changing-rows", calls=1)
    before = int(gateway.call(query("VENDOR", showprivate="true")).data()["totalcount"])
    assert gateway.control("oracle/VENDOR", "GET")["count"] != before
    (event,) = gateway.control(method="GET")["journal"]
    changed = condition("greaterthanorequalto", "WHENMODIFIED", _text(event["at"]))
    assert gateway.call(query("VENDOR", where=changed)).data()["totalcount"] != "0"
    gateway.control("fault", name="late-rows")
    assert gateway.call(query("VENDOR", where=changed)).data()["totalcount"] == "0"


def _text(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%m/%d/%Y %H:%M:%S")
