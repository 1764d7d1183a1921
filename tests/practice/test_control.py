"""The control API, weeks of changes, state after a restart, and the oracle."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from practice.records.generators import GENERATORS
from tests.practice.gateway_client import E, GatewayClient, condition, query
from tests.practice.separate_server import SeparateServer
from tests.support.processes import ROOT, free_port, wait_until
from tests.support.stack import Practice


def test_new_server_has_companies_before_during_and_after_the_guide(practice: Practice) -> None:
    before, during, after = (
        GatewayClient(practice, company) for company in ("MAPLE-RIDGE", "HARBOUR-MILLS", "JUNIPER-CO")
    )
    assert before.call(E.getAPISession()).errors() == [("XL03000006", "Sign-in information is incorrect")]
    answer = during.call(query("VENDOR"), query("TASK"), query("SAVINGSACCOUNT"), query("CUSTOMER"))
    assert [result.findtext("status") for result in answer.results] == ["failure"] * 3 + ["success"]
    assert after.call(query("VENDOR")).errors() == []


def test_company_is_created_as_specified_and_deleted(practice: Practice) -> None:
    practice.control("companies", id="ACME", name="Acme", scale=5, dimensions={"boat": "Boat"}, multi_currency=False)
    acme = GatewayClient(practice, "ACME")
    acme.control("set-up")
    counts = acme.control("oracle", "GET")
    assert {counts[name] for name in ("VENDOR", "TASK", "APTERM", "boat")} == {5}
    assert acme.call(query("boat", "id name")).data()["count"] == "5"
    acme.control(method="DELETE")
    assert acme.call(query("boat", "id")).errors()[0][0] == "GW-0011"


def test_invalid_control_requests_return_a_readable_error(practice: Practice) -> None:
    address = f"{practice.address}/control/companies"
    assert requests.get(f"{address}/UNKNOWN", timeout=5).json() == {"error": "There is no UNKNOWN."}
    wrong = requests.post(f"{address}/JUNIPER-CO/fault", json={"name": "hail"}, timeout=5)
    assert (wrong.status_code, wrong.json()) == (404, {"error": "There is no hail."})
    assert requests.put(address, timeout=5).status_code == 405


def test_act_on_all_companies_changes_each_of_them(practice: Practice) -> None:
    practice.control("companies/all/fault", name="unavailable", calls=1)
    answers = [
        GatewayClient(practice, company).call(query("CLASS"))
        for company in ("HARBOUR-MILLS", "JUNIPER-CO", "JUNIPER-CO")
    ]
    assert [answer.status for answer in answers] == [503, 503, 200]


def test_requests_are_logged_and_counted(gateway: GatewayClient) -> None:
    gateway.control("requests")
    gateway.call(query("VENDOR"), E.getDimensions())
    gateway.call(query("VENDOR", "NOSUCHFIELD"))
    log = gateway.control("requests", "GET")
    assert (log["count"], log["peak"], log["working"]) == (2, 1, 0)
    assert [request["functions"] for request in log["requests"]] == [["query", "getDimensions"], ["query"]]
    assert [request["outcomes"] for request in log["requests"]] == [["success", "success"], ["XL03000006"]]


def test_partial_read_finds_every_change_of_a_week(gateway: GatewayClient) -> None:
    fields = "RECORDNO,NAME,STATUS,WHENCREATED,WHENMODIFIED"
    before = _by_key(gateway.control("oracle/VENDOR", "GET", fields=fields)["records"])
    counts = gateway.control("oracle", "GET")
    since = _moment(gateway.control("week")["at"])
    after = _by_key(gateway.control("oracle/VENDOR", "GET", fields=fields)["records"])
    later = gateway.control("oracle", "GET")
    assert all(later[name] != counts[name] for name in ("VENDOR", "TASK", "APBILL"))
    changed = {key for key, record in after.items() if before.get(key) != record}
    assert {after[key]["STATUS"] for key in changed} > {"inactive"}
    assert before.keys() - after.keys()
    since_then = E(
        "or",
        condition("greaterthanorequalto", "WHENMODIFIED", since),
        E("and", condition("isnull", "WHENMODIFIED"), condition("greaterthanorequalto", "WHENCREATED", since)),
    )
    ask = query("VENDOR", "RECORDNO", since_then, page=2000, showprivate="true")
    assert {row["RECORDNO"] for row in gateway.call(ask).records()} == changed
    assert any(not after[key]["WHENMODIFIED"] for key in changed)


def test_deletions_are_in_the_audit_trail(gateway: GatewayClient) -> None:
    gateway.control("permissions", grant=["audit-trail"])
    codes = {record["VENDORID"] for record in gateway.control("oracle/VENDOR", "GET", fields="VENDORID")["records"]}
    gateway.control("week")
    left = {record["VENDORID"] for record in gateway.control("oracle/VENDOR", "GET", fields="VENDORID")["records"]}
    gone = E("and", condition("equalto", "OBJECTTYPE", "vendor"), condition("equalto", "ACCESSMODE", "D"))
    trail = {row["OBJECTKEY"] for row in gateway.call(query("AUDITHISTORY", "OBJECTKEY", gone)).records()}
    assert trail == codes - left


def test_many_changes_of_a_week_share_one_stamp(gateway: GatewayClient) -> None:
    for _ in range(2):
        gateway.control("week")
    stamps = [
        record["WHENMODIFIED"] for record in gateway.control("oracle/CUSTOMER", "GET", fields="WHENMODIFIED")["records"]
    ]
    assert stamps.count("") > 100
    assert max(stamps.count(stamp) for stamp in {*stamps} - {""}) > 200


def _by_key(records: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    return {record["RECORDNO"]: record for record in records}


def _moment(seconds: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).strftime("%m/%d/%Y %H:%M:%S")


@pytest.mark.slow
def test_state_survives_a_kill_and_sigterm_stops_the_server(tmp_path: Path) -> None:
    with SeparateServer(
        tmp_path, "--scale", "30", "--seed", "9", PRACTICE_STATE=str(tmp_path / "state.json")
    ) as server:
        server.ready()
        server.ask("companies/JUNIPER-CO/week", now=1)
        server.ask("companies/JUNIPER-CO", formatting={"gmtoffset": 3})
        fields = "companies/JUNIPER-CO/oracle/VENDOR?fields=VENDORID,NAME,WHENMODIFIED"
        before = server.ask(fields), server.ask("companies/JUNIPER-CO")
        server.kill9()
        server.ready()
        assert (server.ask(fields), server.ask("companies/JUNIPER-CO")) == before
        os.kill(server.pid, signal.SIGTERM)
        wait_until(lambda: not server.alive, "the server stops", patience=1)


@pytest.mark.slow
def test_fault_option_turns_a_fault_on_at_start(tmp_path: Path) -> None:
    with SeparateServer(tmp_path, "--fault", "unavailable", PRACTICE_STATE="") as server:
        server.ready()
        assert {fault["name"] for fault in server.ask("companies/MAPLE-RIDGE")["faults"]} == {"unavailable"}


@pytest.mark.slow
def test_server_refuses_to_start_outside_practice_mode() -> None:
    command = [sys.executable, "-m", "practice", "--port", str(free_port())]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PRACTICE": "0"}, capture_output=True, text=True, timeout=20
    )
    assert done.returncode == 2
    assert "practice mode only" in done.stderr


def test_every_list_has_generators() -> None:
    from intacct.catalogue import LISTS

    assert {record_list.object for record_list in LISTS} == {*GENERATORS, "LOCATIONENTITY"} - {
        "ALLOCATIONENTRY",
        "EXCHANGERATEENTRY",
        "APBILLITEM",
        "APPYMTDETAIL",
    }
