"""Subscriptions, Company Info with Web Services Authorization, entities."""

from tests.sandbox.hand import Hand
from tests.sandbox.wire import Wire, query
from tests.support.stack import Practice

ADD = "+ Web Services Authorization"


def refusals(wire: Wire) -> list[str]:
    return [str(errorno) for errorno, _ in wire.call(query("CLASS")).errors()]


def test_web_services_off_shuts_the_gateway(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company).go("subscriptions").press("Web Services On")
    assert refusals(wire) == ["XL03000006"]
    hand.press("Web Services Off")
    assert refusals(wire) == []


def test_two_who_turn_the_same_off_do_not_turn_it_on(wire: Wire) -> None:
    first, second = (Hand(wire.practice, wire.company).go("subscriptions") for _ in range(2))
    first.press("Web Services On")
    second.press("Web Services On")
    assert refusals(wire) == ["XL03000006"]


def test_an_application_there_is_not_is_a_404(wire: Wire) -> None:
    assert Hand(wire.practice, wire.company).send("subscriptions", turn_on="time-travel").status == 404


def test_an_authorization_holds_only_after_both_saves(practice: Practice) -> None:
    hand = Hand(practice)
    hand.go("info/edit").press(ADD).fill(Sender_ID="BeanworksMPP").press("Save")
    assert "is not saved yet" in hand.text
    assert "BeanworksMPP" not in Hand(practice).go("info").text
    assert "BeanworksMPP (Active)" in hand.press("Save").text


def test_an_authorization_made_inactive_or_deleted_shuts_the_gateway(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company).go("info/edit").press("Edit BeanworksMPP").fill(Status="Inactive")
    hand.press("Save").press("Save")
    assert refusals(wire) == ["XL03000006"]
    hand.go("info/edit").press("Edit BeanworksMPP").fill(Status="Active").press("Save").press("Save")
    assert refusals(wire) == []
    hand.go("info/edit").press("Delete BeanworksMPP").press("Save")
    assert refusals(wire) == ["XL03000006"]


def test_a_sender_is_told_to_be_in_the_list_and_cancel_goes_back(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company).go("info/edit").fill(Company_name="Renamed").press(ADD)
    hand.fill(Sender_ID="BeanworksMPP").press("Save")
    assert hand.errors == ["Sender ID BeanworksMPP is in the list already."]
    assert hand.press("Cancel").field("Company name").value == "Renamed"


def test_what_is_typed_as_a_sender_is_text_whatever_it_is(practice: Practice) -> None:
    told = '<script>"/ &amp; é 漢'
    hand = Hand(practice).go("info/edit").press(ADD).fill(Sender_ID=told, Description=told).press("Save").press("Save")
    assert f"{told} (Active)" in hand.text


def test_a_list_that_is_not_whole_is_refused(practice: Practice) -> None:
    assert Hand(practice).send("info/edit", do="save", name="A", row_sender="x").status == 404


def test_permissions_hang_on_users_once_company_info_says_so(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company).go("info/edit").fill(Company_name="Mills").press("Save")
    hand.go("users/permissions/Beanworks").tick("Class: View", on=False).press("Save")
    assert refusals(wire) == []
    hand.go("info/edit")
    hand.page.forms[0].fields["permission_model"] = "user"
    hand.press("Save")
    assert refusals(wire) == ["PL04000005"]


def test_an_inactive_entity_lets_nobody_in(wire: Wire) -> None:
    wire.entity = "300"
    assert refusals(wire) == []
    hand = Hand(wire.practice, wire.company).go("entities").press("Make inactive 300")
    assert refusals(wire) == ["XL03000006"]
    hand.press("Make active 300")
    assert refusals(wire) == []


def test_an_entity_is_added_and_can_be_worked_in(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company).go("entities/add").fill(Entity_ID="40/0 é", Name="Ünder & <co>")
    assert "Ünder & <co>" in hand.press("Save").text
    wire.entity = "40/0 é"
    assert refusals(wire) == []
    again = hand.go("entities/add").fill(Entity_ID="40/0 é", Name="Other").press("Save")
    assert (len(again.errors), again.field("Name").value) == (1, "Other")


def test_a_company_is_made_reset_and_told_apart(practice: Practice) -> None:
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
