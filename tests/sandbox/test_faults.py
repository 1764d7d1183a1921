"""The weather: every fault, and when it strikes."""

import gzip
import threading
import zlib
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from lxml import etree

from sandbox.faults import FAULTS
from tests.sandbox.wire import E, Wire, condition, query
from tests.support.processes import wait_until

LAYERS = {
    "wrong-sender": (200, "response", "XL03000006"),
    "unauthorised-sender": (200, "operation", "XL03000006"),
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
SERVING = {
    "expired-session",
    "truncated",
    "slow",
    "stalled",
    "dribble",
    "more-errors",
    "undefined-order",
    "late-rows",
    "moving-rows",
}


def test_every_fault_is_tested_here() -> None:
    assert FAULTS.keys() == LAYERS.keys() | PAGES.keys() | SERVING


@pytest.mark.parametrize("name", LAYERS)
def test_a_refusal_comes_at_its_layer_for_so_many_calls(wire: Wire, name: str) -> None:
    wire.control("fault", name=name, calls=1)
    status, layer, errorno = LAYERS[name]
    answer = wire.call(query("VENDOR"))
    assert (answer.status, answer.layer(), answer.errors()[0][0] or None) == (status, layer, errorno)
    assert wire.call(query("VENDOR")).errors() == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_comes_instead_of_a_reply(wire: Wire, name: str) -> None:
    wire.control("fault", name=name, calls=1)
    status, words = PAGES[name]
    answer = wire.call(query("VENDOR"))
    assert answer.status == status
    assert words in answer.response.content
    assert wire.call(query("VENDOR")).errors() == []


def test_a_fault_may_wait_and_mind_its_function_and_object(wire: Wire) -> None:
    wire.control("fault", name="rate-limit", after=2, calls=1, function="query")
    tried = [wire.call(E.getFinancialSetup()).status, *(wire.call(query("CLASS")).status for _ in range(4))]
    assert tried == [200, 200, 200, 429, 200]
    wire.control("fault", name="denied", object="TASK")
    answer = wire.call(query("TASK"), query("CLASS"))
    assert [each.findtext("status") for each in answer.results] == ["failure", "success"]
    wire.control("fault", "DELETE")
    assert wire.call(query("TASK")).errors() == []


def test_a_share_of_the_calls_is_struck(wire: Wire) -> None:
    wire.control("fault", name="unavailable", share=0.5)
    counted = Counter(wire.call(E.getFinancialSetup()).status for _ in range(60))
    assert counted[200] + counted[503] == 60
    assert min(counted[200], counted[503]) >= 10


def test_sessions_end_in_the_middle_of_reading(wire: Wire) -> None:
    wire.open().control("fault", name="expired-session", after=1, calls=1, function="query")
    assert wire.call(query("CLASS")).errors() == []
    assert wire.call(query("CLASS")).errors()[0][1].startswith("Invalid session")
    wire.session = None
    assert wire.open().call(query("CLASS")).errors() == []


def test_a_reply_is_cut_off(wire: Wire) -> None:
    wire.control("fault", name="truncated")
    raw = wire.http.post(wire.practice.gateway, wire.request(query("VENDOR", page=50)), timeout=5, stream=True).raw
    with pytest.raises((EOFError, zlib.error)):
        gzip.decompress(raw.read(decode_content=False))
    plain = wire.send(wire.request(query("VENDOR", page=50)), **{"Accept-Encoding": "identity"})
    with pytest.raises(etree.XMLSyntaxError):
        _ = plain.tree


@pytest.mark.parametrize(("name", "begins"), [("slow", False), ("dribble", True)])
def test_a_slow_reply_begins_late_or_stops_half_way(wire: Wire, name: str, begins: bool) -> None:
    wire.control("fault", name=name, calls=1)
    ask = wire.request(query("CLASS"))
    if begins:
        begun = wire.http.post(wire.practice.gateway, ask, timeout=1, stream=True)
        with pytest.raises(requests.ConnectionError):
            _ = begun.content
    else:
        with pytest.raises(requests.ReadTimeout):
            wire.http.post(wire.practice.gateway, ask, timeout=1)
        wait_until(lambda: not wire.control("requests", "GET")["working"], "the abandoned request ends")


def test_a_stalled_reply_comes_when_that_weather_ends(wire: Wire) -> None:
    wire.control("fault", name="stalled")
    answers: list[Any] = []
    stalled = threading.Thread(target=lambda: answers.append(Wire(wire.practice).call(query("CLASS")).errors()))
    stalled.start()
    wait_until(lambda: wire.control("requests", "GET")["working"], "the request is at work")
    assert answers == []
    wire.control("fault", "DELETE", name="stalled")
    stalled.join()
    assert answers == [[]]


def test_errors_can_carry_more(wire: Wire) -> None:
    wire.control("permissions", revoke=["vendors"])
    assert wire.call(query("VENDOR")).tree.find(".//additionalinfo") is None
    assert wire.call(query("VENDOR"), showadditionalerrorinfo="true").tree.find(".//additionalinfo") is not None
    wire.control("fault", name="more-errors")
    assert wire.call(query("VENDOR")).tree.find(".//additionalinfo") is not None


def test_the_order_moves_from_page_to_page(wire: Wire) -> None:
    steady = [wire.call(query("VENDOR", page=20)).records() for _ in range(2)]
    wire.control("fault", name="undefined-order")
    moving = [wire.call(query("VENDOR", page=20)).records() for _ in range(2)]
    assert steady[0] == steady[1]
    assert moving[0] != moving[1]


def test_rows_move_under_the_reader_and_late_ones_stay_unseen(wire: Wire) -> None:
    wire.control("fault", name="moving-rows", calls=1)
    before = int(wire.call(query("VENDOR", showprivate="true")).data()["totalcount"])
    assert wire.control("oracle/VENDOR", "GET")["count"] != before
    (event,) = wire.control(method="GET")["journal"]
    changed = condition("greaterthanorequalto", "WHENMODIFIED", _text(event["at"]))
    assert wire.call(query("VENDOR", where=changed)).data()["totalcount"] != "0"
    wire.control("fault", name="late-rows")
    assert wire.call(query("VENDOR", where=changed)).data()["totalcount"] == "0"


def _text(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%m/%d/%Y %H:%M:%S")


def test_more_requests_at_once_than_allowed_are_turned_away(wire: Wire) -> None:
    wire.control(behaviour={"concurrent_requests": 1})
    wire.control("fault", name="slow", calls=1)
    statuses: list[int] = []
    busy = threading.Thread(target=lambda: statuses.append(Wire(wire.practice).call(query("CLASS")).status))
    busy.start()
    wait_until(lambda: wire.control("requests", "GET")["working"], "the other request is at work")
    assert wire.call(query("CLASS")).errors()[0] == ("GW-0010", "API rate limit exceeded")
    busy.join()
    assert statuses == [200]
    assert wire.call(query("CLASS")).status == 200
