"""The screen with the options for unknown behavior of the gateway."""

import pytest

from practice.company import Behavior, Formatting
from tests.practice.gateway_client import E, GatewayClient
from tests.practice.screens import ScreenClient

ASK = E.getDimensions()


def test_saving_the_unchanged_screen_changes_nothing(gateway: GatewayClient) -> None:
    before = gateway.control(method="GET")
    screen = ScreenClient(gateway.practice, gateway.company).go("behavior").press("Save")
    assert "The behavior was saved." in screen.page.text_content()
    assert gateway.control(method="GET") == before
    inputs = {element.name for element in screen.page.iter("input", "select")}
    assert inputs >= {*vars(Behavior()), *vars(Formatting()), "expired", "ip_filter"}


def test_gateway_behaves_as_chosen_on_the_screen(gateway: GatewayClient) -> None:
    screen = ScreenClient(gateway.practice, gateway.company).go("behavior")
    screen.field("Functions in one request; 0: no limit").value = "1"
    screen.field('Functions the API user may not call, as JSON: ["getDimensions"]').value = '["getDimensions"]'
    screen.fill(Dates=".dmY").press("Save")
    assert [errorno for errorno, _ in gateway.call(ASK, ASK).errors()] == ["XL03000003"]
    assert [errorno for errorno, _ in gateway.call(ASK).errors()] == ["PL04000005"]
    assert gateway.call(E.readUserFormatting(E.userId("Beanworks"))).text(".//dateformat") == ".dmY"
    screen.tick("The company has expired").press("Save")
    assert [errorno for errorno, _ in gateway.call(ASK).errors()] == ["PL04000055"]


@pytest.mark.parametrize("typed", ["getDimensions", "5", '["a", 1]', '{"a": "b"}'])
def test_invalid_json_shows_an_error_and_changes_nothing(gateway: GatewayClient, typed: str) -> None:
    before = gateway.control(method="GET")["behavior"]
    screen = ScreenClient(gateway.practice, gateway.company).go("behavior")
    screen.field('Functions the API user may not call, as JSON: ["getDimensions"]').value = typed
    assert len(screen.press("Save").errors) == 1
    assert gateway.control(method="GET")["behavior"] == before


def test_control_api_refuses_an_unknown_choice(gateway: GatewayClient) -> None:
    refused = gateway.http.post(
        f"{gateway.practice.address}/control/companies/{gateway.company}", json={"behavior": {"wrong_user": "shrug"}}
    )
    assert (refused.status_code, refused.json()) == (
        400,
        {"error": "shrug is not one of sign-in, XMLGW_JPP0002, UJPP0002."},
    )
