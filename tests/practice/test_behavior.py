"""Options for behavior of the real gateway that is not publicly known."""

from copy import deepcopy
from typing import Any

import pytest

from tests.practice.gateway_client import Answer, E, Wire, condition, query


def test_functions_per_request_are_limited_as_configured(wire: Wire) -> None:
    wire.control(behavior={"functions_per_request": 3})
    assert len(wire.call(*[E.getDimensions() for _ in range(3)]).results) == 3
    refused = wire.call(*[E.getDimensions() for _ in range(4)])
    ((errorno, words),) = refused.errors()
    assert (refused.layer(), errorno) == ("response", "XL03000003")
    assert words.startswith("XML Parse schema error")


@pytest.mark.parametrize(("code", "named"), [("WS", True), ("WSERV", True), ("", False)])
def test_web_services_is_listed_under_the_configured_code(wire: Wire, code: str, named: bool) -> None:
    wire.control(behavior={"web_services_code": code})
    codes = [application.text for application in wire.call(E.get_applications()).tree.iter("application")]
    assert (code in codes) is named
    assert ("WS" in codes) is (code == "WS")


@pytest.mark.parametrize(("reads", "shown"), [("code", "true"), ("words", "Limited")])
def test_admin_privileges_are_written_as_configured(wire: Wire, reads: str, shown: str) -> None:
    wire.control("permissions", grant=["users"])
    wire.control(behavior={"admin_reads": reads})
    rows = wire.call(query("USERINFO", "LOGINID ADMIN")).records()
    assert {"LOGINID": "Beanworks", "ADMIN": shown} in rows


def test_permissions_can_be_renamed(wire: Wire) -> None:
    wire.control("permissions", grant=["users:Permissions"])
    wire.control(behavior={"policy_names": {"Bills": "Purchase invoices"}})
    ask = E.getUserPermissions(E.userId("Beanworks"))
    names = [policy.findtext("policyName") for policy in wire.call(ask).tree.iterfind(".//policy")]
    assert "Purchase invoices" in names
    assert "Bills" not in names


def test_type_of_a_url_field_can_be_configured(wire: Wire) -> None:
    wire.control(behavior={"url_data_type": "URL", "url_data_name": "Pt_FieldHref"})
    looked_up = wire.call(E.lookup(E.object("APBILL"))).tree
    [shown] = [field for field in looked_up.iter("Field") if field.findtext("LABEL") == "Beanworks"]
    assert shown.findtext("DATATYPE") == "URL"
    detailed = wire.call(E.inspect(E.object("APBILL"), detail="1")).tree
    names = {field.findtext("DisplayLabel"): field.findtext("dataName") for field in detailed.iter("Field")}
    assert names["Beanworks"] == "Pt_FieldHref"
    assert list(names.values()).count("Pt_FieldHref") == 1


@pytest.mark.parametrize(("tags", "named"), [("COUNT.FIELD", "MAX.RECORDNO"), ("FIELD", "RECORDNO")])
def test_aggregates_are_tagged_as_configured(wire: Wire, tags: str, named: str) -> None:
    wire.control(behavior={"aggregate_tags": tags})
    aggregates = E.query(E.object("VENDOR"), E.select(E.count("RECORDNO"), E.max("RECORDNO")))
    [row] = wire.call(aggregates).records()
    assert set(row) == {"COUNT.RECORDNO", named}


def test_refused_query_can_omit_the_reason(wire: Wire) -> None:
    general = ("DL02000001", "There was an error processing the request.")
    wrong = condition("equalto", "WHENMODIFIED", "yesterday")
    assert len(wire.call(query("VENDOR", where=wrong)).errors()) == 2
    wire.control(behavior={"further_errors": False})
    assert wire.call(query("VENDOR", where=deepcopy(wrong))).errors() == [general]


@pytest.mark.parametrize(("spelling", "name"), [("as-asked", "ITEM"), ("lower-case", "item")])
def test_query_can_refuse_fields_that_lookup_lists(wire: Wire, spelling: str, name: str) -> None:
    wire.control(behavior={"unqueryable_fields": {"ITEM": "BASEUOM UPC"}, "unqueryable_spelling": spelling})
    answer = wire.call(query("ITEM", "RECORDNO UPC BASEUOM"), query("ITEM", "RECORDNO"))
    assert answer.errors() == [("XL03000006", f"The following fields cannot be queried : [{name}: [UPC, BASEUOM] ]")]
    assert answer.results[1].findtext("status") == "success"


@pytest.mark.parametrize(("opened_by", "granted"), [("any", True), ("inventory-control", False)])
def test_items_can_require_the_inventory_control_row(wire: Wire, opened_by: str, granted: bool) -> None:
    wire.control("permissions", revoke=["items-inventory"])
    wire.control(behavior={"items_opened_by": opened_by})
    assert (wire.call(query("ITEM")).errors() == []) is granted


@pytest.mark.parametrize(
    ("behavior", "words"),
    [
        ("disabled", "This feature is disabled for your company or your current user"),
        ("unauthorized", "You're not authorized to perform this action"),
    ],
)
def test_missing_application_can_be_reported_without_errorno(wire: Wire, behavior: str, words: str) -> None:
    kept = [slug for slug in wire.control(method="GET")["subscriptions"] if slug != "projects"]
    wire.control(subscriptions=kept, behavior={"missing_module": behavior})
    assert wire.call(query("PROJECT")).errors() == [("", words)]


@pytest.mark.parametrize("seconds", [0, 7])
def test_surplus_request_can_get_a_retry_after_header(wire: Wire, seconds: int) -> None:
    wire.control(behavior={"retry_after": seconds})
    wire.control("fault", name="rate-limit", calls=1)
    assert _retry_after_header(wire.call(E.getDimensions())) == ({"Retry-After": "7"} if seconds else {})


def _retry_after_header(answer: Answer) -> dict[str, Any]:
    assert answer.status == 429
    return {name: value for name, value in answer.response.headers.items() if name == "Retry-After"}
