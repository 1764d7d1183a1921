"""The screens for bills and for the company's rules."""

import pytest
import requests

from practice.company import BillRules
from tests.practice.bills import LINE, bill, causes, create, find
from tests.practice.gateway_client import GatewayClient, condition, query
from tests.practice.screens import ScreenClient, words

LINK = "https://connect.example.com/t/1?a=1&b=2"


@pytest.fixture
def screen(gateway: GatewayClient) -> ScreenClient:
    return ScreenClient(gateway.practice, gateway.company)


def set_field_type(gateway: GatewayClient, data_type: str) -> None:
    field = {"object": "APBILL", "data_type": data_type, "label": "Beanworks", "id": "BEANWORKS"}
    gateway.control(custom_fields=[field])


def values(screen: ScreenClient) -> dict[str, str]:
    names, texts = screen.page.iter("dt"), screen.page.iter("dd")
    return {words(name): words(text) for name, text in zip(names, texts, strict=True)}


@pytest.mark.parametrize("menu", ["current", "older"])
def test_bill_is_found_from_the_menu(gateway: GatewayClient, screen: ScreenClient, menu: str) -> None:
    create(gateway, BEANWORKS=LINK)
    screen.go(f"search?menu={menu}&q=bills")
    first = screen.page.find(".//tbody//a")
    assert first.text == "B-1"
    screen.visit(f"{screen.root}/bills/{first.get('href').rsplit('/', 1)[1]}")
    shown = values(screen)
    assert {name: shown[name] for name in ("State", "Vendor ID", "Date", "Total amount", "Created by")} == {
        "State": "Draft",
        "Vendor ID": "V00002",
        "Date": "01/20/2026",
        "Total amount": "0.01",
        "Created by": "Beanworks",
    }


@pytest.mark.parametrize(("data_type", "is_link"), [("URL", True), ("Text", False), ("Text area", False)])
def test_custom_field_is_a_link_only_if_its_type_is_url(
    gateway: GatewayClient, screen: ScreenClient, data_type: str, is_link: bool
) -> None:
    set_field_type(gateway, data_type)
    screen.go(f"bills/{create(gateway, BEANWORKS=LINK)}")
    assert values(screen)["Beanworks"] == LINK
    assert [link.get("href") for link in screen.page.iterfind(".//dd/a")] == ([LINK] if is_link else [])


def test_field_that_is_created_again_is_empty(gateway: GatewayClient, screen: ScreenClient) -> None:
    create(gateway, BEANWORKS="https://example.com")
    screen.go("fields").press("Delete BEANWORKS")
    set_field_type(gateway, "Text")
    assert find(gateway, fields="BEANWORKS") == [{"BEANWORKS": ""}]


def test_text_that_is_no_address_is_not_a_link(gateway: GatewayClient, screen: ScreenClient) -> None:
    screen.go(f"bills/{create(gateway, BEANWORKS='javascript:alert(1)')}")
    assert screen.page.find(".//dd/a") is None


def test_lines_show_the_columns_that_have_values(gateway: GatewayClient, screen: ScreenClient) -> None:
    screen.go(f"bills/{create(gateway, LINE, LINE | {'GLDIMvehicle': '2'})}")
    heads = [words(head) for head in screen.page.iterfind(".//th")]
    assert heads == ["Account", "Account title", "Amount", "Location", "Vendor", "Vehicle"]
    assert [words(row)[-1] for row in screen.page.iterfind(".//tbody/tr")] == ["2", "2"]


def test_draft_is_posted(gateway: GatewayClient, screen: ScreenClient) -> None:
    screen.go(f"bills/{create(gateway)}").press("Post")
    assert "The bill is now Posted." in screen.text
    assert find(gateway, fields="STATE WHENPOSTED") == [{"STATE": "Posted", "WHENPOSTED": "01/20/2026"}]
    assert "Post" not in {words(button) for button in screen.page.iter("button")}


def test_draft_is_submitted_where_bills_are_approved(gateway: GatewayClient, screen: ScreenClient) -> None:
    gateway.control(bill_rules={"approval": "submitted"})
    screen.go(f"bills/{create(gateway)}").press("Submit")
    assert find(gateway, fields="STATE") == [{"STATE": "Submitted"}]


def test_draft_in_a_closed_period_is_not_posted(gateway: GatewayClient, screen: ScreenClient) -> None:
    key = create(gateway)
    gateway.control(bill_rules={"closed_until": "2026-01-31"})
    assert "Periods are closed." in screen.go(f"bills/{key}").press("Post").text
    assert find(gateway, fields="STATE") == [{"STATE": "Draft"}]


def test_draft_is_deleted(gateway: GatewayClient, screen: ScreenClient) -> None:
    key = create(gateway)
    assert "The bill was deleted." in screen.go(f"bills/{key}").press("Delete").text
    assert find(gateway) == []
    assert screen.go(f"bills/{key}").status == 404


def test_a_page_opened_before_a_change_cannot_post_or_delete_twice(gateway: GatewayClient) -> None:
    key = create(gateway)
    one, other = (ScreenClient(gateway.practice, gateway.company).go(f"bills/{key}") for _ in range(2))
    one.press("Post")
    assert "Only a draft can be posted." in other.press("Post").text
    late = ScreenClient(gateway.practice, gateway.company).go(f"bills/{key}")
    one.go(f"bills/{key}").press("Delete")
    assert late.press("Delete").status == 404


def test_paid_bill_has_no_button(gateway: GatewayClient, screen: ScreenClient) -> None:
    (paid,) = gateway.call(query("APBILL", "RECORDNO", condition("equalto", "STATE", "Paid"), page=1)).records()
    screen.go(f"bills/{paid['RECORDNO']}")
    assert {words(button) for button in screen.page.iter("button")} == set()


@pytest.mark.parametrize(("label", "value"), [("Status", "inactive"), ("On hold", "true")])
def test_vendor_that_is_changed_on_the_screen_gets_no_bills(
    gateway: GatewayClient, screen: ScreenClient, label: str, value: str
) -> None:
    gateway.control(bill_rules={"vendors_on_hold": "refused"})
    screen.go("records/vendors/2")
    screen.field(label).value = value
    screen.press("Save")
    assert len(causes(gateway.call(bill()))) == 1


# Configuration


def test_saving_the_unchanged_configuration_changes_nothing(gateway: GatewayClient, screen: ScreenClient) -> None:
    before = gateway.control(method="GET")
    assert "The configuration was saved." in screen.go("bill-rules").press("Save").text
    assert gateway.control(method="GET") == before
    assert {element.name for element in screen.page.iter("input", "select")} >= {*vars(BillRules())}


def test_gateway_follows_the_configuration(gateway: GatewayClient, screen: ScreenClient) -> None:
    screen.go("bill-rules")
    screen.field("Last day of the closed periods, as 2026-01-31; empty: none is closed").value = "2026-01-31"
    screen.press("Save")
    assert len(causes(gateway.call(bill()))) == 1


def test_closed_period_that_is_no_date_is_refused(gateway: GatewayClient, screen: ScreenClient) -> None:
    screen.go("bill-rules")
    screen.field("Last day of the closed periods, as 2026-01-31; empty: none is closed").value = "January"
    assert screen.press("Save").errors == ["Enter a date like 2026-01-31."]
    address = f"{gateway.practice.address}/control/companies/{gateway.company}"
    refused = requests.post(address, json={"bill_rules": {"closed_until": "January"}}, timeout=10)
    assert refused.status_code == 400
