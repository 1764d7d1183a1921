"""Faults that delay what a client reads, cut it off or end its session."""

import gzip
import threading
import zlib
from typing import Any

import pytest
import requests
from lxml import etree

from tests.practice.gateway_client import GatewayClient, query
from tests.support.processes import wait_until


def test_sessions_can_end_while_reading(gateway: GatewayClient) -> None:
    gateway.open().control("fault", name="expired-session", after=1, calls=1, function="query")
    assert gateway.call(query("CLASS")).errors() == []
    assert gateway.call(query("CLASS")).errors()[0][1].startswith("Invalid session")
    gateway.session = None
    assert gateway.open().call(query("CLASS")).errors() == []


def test_truncated_reply_is_cut_off(gateway: GatewayClient) -> None:
    gateway.control("fault", name="truncated")
    raw = gateway.http.post(
        gateway.practice.gateway, gateway.request(query("VENDOR", page=50)), timeout=5, stream=True
    ).raw
    with pytest.raises((EOFError, zlib.error)):
        gzip.decompress(raw.read(decode_content=False))
    plain = gateway.send(gateway.request(query("VENDOR", page=50)), **{"Accept-Encoding": "identity"})
    with pytest.raises(etree.XMLSyntaxError):
        _ = plain.tree


@pytest.mark.parametrize(("name", "begins"), [("slow", False), ("pause", True)])
def test_slow_reply_starts_late_or_pauses_half_way(gateway: GatewayClient, name: str, begins: bool) -> None:
    gateway.control("fault", name=name, calls=1)
    ask = gateway.request(query("CLASS"))
    if begins:
        begun = gateway.http.post(gateway.practice.gateway, ask, timeout=1, stream=True)
        with pytest.raises(requests.ConnectionError):
            _ = begun.content
    else:
        with pytest.raises(requests.ReadTimeout):
            gateway.http.post(gateway.practice.gateway, ask, timeout=1)
        wait_until(lambda: not gateway.control("requests", "GET")["working"], "the abandoned request ends")


def test_stalled_reply_comes_when_the_fault_is_removed(gateway: GatewayClient) -> None:
    gateway.control("fault", name="stalled")
    answers: list[Any] = []
    stalled = threading.Thread(
        target=lambda: answers.append(GatewayClient(gateway.practice).call(query("CLASS")).errors())
    )
    stalled.start()
    wait_until(lambda: gateway.control("requests", "GET")["working"], "the request is at work")
    assert answers == []
    gateway.control("fault", "DELETE", name="stalled")
    stalled.join()
    assert answers == [[]]


@pytest.mark.parametrize("name", ["stalled", "slow"])
def test_slow_reply_takes_the_given_seconds(gateway: GatewayClient, name: str) -> None:
    gateway.control("fault", name=name, seconds=0.3)
    assert gateway.call(query("CLASS")).response.elapsed.total_seconds() >= 0.3


def test_stalled_company_does_not_delay_others(gateway: GatewayClient) -> None:
    gateway.control("fault", name="stalled", seconds=60)
    stalled = threading.Thread(target=lambda: GatewayClient(gateway.practice).call(query("CLASS")))
    stalled.start()
    wait_until(lambda: gateway.control("requests", "GET")["held_up"], "the request is held up")
    assert GatewayClient(gateway.practice, "JUNIPER-CO").call(query("CLASS")).errors() == []
    gateway.control("fault", "DELETE")
    stalled.join()


def test_requests_above_the_concurrency_limit_are_refused(gateway: GatewayClient) -> None:
    gateway.control(behavior={"concurrent_requests": 1})
    gateway.control("fault", name="stalled")
    statuses: list[int] = []
    busy = threading.Thread(target=lambda: statuses.append(GatewayClient(gateway.practice).call(query("CLASS")).status))
    busy.start()
    wait_until(lambda: gateway.control("requests", "GET")["held_up"], "the other request is at work")

    assert gateway.call(query("CLASS")).errors()[0] == ("GW-0010", "API rate limit exceeded")

    gateway.control("fault", "DELETE")
    busy.join()
    assert statuses == [200]
    assert gateway.call(query("CLASS")).status == 200
