"""The screens for Web Services Users, and their effect on the gateway's replies."""

import pytest

from tests.practice.gateway_client import E, Wire, query
from tests.practice.screens import Hand


def save_user(wire: Wire, *untick: str, **values: str) -> Hand:
    hand = Hand(wire.practice, wire.company).go("users/edit/Beanworks").fill(**values).tick(*untick, on=False)
    hand.press("Save").fill(Your_password="practice-admin").press("Confirm")
    assert hand.errors == []
    return hand


def refusals(wire: Wire, name: str = "VENDOR") -> list[str]:
    return [text for _, text in wire.call(query(name)).errors()]


def test_user_changes_only_after_the_administrator_password(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company).go("users/edit/Beanworks").fill(Status="Inactive").press("Save")
    assert refusals(wire) == []
    hand.fill(Your_password="practice-password").press("Confirm")
    assert hand.errors == ["This is not your password. Nothing was changed."]
    assert refusals(wire) == []
    hand.fill(Your_password="practice-admin").press("Confirm")
    assert refusals(wire) == ["Sign-in information is incorrect"]


def test_user_type_limits_the_rights_of_its_role(wire: Wire) -> None:
    save_user(wire, User_Type="Employee", Admin_Privileges="Off")
    assert refusals(wire, "EMPLOYEE") == []
    assert len(refusals(wire)) == 1


def test_subscriptions_are_hidden_without_admin_privileges(wire: Wire) -> None:
    save_user(wire, Admin_Privileges="Off")
    assert len(wire.call(E.get_applications()).errors()) == 1


def test_only_a_business_user_has_admin_privileges(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company).go("users/edit/Beanworks").fill(User_Type="Employee").press("Save")
    assert hand.errors == ["Only a Business user can have admin privileges."]
    assert hand.field("User Type").value == "Employee"


def test_user_restricted_to_an_entity_cannot_use_others(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company).go("users/edit/Beanworks").tick("200 Harbour Mills Canada")
    hand.tick("Can work at the top level", on=False).press("Save")
    hand.fill(Your_password="practice-admin").press("Confirm")
    signed_in = wire.call(query("CLASS")).text("operation/authentication/locationid")
    assert signed_in == "200"
    wire.entity = "100"
    assert refusals(wire) == ["Sign-in information is incorrect"]


def test_removing_a_role_removes_its_permissions(wire: Wire) -> None:
    save_user(wire, Role_1="")
    assert len(refusals(wire)) == 1


def test_new_password_is_emailed_and_replaces_the_old(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company).go("users").press("Reset password of Beanworks")
    assert refusals(wire) == ["Sign-in information is incorrect"]
    wire.password = hand.go("mailbox").text.rpartition("Password: ")[2].split()[0]
    assert refusals(wire) == []


def test_deleted_user_cannot_sign_in_and_open_page_is_a_404(wire: Wire) -> None:
    other = Hand(wire.practice, wire.company).go("users/edit/Beanworks")
    hand = Hand(wire.practice, wire.company).go("users").press("Delete Beanworks")
    assert "There are no Web Services users yet." in hand.text
    assert other.press("Save").status == 404
    assert refusals(wire) == ["Sign-in information is incorrect"]


def test_the_administrator_is_not_in_the_list_and_cannot_be_deleted(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company).go("users")
    assert "Delete admin" not in hand.text
    assert hand.send("users/delete/admin").status == 404


@pytest.mark.parametrize("user_id", ["a/b", "x" * 500, "é", "<script>alert(1)</script>", "", "..", "Beanworks"])
def test_invalid_user_id_shows_an_error_and_keeps_the_input(wire: Wire, user_id: str) -> None:
    hand = Hand(wire.practice, wire.company).go("users/add")
    hand.fill(User_ID=user_id, Email_Address="a@example.com", Last_Name="<b>Bean</b>").press("Save")
    assert hand.status == 200
    assert len(hand.errors) == 1
    assert (hand.field("User ID").value or "", hand.field("Last Name").value) == (user_id, "<b>Bean</b>")
