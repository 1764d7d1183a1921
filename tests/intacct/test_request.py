from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from intacct import filters as f
from intacct import functions
from intacct.errors import UnsendableText
from intacct.request import Function, Login, Sender, SessionKey, build
from intacct.secret import Secret
from tests.intacct.values import NESTED, SENDABLE

SENDER = Sender("Sender", Secret("sender-password"))
LOGIN = Login("ACME", "Beanworks", Secret("user-password"))

UNSENDABLE = st.sampled_from(["\x00", "\x01", "\x0b", "\x1f", "\ud800", "\udfff", "\ufffe", "\uffff"])


def parsed_request(login: Login, *calls: Function) -> etree._Element:
    return etree.fromstring(build(SENDER, login, calls, control_id="r-1"))


@given(SENDABLE, SENDABLE, SENDABLE, SENDABLE)
def test_any_text_that_xml_can_hold_arrives_unchanged(company: str, user: str, password: str, value: str) -> None:
    request = parsed_request(
        Login(company, user, Secret(password)), functions.query("VENDOR", ["NAME"], where=f.eq("NAME", value))
    )
    login = request.find("operation/authentication/login")
    assert login is not None
    assert [login.findtext(tag) for tag in ("companyid", "userid", "password")] == [company, user, password]
    assert request.findtext("operation/content/function/query/filter/equalto/value") == value


@given(SENDABLE, UNSENDABLE, SENDABLE)
def test_unsendable_characters_are_refused_without_quoting_the_value(before: str, bad: str, after: str) -> None:
    with pytest.raises(UnsendableText) as refused:
        parsed_request(Login("ACME", "Beanworks", Secret(before + bad + after)))
    assert refused.value.said == "the value for <password> holds a character that cannot be sent to Intacct"
    assert not refused.value.retryable
    assert refused.value.__suppress_context__


def test_request_is_as_documented() -> None:
    login = Login("ACME", "Beanworks", Secret("u"), "E100")
    request = build(SENDER, login, [functions.get_api_session()], control_id="r-1")
    assert request.decode() == (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        "<request><control><senderid>Sender</senderid><password>sender-password</password><controlid>r-1</controlid>"
        "<uniqueid>false</uniqueid><dtdversion>3.0</dtdversion><includewhitespace>false</includewhitespace>"
        "<showadditionalerrorinfo>true</showadditionalerrorinfo></control>"
        '<operation transaction="false"><authentication><login><userid>Beanworks</userid><companyid>ACME</companyid>'
        "<password>u</password><locationid>E100</locationid></login></authentication>"
        '<content><function controlid="f1"><getAPISession/></function></content></operation></request>'
    )


def test_session_key_replaces_the_login() -> None:
    request = etree.fromstring(build(SENDER, SessionKey("s-1"), [functions.lookup("APBILL")], control_id="r-1"))
    assert request.findtext("operation/authentication/sessionid") == "s-1"
    assert request.find("operation/authentication/login") is None


def test_function_can_be_sent_twice() -> None:
    call = functions.lookup("APBILL")
    assert parsed_request(LOGIN, call, call.with_id("again")).xpath("count(//lookup)") == 2
    assert parsed_request(LOGIN, call).xpath("//function/@controlid") == ["f1"]


def test_functions_that_share_a_control_id_are_refused() -> None:
    with pytest.raises(ValueError, match="share a control ID"):
        parsed_request(LOGIN, functions.lookup("APBILL").with_id("a"), functions.lookup("VENDOR").with_id("a"))


@pytest.mark.parametrize("size", [0, 2001])
def test_page_size_that_intacct_refuses_is_not_sent(size: int) -> None:
    with pytest.raises(ValueError, match="1 to 2000"):
        functions.query("VENDOR", ["NAME"], page_size=size)


def test_a_control_id_is_at_most_256_characters() -> None:
    build(SENDER, LOGIN, [], control_id="x" * 256)
    with pytest.raises(ValueError, match="256"):
        build(SENDER, LOGIN, [], control_id="x" * 257)


@given(NESTED)
def test_group_of_one_filter_is_the_filter_itself(where: f.Filter) -> None:
    tree = where.element()
    groups = tree.iter("and", "or")
    assert all(len(group) >= 2 for group in groups)
    # The same filter can be sent several times.
    assert etree.tostring(where.element()) == etree.tostring(tree)


def test_all_of_nothing_is_no_filter_and_any_of_nothing_raises() -> None:
    assert f.all_of() is None
    assert f.all_of(None, f.eq("A", 1), None) == f.eq("A", 1)
    with pytest.raises(ValueError, match="match everything"):
        f.any_of()


@pytest.mark.parametrize(
    ("value", "written"),
    [(True, "true"), (7, "7"), (Decimal("1E+3"), "1000"), (Decimal("0.10"), "0.10"), ("x", "x"),
     (date(2024, 2, 1), "02/01/2024"), (datetime(2024, 11, 1, 23, 5, tzinfo=UTC), "11/01/2024 23:05:00"),
     (date(24, 11, 1), "11/01/0024"), (datetime(1, 1, 1, tzinfo=UTC), "01/01/0001 00:00:00")],
)  # fmt: skip
def test_values_are_written_as_intacct_reads_them(value: f.Value, written: str) -> None:
    assert f.wire(value) == written
