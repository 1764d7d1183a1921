"""Roles and their permissions."""

import pytest

from tests.practice.gateway_client import GatewayClient, query
from tests.practice.screens import ScreenClient

PERMISSIONS = "roles/permissions/Beanworks%20API"


def is_allowed(gateway: GatewayClient, name: str = "VENDOR") -> bool:
    return not gateway.call(query(name)).errors()


def test_reading_requires_view_but_not_list(gateway: GatewayClient) -> None:
    screen = ScreenClient(gateway.practice, gateway.company)
    screen.go(PERMISSIONS).tick("Vendors: View", on=False).tick("Vendors: List").press("Save")
    assert not is_allowed(gateway)
    assert is_allowed(gateway, "CUSTOMER")
    screen.go(PERMISSIONS).tick("Vendors: List", on=False).tick("Vendors: View").press("Save")
    assert is_allowed(gateway)


def test_saved_permissions_are_shown_ticked(gateway: GatewayClient) -> None:
    screen = (
        ScreenClient(gateway.practice, gateway.company)
        .go(PERMISSIONS)
        .tick("Bills: Delete")
        .press("Save")
        .go(PERMISSIONS)
    )
    assert [screen.field(f"Bills: {right}").checked for right in ("View", "Add", "Edit", "Delete")] == [
        *(True, True, False, True)
    ]


def test_permissions_return_with_their_application(gateway: GatewayClient) -> None:
    screen = ScreenClient(gateway.practice, gateway.company)
    screen.go("subscriptions").press("Projects On")
    assert not is_allowed(gateway, "PROJECT")
    screen.go(PERMISSIONS).press("Save")
    screen.go("subscriptions").press("Projects Off")
    assert is_allowed(gateway, "PROJECT")


def test_rights_that_are_not_on_the_page_are_not_granted(gateway: GatewayClient) -> None:
    ScreenClient(gateway.practice, gateway.company).send(PERMISSIONS, vendors=["Everything", "View"], nonsense="View")
    rights = gateway.control(method="GET")["roles"]["Beanworks API"]["rights"]
    assert rights == {"vendors": ["View"]}


def test_renamed_role_stays_assigned(gateway: GatewayClient) -> None:
    screen = ScreenClient(gateway.practice, gateway.company).go("roles/edit/Beanworks%20API")
    screen.fill(Name="Bohnen & <Söhne>").press("Save")
    assert "Bohnen & <Söhne>" in screen.text
    assert is_allowed(gateway)


def test_role_deleted_in_another_window_is_a_404(gateway: GatewayClient) -> None:
    other = ScreenClient(gateway.practice, gateway.company).go(PERMISSIONS)
    ScreenClient(gateway.practice, gateway.company).go("roles").press("Delete Beanworks API")
    assert not is_allowed(gateway)
    assert other.press("Save").status == 404


@pytest.mark.parametrize("name", ["a/b", "x" * 500, "..", " ", "Beanworks API"])
def test_invalid_role_name_shows_a_field_error(gateway: GatewayClient, name: str) -> None:
    screen = ScreenClient(gateway.practice, gateway.company).go("roles/add").fill(Name=name).press("Save")
    assert (screen.status, len(screen.errors)) == (200, 1)


def test_administrator_role_cannot_be_deleted(gateway: GatewayClient) -> None:
    assert ScreenClient(gateway.practice, gateway.company).send("roles/delete/Administrator").status == 404
