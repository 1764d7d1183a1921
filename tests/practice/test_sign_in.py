"""Sign-in: which requests are accepted, the order of the checks, and the refusal at each layer."""

from datetime import datetime
from typing import Any

import pytest
import requests

from tests.practice.gateway_client import E, Wire
from tests.support.stack import Practice

SIGN_IN = "Sign-in information is incorrect"
XML_GATEWAY = "This company is not authorized for XML transactions. Please subscribe to the XML Gateway."


@pytest.mark.parametrize(
    ("wrong", "status", "layer", "errorno", "message"),
    [
        ({"sender_password": "no"}, 200, "response", "XL03000006", "Incorrect Intacct XML Partner ID or password."),
        ({"sender": "beanworksmpp"}, 200, "response", "XL03000006", "Incorrect Intacct XML Partner ID or password."),
        ({"company": "UNKNOWN"}, 400, "response", "GW-0011", "Invalid Request"),
        ({"password": "no"}, 200, "operation", "XL03000006", SIGN_IN),
        ({"user": "beanworks"}, 200, "operation", "XL03000006", SIGN_IN),
        ({"entity": "999"}, 200, "operation", "XL03000006", SIGN_IN),
        ({"session": "gone"}, 200, "operation", "XL03000006", "Invalid session gone...."),
    ],
)
def test_each_wrong_credential_is_refused_at_its_layer(
    wire: Wire, wrong: dict[str, str], status: int, layer: str, errorno: str, message: str
) -> None:
    for name, value in wrong.items():
        setattr(wire, name, value)
    answer = wire.call(E.getAPISession())
    assert (answer.status, answer.layer(), answer.errors()) == (status, layer, [(errorno, message)])


@pytest.mark.parametrize(
    ("state", "status", "layer", "errorno", "message"),
    [
        ({"behavior": {"wrong_user": "XMLGW_JPP0002"}}, 401, "response", "XMLGW_JPP0002", f"{SIGN_IN}. Please check"),
        ({"users": {"Beanworks": {"status": "Inactive"}}}, 200, "operation", "XL03000006", SIGN_IN),
        ({"expired": True}, 200, "response", "PL04000055", "This company is a demo company and has expired."),
        ({"authorizations": []}, 200, "operation", "XL03000006", "The sender ID 'BeanworksMPP' is not authorized"),
        ({"web_services_on": False}, 200, "operation", "XL03000006", XML_GATEWAY),
        (
            {"web_services_on": False, "behavior": {"web_services_off": "control"}},
            *(200, "response", "XL03000006", XML_GATEWAY),
        ),
        (
            {"web_services_on": False, "behavior": {"web_services_off": "wrong-user"}},
            *(200, "operation", "XL03000006", SIGN_IN),
        ),
    ],
)
def test_company_state_that_prevents_sign_in_is_reported(
    wire: Wire, state: dict[str, Any], status: int, layer: str, errorno: str, message: str
) -> None:
    wire.control(**state)
    if "wrong_user" in state.get("behavior", ()):
        wire.password = "no"
    answer = wire.call(E.getAPISession())
    ((number, words),) = answer.errors()
    assert (answer.status, answer.layer(), number) == (status, layer, errorno)
    assert words.startswith(message)


@pytest.mark.parametrize("password", ["practice-password", "no"])
def test_lock_is_reported_before_the_password_is_checked(wire: Wire, password: str) -> None:
    wire.control(users={"Beanworks": {"status": "Locked out"}})
    wire.password = password
    answer = wire.call(E.getAPISession())
    assert answer.layer() == "operation"
    assert answer.errors() == [("PL04000076", "This user is in LOCKEDOUT state"), ("XL03000006", SIGN_IN)]


def test_session_ends_when_its_user_is_locked_out(wire: Wire) -> None:
    wire.open().control(users={"Beanworks": {"status": "Locked out"}})
    assert wire.call(E.getFinancialSetup()).errors()[0][0] == "PL04000076"


def test_inactive_authorization_is_refused_like_a_missing_one(wire: Wire) -> None:
    wire.control(authorizations=[{"sender_id": "BeanworksMPP", "description": "", "status": "Inactive"}])
    answer = wire.call(E.getAPISession())
    assert answer.text("operation/errormessage/error/description") == "Invalid Web Services Authorization"


def test_refusal_by_the_front_gateway_echoes_nothing(practice: Practice) -> None:
    control = Wire(practice, "UNKNOWN").call(E.getAPISession()).tree.find("control")
    assert control is not None
    assert [name.tag for name in control] == ["status"]


def test_session_continues_at_its_endpoint_and_is_extended_by_use(wire: Wire) -> None:
    first = wire.call(E.getAPISession())
    assert first.text("operation/result/data/api/endpoint") == wire.practice.gateway
    assert first.text("operation/result/data/api/locationid") == ""
    wire.session = first.text("operation/result/data/api/sessionid")
    wire.control(behavior={"session_seconds": 60})
    short = wire.call(E.getFinancialSetup())
    assert _life(short) == 60
    wire.control(behavior={"session_seconds": 86_400})
    assert _life(wire.call(E.getFinancialSetup())) == 86_400
    wire.control("sessions", "DELETE")
    ended = wire.call(E.getFinancialSetup())
    assert (ended.text("operation/authentication/userid"), ended.errors()[0][0]) == ("", "XL03000006")


def _life(answer: Any) -> float:
    begin, end = (answer.text(f"operation/authentication/{name}") for name in ("sessiontimestamp", "sessiontimeout"))
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()


def test_one_sign_in_opens_sessions_at_entities_and_top_level(wire: Wire) -> None:
    wire.open()
    at_entity = wire.call(E.getAPISession(E.locationid("200")))
    assert at_entity.text("operation/result/data/api/locationid") == "200"
    wire.session = at_entity.text("operation/result/data/api/sessionid")
    assert wire.call(E.getAPISession()).text("operation/result/data/api/locationid") == "200"
    assert wire.call(E.getAPISession(E.locationid())).text("operation/result/data/api/locationid") == ""


def test_restricted_user_signs_in_to_their_entity_only(wire: Wire) -> None:
    wire.control(users={"Beanworks": {"top_level": False, "entities": ["300"]}})
    assert wire.call(E.getAPISession()).text("operation/result/data/api/locationid") == "300"
    wire.entity = "100"
    assert wire.call(E.getAPISession()).layer() == "operation"


def test_single_entity_company_refuses_an_entity(practice: Practice) -> None:
    assert Wire(practice, "JUNIPER-CO", entity="100").call(E.getAPISession()).errors() == [("XL03000006", SIGN_IN)]


def test_gateway_refuses_get(practice: Practice) -> None:
    assert requests.get(practice.gateway, timeout=5).status_code == 405


def test_request_can_be_sent_as_a_form_field(wire: Wire) -> None:
    answer = requests.post(wire.practice.gateway, {"xmlrequest": wire.request(E.getAPISession())}, timeout=5)
    assert b"<sessionid>" in answer.content


def test_support_ids_are_url_encoded(wire: Wire) -> None:
    wire.password = "no"
    assert "%7E" in (wire.call(E.getAPISession()).text("operation/errormessage/error/description2") or "")
