"""Options for behavior of the real gateway that is not publicly known."""

from copy import deepcopy
from typing import Any

import pytest

from tests.practice.bills import create, find
from tests.practice.gateway_client import Answer, E, GatewayClient, condition, query


def test_functions_per_request_are_limited_as_configured(gateway: GatewayClient) -> None:
    gateway.control(behavior={"functions_per_request": 3})
    assert len(gateway.call(*[E.getDimensions() for _ in range(3)]).results) == 3
    refused = gateway.call(*[E.getDimensions() for _ in range(4)])
    ((errorno, words),) = refused.errors()
    assert (refused.layer(), errorno) == ("response", "XL03000003")
    assert words.startswith("XML Parse schema error")


@pytest.mark.parametrize(("code", "named"), [("WS", True), ("WSERV", True), ("", False)])
def test_web_services_is_listed_under_the_configured_code(gateway: GatewayClient, code: str, named: bool) -> None:
    gateway.control(behavior={"web_services_code": code})
    codes = [application.text for application in gateway.call(E.get_applications()).tree.iter("application")]
    assert (code in codes) is named
    assert ("WS" in codes) is (code == "WS")


@pytest.mark.parametrize(("reads", "shown"), [("code", "true"), ("words", "Limited")])
def test_admin_privileges_are_written_as_configured(gateway: GatewayClient, reads: str, shown: str) -> None:
    gateway.control("permissions", grant=["users"])
    gateway.control(behavior={"admin_reads": reads})
    rows = gateway.call(query("USERINFO", "LOGINID ADMIN")).records()
    assert {"LOGINID": "Beanworks", "ADMIN": shown} in rows


def test_states_of_bills_can_be_translated(gateway: GatewayClient) -> None:
    gateway.control(behavior={"state_names": {"Draft": "Brouillon"}})
    create(gateway)
    assert find(gateway, fields="STATE") == [{"STATE": "Brouillon"}]


def test_permissions_can_be_renamed(gateway: GatewayClient) -> None:
    gateway.control("permissions", grant=["users:Permissions"])
    gateway.control(behavior={"policy_names": {"Bills": "Purchase invoices"}})
    ask = E.getUserPermissions(E.userId("Beanworks"))
    names = [policy.findtext("policyName") for policy in gateway.call(ask).tree.iterfind(".//policy")]
    assert "Purchase invoices" in names
    assert "Bills" not in names


def test_type_of_a_url_field_can_be_configured(gateway: GatewayClient) -> None:
    gateway.control(behavior={"url_data_type": "URL", "url_data_name": "Pt_FieldHref"})
    looked_up = gateway.call(E.lookup(E.object("APBILL"))).tree
    [shown] = [field for field in looked_up.iter("Field") if field.findtext("LABEL") == "Beanworks"]
    assert shown.findtext("DATATYPE") == "URL"
    detailed = gateway.call(E.inspect(E.object("APBILL"), detail="1")).tree
    names = {field.findtext("DisplayLabel"): field.findtext("dataName") for field in detailed.iter("Field")}
    assert names["Beanworks"] == "Pt_FieldHref"
    assert list(names.values()).count("Pt_FieldHref") == 1


@pytest.mark.parametrize(("tags", "named"), [("COUNT.FIELD", "MAX.RECORDNO"), ("FIELD", "RECORDNO")])
def test_aggregates_are_tagged_as_configured(gateway: GatewayClient, tags: str, named: str) -> None:
    gateway.control(behavior={"aggregate_tags": tags})
    aggregates = E.query(E.object("VENDOR"), E.select(E.count("RECORDNO"), E.max("RECORDNO")))
    [row] = gateway.call(aggregates).records()
    assert set(row) == {"COUNT.RECORDNO", named}


def test_refused_query_can_omit_the_reason(gateway: GatewayClient) -> None:
    general = ("DL02000001", "There was an error processing the request.")
    wrong = condition("equalto", "WHENMODIFIED", "yesterday")
    assert len(gateway.call(query("VENDOR", where=wrong)).errors()) == 2
    gateway.control(behavior={"further_errors": False})
    assert gateway.call(query("VENDOR", where=deepcopy(wrong))).errors() == [general]


@pytest.mark.parametrize(("spelling", "name"), [("as-asked", "ITEM"), ("lower-case", "item")])
def test_query_can_refuse_fields_that_lookup_lists(gateway: GatewayClient, spelling: str, name: str) -> None:
    gateway.control(behavior={"unqueryable_fields": {"ITEM": "BASEUOM UPC"}, "unqueryable_spelling": spelling})
    answer = gateway.call(query("ITEM", "RECORDNO UPC BASEUOM"), query("ITEM", "RECORDNO"))
    assert answer.errors() == [("XL03000006", f"The following fields cannot be queried : [{name}: [UPC, BASEUOM] ]")]
    assert answer.results[1].findtext("status") == "success"


@pytest.mark.parametrize(("opened_by", "granted"), [("any", True), ("inventory-control", False)])
def test_items_can_require_the_inventory_control_row(gateway: GatewayClient, opened_by: str, granted: bool) -> None:
    gateway.control("permissions", revoke=["items-inventory"])
    gateway.control(behavior={"items_opened_by": opened_by})
    assert (gateway.call(query("ITEM")).errors() == []) is granted


@pytest.mark.parametrize(
    ("behavior", "words"),
    [
        ("disabled", "This feature is disabled for your company or your current user"),
        ("unauthorized", "You're not authorized to perform this action"),
    ],
)
def test_missing_application_can_be_reported_without_errorno(gateway: GatewayClient, behavior: str, words: str) -> None:
    kept = [slug for slug in gateway.control(method="GET")["subscriptions"] if slug != "projects"]
    gateway.control(subscriptions=kept, behavior={"missing_module": behavior})
    assert gateway.call(query("PROJECT")).errors() == [("", words)]


@pytest.mark.parametrize("seconds", [0, 7])
def test_surplus_request_can_get_a_retry_after_header(gateway: GatewayClient, seconds: int) -> None:
    gateway.control(behavior={"retry_after": seconds})
    gateway.control("fault", name="rate-limit", calls=1)
    assert _retry_after_header(gateway.call(E.getDimensions())) == ({"Retry-After": "7"} if seconds else {})


def _retry_after_header(answer: Answer) -> dict[str, Any]:
    assert answer.status == 429
    return {name: value for name, value in answer.response.headers.items() if name == "Retry-After"}
