"""Roles and their permissions."""

import pytest

from tests.practice.gateway_client import Wire, query
from tests.practice.screens import Hand

PERMISSIONS = "roles/permissions/Beanworks%20API"


def is_allowed(wire: Wire, name: str = "VENDOR") -> bool:
    return not wire.call(query(name)).errors()


def test_reading_requires_view_but_not_list(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company)
    hand.go(PERMISSIONS).tick("Vendors: View", on=False).tick("Vendors: List").press("Save")
    assert not is_allowed(wire)
    assert is_allowed(wire, "CUSTOMER")
    hand.go(PERMISSIONS).tick("Vendors: List", on=False).tick("Vendors: View").press("Save")
    assert is_allowed(wire)


def test_saved_permissions_are_shown_ticked(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company).go(PERMISSIONS).tick("Bills: Delete").press("Save").go(PERMISSIONS)
    assert [hand.field(f"Bills: {right}").checked for right in ("View", "Add", "Edit", "Delete")] == [
        *(True, True, False, True)
    ]


def test_permissions_return_with_their_application(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company)
    hand.go("subscriptions").press("Projects On")
    assert not is_allowed(wire, "PROJECT")
    hand.go(PERMISSIONS).press("Save")
    hand.go("subscriptions").press("Projects Off")
    assert is_allowed(wire, "PROJECT")


def test_rights_that_are_not_on_the_page_are_not_granted(wire: Wire) -> None:
    Hand(wire.practice, wire.company).send(PERMISSIONS, vendors=["Everything", "View"], nonsense="View")
    rights = wire.control(method="GET")["roles"]["Beanworks API"]["rights"]
    assert rights == {"vendors": ["View"]}


def test_renamed_role_stays_assigned(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company).go("roles/edit/Beanworks%20API")
    hand.fill(Name="Bohnen & <Söhne>").press("Save")
    assert "Bohnen & <Söhne>" in hand.text
    assert is_allowed(wire)


def test_role_deleted_in_another_window_is_a_404(wire: Wire) -> None:
    other = Hand(wire.practice, wire.company).go(PERMISSIONS)
    Hand(wire.practice, wire.company).go("roles").press("Delete Beanworks API")
    assert not is_allowed(wire)
    assert other.press("Save").status == 404


@pytest.mark.parametrize("name", ["a/b", "x" * 500, "..", " ", "Beanworks API"])
def test_invalid_role_name_shows_a_field_error(wire: Wire, name: str) -> None:
    hand = Hand(wire.practice, wire.company).go("roles/add").fill(Name=name).press("Save")
    assert (hand.status, len(hand.errors)) == (200, 1)


def test_administrator_role_cannot_be_deleted(wire: Wire) -> None:
    assert Hand(wire.practice, wire.company).send("roles/delete/Administrator").status == 404
