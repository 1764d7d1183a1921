"""The screens for Web Services Users, and their effect on the gateway's replies."""

import pytest

from tests.practice.gateway_client import E, GatewayClient, query
from tests.practice.screens import ScreenClient


def save_user(gateway: GatewayClient, *untick: str, **values: str) -> ScreenClient:
    screen = (
        ScreenClient(gateway.practice, gateway.company)
        .go("users/edit/Beanworks")
        .fill(**values)
        .tick(*untick, on=False)
    )
    screen.press("Save").fill(Your_password="practice-admin").press("Confirm")
    assert screen.errors == []
    return screen


def refusals(gateway: GatewayClient, name: str = "VENDOR") -> list[str]:
    return [text for _, text in gateway.call(query(name)).errors()]


def test_user_changes_only_after_the_administrator_password(gateway: GatewayClient) -> None:
    screen = (
        ScreenClient(gateway.practice, gateway.company).go("users/edit/Beanworks").fill(Status="Inactive").press("Save")
    )
    assert refusals(gateway) == []
    screen.fill(Your_password="practice-password").press("Confirm")
    assert screen.errors == ["This is not your password. Nothing was changed."]
    assert refusals(gateway) == []
    screen.fill(Your_password="practice-admin").press("Confirm")
    assert refusals(gateway) == ["Sign-in information is incorrect"]


def test_user_type_limits_the_rights_of_its_role(gateway: GatewayClient) -> None:
    save_user(gateway, User_Type="Employee", Admin_Privileges="Off")
    assert refusals(gateway, "EMPLOYEE") == []
    assert len(refusals(gateway)) == 1


def test_subscriptions_are_hidden_without_admin_privileges(gateway: GatewayClient) -> None:
    save_user(gateway, Admin_Privileges="Off")
    assert len(gateway.call(E.get_applications()).errors()) == 1


def test_only_a_business_user_has_admin_privileges(gateway: GatewayClient) -> None:
    screen = (
        ScreenClient(gateway.practice, gateway.company)
        .go("users/edit/Beanworks")
        .fill(User_Type="Employee")
        .press("Save")
    )
    assert screen.errors == ["Only a Business user can have admin privileges."]
    assert screen.field("User Type").value == "Employee"


def test_user_restricted_to_an_entity_cannot_use_others(gateway: GatewayClient) -> None:
    screen = ScreenClient(gateway.practice, gateway.company).go("users/edit/Beanworks").tick("200 Harbour Mills Canada")
    screen.tick("Can work at the top level", on=False).press("Save")
    screen.fill(Your_password="practice-admin").press("Confirm")
    signed_in = gateway.call(query("CLASS")).text("operation/authentication/locationid")
    assert signed_in == "200"
    gateway.entity = "100"
    assert refusals(gateway) == ["Sign-in information is incorrect"]


def test_removing_a_role_removes_its_permissions(gateway: GatewayClient) -> None:
    save_user(gateway, Role_1="")
    assert len(refusals(gateway)) == 1


def test_new_password_is_emailed_and_replaces_the_old(gateway: GatewayClient) -> None:
    screen = ScreenClient(gateway.practice, gateway.company).go("users").press("Reset password of Beanworks")
    assert refusals(gateway) == ["Sign-in information is incorrect"]
    gateway.password = screen.go("mailbox").text.rpartition("Password: ")[2].split()[0]
    assert refusals(gateway) == []


def test_deleted_user_cannot_sign_in_and_open_page_is_a_404(gateway: GatewayClient) -> None:
    other = ScreenClient(gateway.practice, gateway.company).go("users/edit/Beanworks")
    screen = ScreenClient(gateway.practice, gateway.company).go("users").press("Delete Beanworks")
    assert "There are no Web Services users yet." in screen.text
    assert other.press("Save").status == 404
    assert refusals(gateway) == ["Sign-in information is incorrect"]


def test_the_administrator_is_not_in_the_list_and_cannot_be_deleted(gateway: GatewayClient) -> None:
    screen = ScreenClient(gateway.practice, gateway.company).go("users")
    assert "Delete admin" not in screen.text
    assert screen.send("users/delete/admin").status == 404


@pytest.mark.parametrize("user_id", ["a/b", "x" * 500, "é", "<script>alert(1)</script>", "", "..", "Beanworks"])
def test_invalid_user_id_shows_an_error_and_keeps_the_input(gateway: GatewayClient, user_id: str) -> None:
    screen = ScreenClient(gateway.practice, gateway.company).go("users/add")
    screen.fill(User_ID=user_id, Email_Address="a@example.com", Last_Name="<b>Bean</b>").press("Save")
    assert screen.status == 200
    assert len(screen.errors) == 1
    assert (screen.field("User ID").value or "", screen.field("Last Name").value) == (user_id, "<b>Bean</b>")
