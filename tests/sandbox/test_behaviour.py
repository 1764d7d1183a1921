"""What nobody outside knows of the real gateway: each way of behaving can be chosen."""

from copy import deepcopy
from typing import Any

import pytest

from tests.sandbox.wire import Answer, E, Wire, condition, query


def test_a_company_takes_as_many_functions_at_once_as_it_is_told_to(wire: Wire) -> None:
    wire.control(behaviour={"functions_per_request": 3})
    assert len(wire.call(*[E.getDimensions() for _ in range(3)]).results) == 3
    refused = wire.call(*[E.getDimensions() for _ in range(4)])
    ((errorno, told),) = refused.errors()
    assert (refused.layer(), errorno) == ("response", "XL03000003")
    assert told.startswith("XML Parse schema error")


@pytest.mark.parametrize(("code", "named"), [("WS", True), ("WSERV", True), ("", False)])
def test_web_services_has_the_code_it_is_given_among_the_applications(wire: Wire, code: str, named: bool) -> None:
    wire.control(behaviour={"web_services_code": code})
    codes = [each.text for each in wire.call(E.get_applications()).tree.iter("application")]
    assert (code in codes) is named
    assert ("WS" in codes) is (code == "WS")


@pytest.mark.parametrize(("reads", "shown"), [("code", "true"), ("words", "Limited")])
def test_admin_privileges_read_as_the_company_is_made_to_write_them(wire: Wire, reads: str, shown: str) -> None:
    wire.control("permissions", grant=["users"])
    wire.control(behaviour={"admin_reads": reads})
    rows = wire.call(query("USERINFO", "LOGINID ADMIN")).records()
    assert {"LOGINID": "Beanworks", "ADMIN": shown} in rows


def test_permissions_may_go_by_other_names(wire: Wire) -> None:
    wire.control("permissions", grant=["users:Permissions"])
    wire.control(behaviour={"policy_names": {"Bills": "Purchase invoices"}})
    ask = E.getUserPermissions(E.userId("Beanworks"))
    names = [each.findtext("policyName") for each in wire.call(ask).tree.iterfind(".//policy")]
    assert "Purchase invoices" in names
    assert "Bills" not in names


def test_what_is_said_of_a_web_address_field_can_be_chosen(wire: Wire) -> None:
    wire.control(behaviour={"url_data_type": "URL", "url_data_name": "Pt_FieldHref"})
    looked_up = wire.call(E.lookup(E.object("APBILL"))).tree
    [shown] = [each for each in looked_up.iter("Field") if each.findtext("LABEL") == "Beanworks"]
    assert shown.findtext("DATATYPE") == "URL"
    detailed = wire.call(E.inspect(E.object("APBILL"), detail="1")).tree
    names = {each.findtext("DisplayLabel"): each.findtext("dataName") for each in detailed.iter("Field")}
    assert names["Beanworks"] == "Pt_FieldHref"
    assert list(names.values()).count("Pt_FieldHref") == 1


@pytest.mark.parametrize(("tags", "named"), [("COUNT.FIELD", "MAX.RECORDNO"), ("FIELD", "RECORDNO")])
def test_aggregates_are_tagged_as_the_company_is_made_to(wire: Wire, tags: str, named: str) -> None:
    wire.control(behaviour={"aggregate_tags": tags})
    asked = E.query(E.object("VENDOR"), E.select(E.count("RECORDNO"), E.max("RECORDNO")))
    [row] = wire.call(asked).records()
    assert set(row) == {"COUNT.RECORDNO", named}


def test_a_refused_query_need_not_say_why(wire: Wire) -> None:
    general = ("DL02000001", "There was an error processing the request.")
    wrong = condition("equalto", "WHENMODIFIED", "yesterday")
    assert len(wire.call(query("VENDOR", where=wrong)).errors()) == 2
    wire.control(behaviour={"telling_errors": False})
    assert wire.call(query("VENDOR", where=deepcopy(wrong))).errors() == [general]


@pytest.mark.parametrize(("told", "name"), [("as-asked", "ITEM"), ("lower-case", "item")])
def test_a_company_refuses_fields_that_lookup_lists(wire: Wire, told: str, name: str) -> None:
    wire.control(behaviour={"unqueryable_fields": {"ITEM": "BASEUOM UPC"}, "unqueryable_told": told})
    answer = wire.call(query("ITEM", "RECORDNO UPC BASEUOM"), query("ITEM", "RECORDNO"))
    assert answer.errors() == [("XL03000006", f"The following fields cannot be queried : [{name}: [UPC, BASEUOM] ]")]
    assert answer.results[1].findtext("status") == "success"


@pytest.mark.parametrize(("opened_by", "granted"), [("any", True), ("inventory-control", False)])
def test_items_may_take_the_row_of_inventory_control(wire: Wire, opened_by: str, granted: bool) -> None:
    wire.control("permissions", revoke=["items-inventory"])
    wire.control(behaviour={"items_opened_by": opened_by})
    assert (wire.call(query("ITEM")).errors() == []) is granted


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("disabled", "This feature is disabled for your company or your current user"),
        ("unauthorised", "You're not authorized to perform this action"),
    ],
)
def test_a_missing_application_may_be_told_without_a_number(wire: Wire, told: str, words: str) -> None:
    kept = [each for each in wire.control(method="GET")["subscriptions"] if each != "projects"]
    wire.control(subscriptions=kept, behaviour={"missing_module": told})
    assert wire.call(query("PROJECT")).errors() == [("", words)]


@pytest.mark.parametrize("seconds", [0, 7])
def test_one_request_too_many_may_be_told_when_to_come_back(wire: Wire, seconds: int) -> None:
    wire.control(behaviour={"retry_after": seconds})
    wire.control("fault", name="rate-limit", calls=1)
    assert _told_to_wait(wire.call(E.getDimensions())) == ({"Retry-After": "7"} if seconds else {})


def _told_to_wait(answer: Answer) -> dict[str, Any]:
    assert answer.status == 429
    return {name: value for name, value in answer.response.headers.items() if name == "Retry-After"}
