"""Following the connection guide on the screens, page by page, is enough for the gateway."""

import re

import pytest
import requests

from intacct import catalogue
from tests.practice.gateway_client import E, GatewayClient, query
from tests.practice.screens import ScreenClient
from tests.support.stack import Practice

PLACES = (
    *("", "subscriptions", "info", "info/edit", "users", "users/add", "roles", "roles/add", "entities", "fields"),
    *("fields/add", "dimensions", "package", "mailbox", "records", "records/vendors", "requests", "faults", "nothing"),
    "behavior",
)
USER_BASED = {"id": "OWN-RIGHTS", "name": "Own Rights", "permission_model": "user"}


def add_user(screen: ScreenClient) -> str:
    """Add the user. Return the emailed password."""
    screen.go("users/add").fill(User_ID="Beanworks", Email_Address="ap@example.com")
    screen.fill(User_Type="Business", Admin_Privileges="Limited", Status="Active").press("Save")
    (password,) = re.findall(r"Password: (\S+)", screen.go("mailbox").text)
    return str(password)


def tick_all(screen: ScreenClient) -> None:
    for row in catalogue.PERMISSIONS:
        names = ("Grant program", "Vehicle") if row.slug == "user-defined-dimensions" else (row.name,)
        for box in screen.page.iter("input"):
            label = next(box.iterancestors("label"), None)
            label_text = " ".join(label.text_content().split()) if label is not None else ""
            if label_text in {f"{name}: {right}" for name in names for right in row.rights}:
                box.checked = True


def authorize(screen: ScreenClient) -> None:
    screen.go("info/edit").press("+ Web Services Authorization").fill(Sender_ID="BeanworksMPP").press("Save")
    screen.press("Save")


def test_following_the_guide_on_screens_connects_a_role_based_company(practice: Practice) -> None:
    screen = ScreenClient(practice)
    screen.go("subscriptions").press("Web Services Off")
    password = add_user(screen)
    screen.go("roles/add").fill(Name="Beanworks API").press("Save")
    tick_all(screen)
    screen.press("Save")
    screen.go("users/edit/Beanworks").fill(Role_1="Beanworks API").press("Save")
    screen.fill(Your_password="practice-admin").press("Confirm")
    authorize(screen)
    texts = {"Label": "Beanworks", "Field_ID": "BEANWORKS", "Description": "Link to Beanworks Invoice"}
    screen.create_field(object="APBILL", data_type="URL", **texts)
    check_connection(GatewayClient(practice, "MAPLE-RIDGE", password=password))


def test_following_the_guide_on_screens_connects_a_user_based_company(practice: Practice) -> None:
    practice.control("companies", **USER_BASED)
    screen = ScreenClient(practice, "OWN-RIGHTS")
    screen.go("subscriptions").press("Web Services Off")
    password = add_user(screen)
    screen.go("users/permissions/Beanworks")
    tick_all(screen)
    screen.press("Save")
    authorize(screen)
    gateway = GatewayClient(practice, "OWN-RIGHTS", password=password)
    assert granted_rows(gateway) == {row.slug for row in catalogue.PERMISSIONS if row.object}


def granted_rows(gateway: GatewayClient) -> set[str]:
    rows = [row for row in catalogue.PERMISSIONS if row.object]
    answer = gateway.call(*(query(str(row.object), page=1) for row in rows))
    return {
        row.slug for row, result in zip(rows, answer.results, strict=True) if result.findtext("status") == "success"
    }


def check_connection(gateway: GatewayClient) -> None:
    assert granted_rows(gateway) == {row.slug for row in catalogue.PERMISSIONS if row.object}
    answer = gateway.call(query("grant_program", "id"), query("vehicle", "id"), E.get_applications())
    assert answer.errors() == []
    fields = gateway.call(E.lookup(E.object("APBILL"))).tree.iter("Field")
    assert "BEANWORKS" in {field.findtext("ID") for field in fields}


@pytest.mark.parametrize("place", PLACES)
def test_every_page_is_marked_as_practice_company(practice: Practice, place: str) -> None:
    page = requests.get(f"{practice.address}/companies/MAPLE-RIDGE/{place}".rstrip("/"), timeout=20)
    assert "Nothing here reaches Sage Intacct" in page.text
    assert "<script" not in page.text
