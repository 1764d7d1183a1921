"""A request's XML, checked and converted to plain values."""

import pytest
from lxml import etree

from practice.gateway import request as requests
from practice.gateway.refusals import ControlRefused

LOGIN = "<login><userid> Beanworks </userid><companyid>ACME</companyid><password>secret</password>{}</login>"
SESSION = "<sessionid>abc</sessionid>"
CALL = '<function controlid="f-1"><getAPISession/></function>'


def xml(
    authentication: str = LOGIN.format(""), *, functions: str = CALL, control: str = "", operation: str = ""
) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
        <request>
            <control>
                <senderid>BeanworksMPP</senderid><password>sender's</password><controlid>r-1</controlid>{control}
            </control>
            <operation{operation}>
                <authentication>{authentication}</authentication>
                <content>{functions}</content>
            </operation>
        </request>""".encode()


def converted(**parts: str) -> requests.Request:
    control = "<uniqueid>false</uniqueid><dtdversion>3.0</dtdversion>"
    return requests.validate(requests.document(xml(**{"control": control, **parts})))


def test_sign_in_is_converted_without_surrounding_space() -> None:
    request = converted(authentication=LOGIN.format("<locationid>200</locationid>"))
    (operation,) = request.operations

    assert (request.sender, request.password, request.control_id) == ("BeanworksMPP", "sender's", "r-1")
    assert operation.login == requests.Login("Beanworks", "ACME", "secret", "200")
    assert operation.session == ""
    assert [(function.name, function.control_id) for function in operation.functions] == [("getAPISession", "f-1")]


def test_passwords_are_in_no_representation() -> None:
    request = converted()
    assert "secret" not in repr(request)
    assert "sender's" not in repr(request)


def test_session_takes_the_place_of_a_sign_in() -> None:
    (operation,) = converted(authentication=SESSION).operations
    assert (operation.login, operation.session) == (None, "abc")


@pytest.mark.parametrize(("attribute", "expected"), [("", False), ("true", True), ("false", False)])
def test_operation_is_a_transaction_only_if_it_says_so(attribute: str, expected: bool) -> None:
    (operation,) = converted(operation=attribute and f' transaction="{attribute}"').operations
    assert operation.transaction is expected


@pytest.mark.parametrize(("text", "expected"), [("false", False), ("0", False), ("true", True), ("1", True)])
def test_request_says_whether_control_ids_are_unique(text: str, expected: bool) -> None:
    request = converted(control=f"<uniqueid>{text}</uniqueid><dtdversion>3.0</dtdversion>")
    assert request.is_unique is expected


def test_control_ids_are_unique_by_default() -> None:
    assert converted(control="<dtdversion>3.0</dtdversion>").is_unique


@pytest.mark.parametrize("broken", [b"", b"<request>", b"no xml", b"<a>&unknown;</a>", b"<a/><b/>"])
def test_broken_xml_is_refused_with_line_and_column(broken: bytes) -> None:
    with pytest.raises(ControlRefused) as refused:
        requests.document(broken)
    assert all("Line: " in error.description2 for error in refused.value.errors)


def test_request_outside_the_schema_is_refused_with_the_element() -> None:
    with pytest.raises(ControlRefused) as refused:
        converted(functions="<call/>")
    assert "Element 'call'" in refused.value.errors[0].description2


def test_external_entities_are_never_read() -> None:
    raw = b'<!DOCTYPE request [<!ENTITY file SYSTEM "file:///etc/passwd">]><request>&file;</request>'
    assert b"root:" not in etree.tostring(requests.document(raw))


def test_form_field_holds_the_request_of_old_clients() -> None:
    kind = "application/x-www-form-urlencoded; charset=UTF-8"
    assert requests.body(b"xmlrequest=%3Crequest%2F%3E", kind) == b"<request/>"
    assert requests.body(b"other=1", kind) == b""
    assert requests.body(b"xmlrequest=%3Ca%2F%3E", "application/xml") == b"xmlrequest=%3Ca%2F%3E"


def test_company_and_session_are_known_before_the_request_is_valid() -> None:
    login = etree.fromstring(xml(LOGIN.format("<nonsense/>")))
    session = etree.fromstring(xml(SESSION))
    assert requests.named_company_and_session(login) == ("ACME", "")
    assert requests.named_company_and_session(session) == ("", "abc")
    assert requests.named_company_and_session(etree.fromstring("<x/>")) == ("", "")


def test_function_that_our_schema_does_not_describe_is_accepted_with_any_content() -> None:
    name = next(name for name in requests.FUNCTION_NAMES if name.startswith("create_"))
    call = f'<function controlid="f"><{name} key="1"><anything a="1"/></{name}></function>'
    (function,) = converted(functions=call).operations[0].functions
    assert (function.name, function.call[0].get("a")) == (name, "1")
