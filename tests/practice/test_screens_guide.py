"""Following the connection guide on the screens, page by page, is enough for the gateway."""

import re

import pytest
import requests

from intacct import catalogue
from tests.practice.gateway_client import E, Wire, query
from tests.practice.screens import Hand
from tests.support.stack import Practice

PLACES = (
    *("", "subscriptions", "info", "info/edit", "users", "users/add", "roles", "roles/add", "entities", "fields"),
    *("fields/add", "dimensions", "package", "mailbox", "records", "records/vendors", "requests", "faults", "nothing"),
    "behavior",
)
USER_BASED = {"id": "OWN-RIGHTS", "name": "Own Rights", "permission_model": "user"}


def add_user(hand: Hand) -> str:
    """Add the user. Return the emailed password."""
    hand.go("users/add").fill(User_ID="Beanworks", Email_Address="ap@example.com")
    hand.fill(User_Type="Business", Admin_Privileges="Limited", Status="Active").press("Save")
    (password,) = re.findall(r"Password: (\S+)", hand.go("mailbox").text)
    return str(password)


def tick_all(hand: Hand) -> None:
    for row in catalogue.PERMISSIONS:
        names = ("Grant program", "Vehicle") if row.slug == "user-defined-dimensions" else (row.name,)
        for box in hand.page.iter("input"):
            label = next(box.iterancestors("label"), None)
            label_text = " ".join(label.text_content().split()) if label is not None else ""
            if label_text in {f"{name}: {right}" for name in names for right in row.rights}:
                box.checked = True


def authorize(hand: Hand) -> None:
    hand.go("info/edit").press("+ Web Services Authorization").fill(Sender_ID="BeanworksMPP").press("Save")
    hand.press("Save")


def test_following_the_guide_on_screens_connects_a_role_based_company(practice: Practice) -> None:
    hand = Hand(practice)
    hand.go("subscriptions").press("Web Services Off")
    password = add_user(hand)
    hand.go("roles/add").fill(Name="Beanworks API").press("Save")
    tick_all(hand)
    hand.press("Save")
    hand.go("users/edit/Beanworks").fill(Role_1="Beanworks API").press("Save")
    hand.fill(Your_password="practice-admin").press("Confirm")
    authorize(hand)
    hand.go("fields/add").fill(Object="APBILL", Data_Type="URL", Label="Beanworks", Field_ID="BEANWORKS")
    hand.fill(Description="Link to Beanworks Invoice").press("Done")
    check_connection(Wire(practice, "MAPLE-RIDGE", password=password))


def test_following_the_guide_on_screens_connects_a_user_based_company(practice: Practice) -> None:
    practice.control("companies", **USER_BASED)
    hand = Hand(practice, "OWN-RIGHTS")
    hand.go("subscriptions").press("Web Services Off")
    password = add_user(hand)
    hand.go("users/permissions/Beanworks")
    tick_all(hand)
    hand.press("Save")
    authorize(hand)
    wire = Wire(practice, "OWN-RIGHTS", password=password)
    assert granted_rows(wire) == {row.slug for row in catalogue.PERMISSIONS if row.object}


def granted_rows(wire: Wire) -> set[str]:
    rows = [row for row in catalogue.PERMISSIONS if row.object]
    answer = wire.call(*(query(str(row.object), page=1) for row in rows))
    return {
        row.slug for row, result in zip(rows, answer.results, strict=True) if result.findtext("status") == "success"
    }


def check_connection(wire: Wire) -> None:
    assert granted_rows(wire) == {row.slug for row in catalogue.PERMISSIONS if row.object}
    answer = wire.call(query("grant_program", "id"), query("vehicle", "id"), E.get_applications())
    assert answer.errors() == []
    fields = wire.call(E.lookup(E.object("APBILL"))).tree.iter("Field")
    assert "BEANWORKS" in {field.findtext("ID") for field in fields}


@pytest.mark.parametrize("place", PLACES)
def test_every_page_is_marked_as_practice_company(practice: Practice, place: str) -> None:
    page = requests.get(f"{practice.address}/companies/MAPLE-RIDGE/{place}".rstrip("/"), timeout=20)
    assert "This is not Sage Intacct" in page.text
    assert "<script" not in page.text
