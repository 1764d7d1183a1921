"""Subscriptions, Company Info with Web Services Authorization, entities."""

from tests.practice.gateway_client import Wire, query
from tests.practice.screens import Hand
from tests.support.stack import Practice

ADD = "+ Web Services Authorization"


def refusals(wire: Wire) -> list[str]:
    return [str(errorno) for errorno, _ in wire.call(query("CLASS")).errors()]


def test_gateway_refuses_while_web_services_is_off(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company).go("subscriptions").press("Web Services On")
    assert refusals(wire) == ["XL03000006"]
    hand.press("Web Services Off")
    assert refusals(wire) == []


def test_turning_a_subscription_off_twice_leaves_it_off(wire: Wire) -> None:
    first, second = (Hand(wire.practice, wire.company).go("subscriptions") for _ in range(2))
    first.press("Web Services On")
    second.press("Web Services On")
    assert refusals(wire) == ["XL03000006"]


def test_unknown_application_is_a_404(wire: Wire) -> None:
    assert Hand(wire.practice, wire.company).send("subscriptions", turn_on="time-travel").status == 404


def test_authorization_takes_effect_after_both_saves(practice: Practice) -> None:
    hand = Hand(practice)
    hand.go("info/edit").press(ADD).fill(Sender_ID="BeanworksMPP").press("Save")
    assert "is not saved yet" in hand.text
    assert "BeanworksMPP" not in Hand(practice).go("info").text
    assert "BeanworksMPP (Active)" in hand.press("Save").text


def test_inactive_or_deleted_authorization_is_refused(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company).go("info/edit").press("Edit BeanworksMPP").fill(Status="Inactive")
    hand.press("Save").press("Save")
    assert refusals(wire) == ["XL03000006"]
    hand.go("info/edit").press("Edit BeanworksMPP").fill(Status="Active").press("Save").press("Save")
    assert refusals(wire) == []
    hand.go("info/edit").press("Delete BeanworksMPP").press("Save")
    assert refusals(wire) == ["XL03000006"]


def test_duplicate_sender_shows_an_error_and_cancel_returns_to_the_list(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company).go("info/edit").fill(Company_name="Renamed").press(ADD)
    hand.fill(Sender_ID="BeanworksMPP").press("Save")
    assert hand.errors == ["Sender ID BeanworksMPP is already in the list."]
    assert hand.press("Cancel").field("Company name").value == "Renamed"


def test_sender_with_markup_is_shown_as_text(practice: Practice) -> None:
    typed = '<script>"/ &amp; é 漢'
    hand = (
        Hand(practice).go("info/edit").press(ADD).fill(Sender_ID=typed, Description=typed).press("Save").press("Save")
    )
    assert f"{typed} (Active)" in hand.text


def test_incomplete_sender_list_is_refused(practice: Practice) -> None:
    assert Hand(practice).send("info/edit", do="save", name="A", row_sender="x").status == 404


def test_company_info_switches_to_user_based_permissions(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company).go("info/edit").fill(Company_name="Mills").press("Save")
    hand.go("users/permissions/Beanworks").tick("Class: View", on=False).press("Save")
    assert refusals(wire) == []
    hand.go("info/edit")
    hand.page.forms[0].fields["permission_model"] = "user"
    hand.press("Save")
    assert refusals(wire) == ["PL04000005"]


def test_sign_in_to_an_inactive_entity_is_refused(wire: Wire) -> None:
    wire.entity = "300"
    assert refusals(wire) == []
    hand = Hand(wire.practice, wire.company).go("entities").press("Make inactive 300")
    assert refusals(wire) == ["XL03000006"]
    hand.press("Make active 300")
    assert refusals(wire) == []


def test_added_entity_can_be_used(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company).go("entities/add").fill(Entity_ID="40/0 é", Name="Ünder & <co>")
    assert "Ünder & <co>" in hand.press("Save").text
    wire.entity = "40/0 é"
    assert refusals(wire) == []
    again = hand.go("entities/add").fill(Entity_ID="40/0 é", Name="Other").press("Save")
    assert (len(again.errors), again.field("Name").value) == (1, "Other")


def test_company_is_created_and_reset_without_affecting_others(practice: Practice) -> None:
    hand = Hand(practice)
    hand.root = f"{practice.address}/companies"
    assert len(hand.go().fill(Company_ID="MAPLE-RIDGE", Company_name="Again").press("Create").errors) == 1
    hand.go().fill(Company_ID="a/b", Company_name="Slash").press("Create")
    assert len(hand.errors) == 1
    assert "Tiny" in hand.fill(Company_ID="TINY", Company_name="Tiny").press("Create").text
    juniper = Wire(practice, "JUNIPER-CO")
    assert refusals(juniper) == []
    hand.root = practice.address
    hand.go().press("Reset Juniper & Co")
    assert refusals(juniper) == ["XL03000006"]
    assert refusals(Wire(practice)) == []
