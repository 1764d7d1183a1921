"""Subscriptions, Company Info with Web Services Authorization, entities."""

from tests.practice.gateway_client import GatewayClient, query
from tests.practice.screens import ScreenClient
from tests.support.stack import Practice

ADD = "+ Web Services Authorization"


def refusals(gateway: GatewayClient) -> list[str]:
    return [str(errorno) for errorno, _ in gateway.call(query("CLASS")).errors()]


def test_gateway_refuses_while_web_services_is_off(gateway: GatewayClient) -> None:
    screen = ScreenClient(gateway.practice, gateway.company).go("subscriptions").press("Web Services On")
    assert refusals(gateway) == ["XL03000006"]
    screen.press("Web Services Off")
    assert refusals(gateway) == []


def test_turning_a_subscription_off_twice_leaves_it_off(gateway: GatewayClient) -> None:
    first, second = (ScreenClient(gateway.practice, gateway.company).go("subscriptions") for _ in range(2))
    first.press("Web Services On")
    second.press("Web Services On")
    assert refusals(gateway) == ["XL03000006"]


def test_unknown_application_is_a_404(gateway: GatewayClient) -> None:
    assert ScreenClient(gateway.practice, gateway.company).send("subscriptions", turn_on="time-travel").status == 404


def test_company_info_says_whether_there_are_several_entities_and_currencies(practice: Practice) -> None:
    page = ScreenClient(practice).go("info").text
    assert "EntitiesSeveral CurrenciesSeveral" in " ".join(page.split())


def test_authorization_takes_effect_after_both_saves(practice: Practice) -> None:
    screen = ScreenClient(practice)
    screen.go("info/edit").press(ADD).fill(Sender_ID="BeanworksMPP").press("Save")
    assert "is not saved yet" in screen.text
    assert "BeanworksMPP" not in ScreenClient(practice).go("info").text
    assert "BeanworksMPP (Active)" in screen.press("Save").text


def test_inactive_or_deleted_authorization_is_refused(gateway: GatewayClient) -> None:
    screen = (
        ScreenClient(gateway.practice, gateway.company)
        .go("info/edit")
        .press("Edit BeanworksMPP")
        .fill(Status="Inactive")
    )
    screen.press("Save").press("Save")
    assert refusals(gateway) == ["XL03000006"]
    screen.go("info/edit").press("Edit BeanworksMPP").fill(Status="Active").press("Save").press("Save")
    assert refusals(gateway) == []
    screen.go("info/edit").press("Delete BeanworksMPP").press("Save")
    assert refusals(gateway) == ["XL03000006"]


def test_duplicate_sender_shows_an_error_and_cancel_returns_to_the_list(gateway: GatewayClient) -> None:
    screen = ScreenClient(gateway.practice, gateway.company).go("info/edit").fill(Company_name="Renamed").press(ADD)
    screen.fill(Sender_ID="BeanworksMPP").press("Save")
    assert screen.errors == ["Sender ID BeanworksMPP is already in the list."]
    assert screen.press("Cancel").field("Company name").value == "Renamed"


def test_sender_with_markup_is_shown_as_text(practice: Practice) -> None:
    typed = '<script>"/ &amp; é 漢'
    screen = (
        ScreenClient(practice)
        .go("info/edit")
        .press(ADD)
        .fill(Sender_ID=typed, Description=typed)
        .press("Save")
        .press("Save")
    )
    assert f"{typed} (Active)" in screen.text


def test_incomplete_sender_list_is_refused(practice: Practice) -> None:
    assert ScreenClient(practice).send("info/edit", do="save", name="A", row_sender="x").status == 404


def test_company_info_switches_to_user_based_permissions(gateway: GatewayClient) -> None:
    screen = ScreenClient(gateway.practice, gateway.company).go("info/edit").fill(Company_name="Mills").press("Save")
    screen.go("users/permissions/Beanworks").tick("Class: View", on=False).press("Save")
    assert refusals(gateway) == []
    screen.go("info/edit")
    screen.page.forms[0].fields["permission_model"] = "user"
    screen.press("Save")
    assert refusals(gateway) == ["PL04000005"]


def test_sign_in_to_an_inactive_entity_is_refused(gateway: GatewayClient) -> None:
    gateway.entity = "300"
    assert refusals(gateway) == []
    screen = ScreenClient(gateway.practice, gateway.company).go("entities").press("Make inactive 300")
    assert refusals(gateway) == ["XL03000006"]
    screen.press("Make active 300")
    assert refusals(gateway) == []


def test_added_entity_can_be_used(gateway: GatewayClient) -> None:
    screen = (
        ScreenClient(gateway.practice, gateway.company).go("entities/add").fill(Entity_ID="40/0 é", Name="Ünder & <co>")
    )
    assert "Ünder & <co>" in screen.press("Save").text
    gateway.entity = "40/0 é"
    assert refusals(gateway) == []
    again = screen.go("entities/add").fill(Entity_ID="40/0 é", Name="Other").press("Save")
    assert (len(again.errors), again.field("Name").value) == (1, "Other")


def test_company_is_created_and_reset_without_affecting_others(practice: Practice) -> None:
    screen = ScreenClient(practice)
    screen.root = f"{practice.address}/companies"
    assert len(screen.go().fill(Company_ID="MAPLE-RIDGE", Company_name="Again").press("Create").errors) == 1
    screen.go().fill(Company_ID="a/b", Company_name="Slash").press("Create")
    assert len(screen.errors) == 1
    assert "Tiny" in screen.fill(Company_ID="TINY", Company_name="Tiny").press("Create").text
    juniper = GatewayClient(practice, "JUNIPER-CO")
    assert refusals(juniper) == []
    screen.root = practice.address
    screen.go().press("Reset Juniper & Co")
    assert refusals(juniper) == ["XL03000006"]
    assert refusals(GatewayClient(practice)) == []
