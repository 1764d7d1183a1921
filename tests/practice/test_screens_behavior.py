"""The screen with the options for unknown behavior of the gateway."""

import pytest

from practice.company import Behavior, Formatting
from tests.practice.gateway_client import E, Wire
from tests.practice.screens import Hand

ASK = E.getDimensions()


def test_saving_the_unchanged_screen_changes_nothing(wire: Wire) -> None:
    before = wire.control(method="GET")
    hand = Hand(wire.practice, wire.company).go("behavior").press("Save")
    assert "The behavior was saved." in hand.page.text_content()
    assert wire.control(method="GET") == before
    inputs = {element.name for element in hand.page.iter("input", "select")}
    assert inputs >= {*vars(Behavior()), *vars(Formatting()), "expired", "ip_filter"}


def test_gateway_behaves_as_chosen_on_the_screen(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company).go("behavior")
    hand.field("Functions in one request; 0: no limit").value = "1"
    hand.field('Functions the API user may not call, as JSON: ["getDimensions"]').value = '["getDimensions"]'
    hand.fill(Dates=".dmY").press("Save")
    assert [errorno for errorno, _ in wire.call(ASK, ASK).errors()] == ["XL03000003"]
    assert [errorno for errorno, _ in wire.call(ASK).errors()] == ["PL04000005"]
    assert wire.call(E.readUserFormatting(E.userId("Beanworks"))).text(".//dateformat") == ".dmY"
    hand.tick("The company has expired").press("Save")
    assert [errorno for errorno, _ in wire.call(ASK).errors()] == ["PL04000055"]


@pytest.mark.parametrize("typed", ["getDimensions", "5", '["a", 1]', '{"a": "b"}'])
def test_invalid_json_shows_an_error_and_changes_nothing(wire: Wire, typed: str) -> None:
    before = wire.control(method="GET")["behavior"]
    hand = Hand(wire.practice, wire.company).go("behavior")
    hand.field('Functions the API user may not call, as JSON: ["getDimensions"]').value = typed
    assert len(hand.press("Save").errors) == 1
    assert wire.control(method="GET")["behavior"] == before


def test_control_api_refuses_an_unknown_choice(wire: Wire) -> None:
    refused = wire.http.post(
        f"{wire.practice.address}/control/companies/{wire.company}", json={"behavior": {"wrong_user": "shrug"}}
    )
    assert (refused.status_code, refused.json()) == (
        400,
        {"error": "shrug is not one of sign-in, XMLGW_JPP0002, UJPP0002."},
    )
