"""Roles and their permissions."""

import pytest

from tests.sandbox.hand import Hand
from tests.sandbox.wire import Wire, query

PERMISSIONS = "roles/permissions/Beanworks%20API"


def allowed(wire: Wire, name: str = "VENDOR") -> bool:
    return not wire.call(query(name)).errors()


def test_view_without_list_reads_and_list_without_view_does_not(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company)
    hand.go(PERMISSIONS).tick("Vendors: View", on=False).tick("Vendors: List").press("Save")
    assert not allowed(wire)
    assert allowed(wire, "CUSTOMER")
    hand.go(PERMISSIONS).tick("Vendors: List", on=False).tick("Vendors: View").press("Save")
    assert allowed(wire)


def test_what_was_ticked_is_ticked_the_next_time(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company).go(PERMISSIONS).tick("Bills: Delete").press("Save").go(PERMISSIONS)
    assert [hand.field(f"Bills: {right}").checked for right in ("View", "Add", "Edit", "Delete")] == [
        *(True, True, False, True)
    ]


def test_ticks_of_an_application_turned_off_come_back_with_it(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company)
    hand.go("subscriptions").press("Projects On")
    assert not allowed(wire, "PROJECT")
    hand.go(PERMISSIONS).press("Save")
    hand.go("subscriptions").press("Projects Off")
    assert allowed(wire, "PROJECT")


def test_rights_that_are_not_on_the_page_are_not_given(wire: Wire) -> None:
    Hand(wire.practice, wire.company).send(PERMISSIONS, vendors=["Everything", "View"], nonsense="View")
    rights = wire.control(method="GET")["roles"]["Beanworks API"]["rights"]
    assert rights == {"vendors": ["View"]}


def test_a_role_renamed_stays_with_its_users(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company).go("roles/edit/Beanworks%20API")
    hand.fill(Name="Bohnen & <Söhne>").press("Save")
    assert "Bohnen & <Söhne>" in hand.text
    assert allowed(wire)


def test_a_role_deleted_by_another_is_gone(wire: Wire) -> None:
    other = Hand(wire.practice, wire.company).go(PERMISSIONS)
    Hand(wire.practice, wire.company).go("roles").press("Delete Beanworks API")
    assert not allowed(wire)
    assert other.press("Save").status == 404


@pytest.mark.parametrize("name", ["a/b", "x" * 500, "..", " ", "Beanworks API"])
def test_a_name_that_cannot_be_is_told_beside_it(wire: Wire, name: str) -> None:
    hand = Hand(wire.practice, wire.company).go("roles/add").fill(Name=name).press("Save")
    assert (hand.status, len(hand.errors)) == (200, 1)


def test_the_administrators_own_role_stays(wire: Wire) -> None:
    assert Hand(wire.practice, wire.company).send("roles/delete/Administrator").status == 404
