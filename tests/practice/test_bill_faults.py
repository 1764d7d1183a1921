"""What is left of a bill when the reply is lost or late, or the gateway is killed."""

from pathlib import Path
from threading import Thread

import pytest
import requests

from tests.practice.bills import bill, create, find
from tests.practice.gateway_client import GatewayClient
from tests.practice.separate_server import SeparateServer
from tests.support.processes import wait_until

REFUSED = "The control ID 'f-0' has been used before"
LOST = requests.ConnectionError, requests.exceptions.ChunkedEncodingError


def repeat(gateway: GatewayClient) -> list[tuple[str | None, str]]:
    """Send the bill with its control ID, and return the errors."""
    return gateway.call(bill(), uniqueid="true").errors()


@pytest.mark.parametrize("name", ["unavailable", "timeout", "off-line", "in-process"])
def test_fault_before_the_work_leaves_no_bill(gateway: GatewayClient, name: str) -> None:
    gateway.control("fault", name=name, function="create", calls=1)
    gateway.call(bill(), uniqueid="true")
    assert find(gateway) == []
    assert repeat(gateway) == []
    assert len(find(gateway)) == 1


@pytest.mark.parametrize("name", ["truncated", "malformed-result", "status-500"])
def test_fault_in_the_reply_leaves_the_bill(gateway: GatewayClient, name: str) -> None:
    gateway.control("fault", name=name, function="create", calls=1)
    gateway.call(bill(), uniqueid="true")
    assert len(find(gateway)) == 1
    assert repeat(gateway) == [("XL03000006", REFUSED)]
    assert len(find(gateway)) == 1


def test_lost_reply_leaves_the_bill(gateway: GatewayClient) -> None:
    gateway.control("fault", name="lost-reply", function="create", calls=1)
    with pytest.raises(LOST):
        gateway.call(bill(), uniqueid="true")
    assert len(find(gateway)) == 1
    assert repeat(gateway) == [("XL03000006", REFUSED)]


@pytest.mark.parametrize(("name", "bills"), [("stalled", 0), ("stalled-reply", 1)])
def test_bill_is_created_before_or_after_the_wait(gateway: GatewayClient, name: str, bills: int) -> None:
    gateway.control("fault", name=name, function="create")
    request = Thread(target=create, args=(GatewayClient(gateway.practice, gateway.company),))
    request.start()
    wait_until(lambda: gateway.control("requests", "GET")["held_up"], "the request is held up")
    assert len(find(gateway)) == bills
    gateway.control("fault", "DELETE")
    request.join()
    assert len(find(gateway)) == 1


@pytest.mark.parametrize("name", ["slow", "stalled"])
def test_bill_of_a_client_that_gave_up_is_created_nevertheless(gateway: GatewayClient, name: str) -> None:
    gateway.control("fault", name=name, seconds=0.3, function="create")
    with pytest.raises(requests.Timeout):
        gateway.http.post(gateway.practice.gateway, data=gateway.request(bill(), uniqueid="true"), timeout=0.1)
    wait_until(lambda: find(gateway), "the bill is created")
    gateway.control("fault", "DELETE")
    assert repeat(gateway) == [("XL03000006", REFUSED)]


@pytest.mark.slow
def test_killed_gateway_has_the_bill_only_if_it_was_created(tmp_path: Path) -> None:
    with SeparateServer(tmp_path, "--scale", "30", PRACTICE_STATE=str(tmp_path / "state.json")) as server:
        gateway = GatewayClient(server.ready(), "JUNIPER-CO")
        _kill_during_create(server, "stalled")
        assert find(gateway) == []

        _kill_during_create(server, "stalled-reply")
        assert len(find(gateway)) == 1
        assert repeat(gateway) == [("XL03000006", REFUSED)]


def _kill_during_create(server: SeparateServer, fault: str) -> None:
    """Kill the server while the fault holds up a request that creates a bill, and start it without the fault."""
    company = GatewayClient(server, "JUNIPER-CO")
    company.control("fault", name=fault, function="create")
    request = Thread(target=_create_without_reply, args=(GatewayClient(server, "JUNIPER-CO"),))
    request.start()
    wait_until(lambda: company.control("requests", "GET")["held_up"], "the request is held up")
    server.kill9()
    request.join()
    server.ready()
    company.control("fault", "DELETE")


def _create_without_reply(gateway: GatewayClient) -> None:
    with pytest.raises(LOST):
        gateway.call(bill(), uniqueid="true")
