"""Every request that we can send is valid by Sage's own schema. Runs only where a copy of the schema exists."""

from datetime import date

import pytest
from hypothesis import given
from lxml import etree

from intacct import filters as f
from intacct import functions
from intacct.bills import DraftBill, bill_link, bill_state, create_bill, find_bill, read_bill
from intacct.paging import page_function
from intacct.request import Function, Login, Sender, SessionKey, build
from intacct.secret import Secret
from tests.intacct.conftest import SCHEMA
from tests.intacct.values import NESTED

XS = "{http://www.w3.org/2001/XMLSchema}"
SENDER = Sender("Sender", Secret("sender-password"))
LOGIN = Login("ACME", "Beanworks", Secret("u"))
BILL = DraftBill(
    "B-1", "Test 1", "V1", "6000", date(2026, 11, 29), "https://example.com/a", coding={"LOCATIONID": "100"}
)


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    """Change the published schema so that it compiles: its `arguments` are ambiguous."""
    tree = etree.parse(SCHEMA)
    choice = next(tree.iterfind(f"{XS}element[@name='arguments']//{XS}choice"))
    choice.remove(choice[0])
    return etree.XMLSchema(tree)


def every_function() -> list[Function]:
    every_filter = f.all_of(
        f.eq("A", 1), f.ne("A", 1), f.lt("A", 1), f.le("A", 1), f.gt("A", 1), f.ge("A", 1), f.like("A", "%b_"),
        f.between("A", 1, 2), f.is_null("A"), f.any_of(f.is_null("B"), f.eq("B", "")),
    )  # fmt: skip
    return [
        functions.get_api_session(),
        functions.get_api_session(""),
        functions.get_api_session("E100"),
        functions.query("VENDOR", ["RECORDNO", "NAME"]),
        functions.query("VENDOR", ["NAME"], where=every_filter, order_by=["NAME", "-RECORDNO"], offset=5, page_size=1),
        functions.query("VENDOR", ["NAME"], show_private=True, count="RECORDNO"),
        functions.read("APBILL", ["1", "2"]),
        functions.read_by_name("USERINFO", ["Beanworks"], ["LOGINID", "STATUS"]),
        functions.read_by_query("VENDOR", "STATUS = 'T'", page_size=10),
        functions.read_more("abc"),
        functions.lookup("APBILL"),
        functions.inspect(),
        functions.inspect("APBILL", detail=True),
        functions.get_user_permissions("Beanworks"),
        functions.read_user_formatting("Beanworks"),
        functions.read_entity_details(),
        functions.get_financial_setup(),
        functions.get_dimensions(),
        functions.get_applications(),
        create_bill(BILL, "test-1"),
        find_bill("B-1", "Test 1"),
        read_bill("17"),
        bill_state("17"),
        bill_link("17"),
        page_function("VENDOR", ["NAME"], after=7, where=f.eq("STATUS", "active")),
    ]


@pytest.mark.parametrize("call", every_function(), ids=lambda call: call.name)
def test_every_call_is_valid(schema: etree.XMLSchema, call: Function) -> None:
    for auth in (LOGIN, Login("ACME", "Beanworks", Secret("u"), "E100"), SessionKey("s-1")):
        schema.assertValid(etree.fromstring(build(SENDER, auth, [call], control_id="r-1")))


@given(where=NESTED)
def test_every_filter_is_valid(schema: etree.XMLSchema, where: f.Filter) -> None:
    call = functions.query("VENDOR", ["NAME"], where=where)
    schema.assertValid(etree.fromstring(build(SENDER, LOGIN, [call], control_id="r-1")))


def test_schema_refuses_an_invalid_request(schema: etree.XMLSchema) -> None:
    wrong = Function("query", functions.lookup("VENDOR").body)
    wrong.body.tag = "query"
    assert not schema.validate(etree.fromstring(build(SENDER, LOGIN, [wrong], control_id="r-1")))
