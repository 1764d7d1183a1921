"""Who gets in, in which order it is judged, and how a refusal looks at each layer."""

from datetime import datetime
from typing import Any

import pytest
import requests

from tests.sandbox.wire import E, Wire
from tests.support.stack import Practice

SIGN_IN = "Sign-in information is incorrect"
XML_GATEWAY = "This company is not authorized for XML transactions. Please subscribe to the XML Gateway."


@pytest.mark.parametrize(
    ("wrong", "status", "layer", "errorno", "told"),
    [
        ({"sender_password": "no"}, 200, "response", "XL03000006", "Incorrect Intacct XML Partner ID or password."),
        ({"sender": "beanworksmpp"}, 200, "response", "XL03000006", "Incorrect Intacct XML Partner ID or password."),
        ({"company": "NOBODY"}, 400, "response", "GW-0011", "Invalid Request"),
        ({"password": "no"}, 200, "operation", "XL03000006", SIGN_IN),
        ({"user": "beanworks"}, 200, "operation", "XL03000006", SIGN_IN),
        ({"entity": "999"}, 200, "operation", "XL03000006", SIGN_IN),
        ({"session": "gone"}, 200, "operation", "XL03000006", "Invalid session gone...."),
    ],
)
def test_each_wrong_piece_is_told_at_its_own_layer(
    wire: Wire, wrong: dict[str, str], status: int, layer: str, errorno: str, told: str
) -> None:
    for name, value in wrong.items():
        setattr(wire, name, value)
    answer = wire.call(E.getAPISession())
    assert (answer.status, answer.layer(), answer.errors()) == (status, layer, [(errorno, told)])


@pytest.mark.parametrize(
    ("state", "status", "layer", "errorno", "told"),
    [
        ({"behaviour": {"wrong_user": "XMLGW_JPP0002"}}, 401, "response", "XMLGW_JPP0002", f"{SIGN_IN}. Please check"),
        ({"users": {"Beanworks": {"status": "Inactive"}}}, 200, "operation", "XL03000006", SIGN_IN),
        ({"expired": True}, 200, "response", "PL04000055", "This company is a demo company and has expired."),
        ({"authorizations": []}, 200, "operation", "XL03000006", "The sender ID 'BeanworksMPP' is not authorized"),
        ({"web_services_on": False}, 200, "operation", "XL03000006", XML_GATEWAY),
        (
            {"web_services_on": False, "behaviour": {"web_services_off": "control"}},
            *(200, "response", "XL03000006", XML_GATEWAY),
        ),
        (
            {"web_services_on": False, "behaviour": {"web_services_off": "wrong-user"}},
            *(200, "operation", "XL03000006", SIGN_IN),
        ),
    ],
)
def test_what_is_wrong_in_the_company_is_told(
    wire: Wire, state: dict[str, Any], status: int, layer: str, errorno: str, told: str
) -> None:
    wire.control(**state)
    if "wrong_user" in state.get("behaviour", ()):
        wire.password = "no"
    answer = wire.call(E.getAPISession())
    ((number, words),) = answer.errors()
    assert (answer.status, answer.layer(), number) == (status, layer, errorno)
    assert words.startswith(told)


@pytest.mark.parametrize("password", ["practice-password", "no"])
def test_a_locked_out_user_is_told_so_first(wire: Wire, password: str) -> None:
    wire.control(users={"Beanworks": {"status": "Locked out"}})
    wire.password = password
    answer = wire.call(E.getAPISession())
    assert answer.layer() == "operation"
    assert answer.errors() == [("PL04000076", "This user is in LOCKEDOUT state"), ("XL03000006", SIGN_IN)]


def test_a_session_ends_with_the_lock_of_its_user(wire: Wire) -> None:
    wire.open().control(users={"Beanworks": {"status": "Locked out"}})
    assert wire.call(E.getFinancialSetup()).errors()[0][0] == "PL04000076"


def test_an_inactive_authorization_is_as_good_as_none(wire: Wire) -> None:
    wire.control(authorizations=[{"sender_id": "BeanworksMPP", "description": "", "status": "Inactive"}])
    answer = wire.call(E.getAPISession())
    assert answer.text("operation/errormessage/error/description") == "Invalid Web Services Authorization"


def test_a_refusal_by_the_gateway_in_front_echoes_nothing(practice: Practice) -> None:
    control = Wire(practice, "NOBODY").call(E.getAPISession()).tree.find("control")
    assert control is not None
    assert [each.tag for each in control] == ["status"]


def test_a_session_goes_on_where_the_endpoint_says_and_slides(wire: Wire) -> None:
    first = wire.call(E.getAPISession())
    assert first.text("operation/result/data/api/endpoint") == wire.practice.gateway
    assert first.text("operation/result/data/api/locationid") == ""
    wire.session = first.text("operation/result/data/api/sessionid")
    wire.control(behaviour={"session_seconds": 60})
    short = wire.call(E.getFinancialSetup())
    assert _life(short) == 60
    wire.control(behaviour={"session_seconds": 86_400})
    assert _life(wire.call(E.getFinancialSetup())) == 86_400
    wire.control("sessions", "DELETE")
    ended = wire.call(E.getFinancialSetup())
    assert (ended.text("operation/authentication/userid"), ended.errors()[0][0]) == ("", "XL03000006")


def _life(answer: Any) -> float:
    begin, end = (answer.text(f"operation/authentication/{each}") for each in ("sessiontimestamp", "sessiontimeout"))
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()


def test_one_login_opens_sessions_at_entities_and_back_at_the_top(wire: Wire) -> None:
    wire.open()
    at_entity = wire.call(E.getAPISession(E.locationid("200")))
    assert at_entity.text("operation/result/data/api/locationid") == "200"
    wire.session = at_entity.text("operation/result/data/api/sessionid")
    assert wire.call(E.getAPISession()).text("operation/result/data/api/locationid") == "200"
    assert wire.call(E.getAPISession(E.locationid())).text("operation/result/data/api/locationid") == ""


def test_a_user_restricted_to_an_entity_lands_in_it_and_in_no_other(wire: Wire) -> None:
    wire.control(users={"Beanworks": {"top_level": False, "entities": ["300"]}})
    assert wire.call(E.getAPISession()).text("operation/result/data/api/locationid") == "300"
    wire.entity = "100"
    assert wire.call(E.getAPISession()).layer() == "operation"


def test_a_single_entity_company_knows_no_entity(practice: Practice) -> None:
    assert Wire(practice, "JUNIPER-CO", entity="100").call(E.getAPISession()).errors() == [("XL03000006", SIGN_IN)]


def test_getting_the_gateway_is_not_allowed(practice: Practice) -> None:
    assert requests.get(practice.gateway, timeout=5).status_code == 405


def test_a_form_field_carries_the_request_of_an_old_client(wire: Wire) -> None:
    answer = requests.post(wire.practice.gateway, {"xmlrequest": wire.request(E.getAPISession())}, timeout=5)
    assert b"<sessionid>" in answer.content


def test_support_ids_come_url_encoded(wire: Wire) -> None:
    wire.password = "no"
    assert "%7E" in (wire.call(E.getAPISession()).text("operation/errormessage/error/description2") or "")
