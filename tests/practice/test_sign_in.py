"""Sign-in: which requests are accepted, the order of the checks, and the refusal at each layer."""

from datetime import datetime
from typing import Any

import pytest
import requests

from tests.practice.gateway_client import E, GatewayClient
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
    gateway: GatewayClient, wrong: dict[str, str], status: int, layer: str, errorno: str, message: str
) -> None:
    for name, value in wrong.items():
        setattr(gateway, name, value)
    answer = gateway.call(E.getAPISession())
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
    gateway: GatewayClient, state: dict[str, Any], status: int, layer: str, errorno: str, message: str
) -> None:
    gateway.control(**state)
    if "wrong_user" in state.get("behavior", ()):
        gateway.password = "no"
    answer = gateway.call(E.getAPISession())
    ((number, words),) = answer.errors()
    assert (answer.status, answer.layer(), number) == (status, layer, errorno)
    assert words.startswith(message)


@pytest.mark.parametrize("password", ["practice-password", "no"])
def test_lock_is_reported_before_the_password_is_checked(gateway: GatewayClient, password: str) -> None:
    gateway.control(users={"Beanworks": {"status": "Locked out"}})
    gateway.password = password
    answer = gateway.call(E.getAPISession())
    assert answer.layer() == "operation"
    assert answer.errors() == [("PL04000076", "This user is in LOCKEDOUT state"), ("XL03000006", SIGN_IN)]


def test_session_ends_when_its_user_is_locked_out(gateway: GatewayClient) -> None:
    gateway.open().control(users={"Beanworks": {"status": "Locked out"}})
    assert gateway.call(E.getFinancialSetup()).errors()[0][0] == "PL04000076"


def test_inactive_authorization_is_refused_like_a_missing_one(gateway: GatewayClient) -> None:
    gateway.control(authorizations=[{"sender_id": "BeanworksMPP", "description": "", "status": "Inactive"}])
    answer = gateway.call(E.getAPISession())
    assert answer.text("operation/errormessage/error/description") == "Invalid Web Services Authorization"


def test_refusal_by_the_front_gateway_echoes_nothing(practice: Practice) -> None:
    control = GatewayClient(practice, "UNKNOWN").call(E.getAPISession()).tree.find("control")
    assert control is not None
    assert [name.tag for name in control] == ["status"]


def test_session_continues_at_its_endpoint_and_is_extended_by_use(gateway: GatewayClient) -> None:
    first = gateway.call(E.getAPISession())
    assert first.text("operation/result/data/api/endpoint") == gateway.practice.gateway
    assert first.text("operation/result/data/api/locationid") == ""
    gateway.session = first.text("operation/result/data/api/sessionid")
    gateway.control(behavior={"session_seconds": 60})
    short = gateway.call(E.getFinancialSetup())
    assert _session_lifetime(short) == 60
    gateway.control(behavior={"session_seconds": 86_400})
    assert _session_lifetime(gateway.call(E.getFinancialSetup())) == 86_400
    gateway.control("sessions", "DELETE")
    ended = gateway.call(E.getFinancialSetup())
    assert (ended.text("operation/authentication/userid"), ended.errors()[0][0]) == ("", "XL03000006")


def _session_lifetime(answer: Any) -> float:
    begin, end = (answer.text(f"operation/authentication/{name}") for name in ("sessiontimestamp", "sessiontimeout"))
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()


def test_one_sign_in_opens_sessions_at_entities_and_top_level(gateway: GatewayClient) -> None:
    gateway.open()
    at_entity = gateway.call(E.getAPISession(E.locationid("200")))
    assert at_entity.text("operation/result/data/api/locationid") == "200"
    gateway.session = at_entity.text("operation/result/data/api/sessionid")
    assert gateway.call(E.getAPISession()).text("operation/result/data/api/locationid") == "200"
    assert gateway.call(E.getAPISession(E.locationid())).text("operation/result/data/api/locationid") == ""


def test_restricted_user_signs_in_to_their_entity_only(gateway: GatewayClient) -> None:
    gateway.control(users={"Beanworks": {"top_level": False, "entities": ["300"]}})
    assert gateway.call(E.getAPISession()).text("operation/result/data/api/locationid") == "300"
    gateway.entity = "100"
    assert gateway.call(E.getAPISession()).layer() == "operation"


def test_single_entity_company_refuses_an_entity(practice: Practice) -> None:
    assert GatewayClient(practice, "JUNIPER-CO", entity="100").call(E.getAPISession()).errors() == [
        ("XL03000006", SIGN_IN)
    ]


def test_gateway_refuses_get(practice: Practice) -> None:
    assert requests.get(practice.gateway, timeout=5).status_code == 405


def test_request_can_be_sent_as_a_form_field(gateway: GatewayClient) -> None:
    answer = requests.post(gateway.practice.gateway, {"xmlrequest": gateway.request(E.getAPISession())}, timeout=5)
    assert b"<sessionid>" in answer.content


def test_support_ids_are_url_encoded(gateway: GatewayClient) -> None:
    gateway.password = "no"
    assert "%7E" in (gateway.call(E.getAPISession()).text("operation/errormessage/error/description2") or "")
