"""The screens for records, weeks of changes, mailbox, requests and faults."""

from itertools import pairwise

from tests.practice.gateway_client import GatewayClient, condition, query
from tests.practice.screens import ScreenClient, words
from tests.support.stack import Practice

FAILURE = "Gateway failure (500)"


def statuses(gateway: GatewayClient, calls: int) -> list[int]:
    return [gateway.call(query("CLASS", page=1)).status for _ in range(calls)]


def turn_on(gateway: GatewayClient, **limits: str) -> ScreenClient:
    screen = ScreenClient(gateway.practice, gateway.company).go("faults").fill(What_goes_wrong="gateway-failure")
    screen.field("Share of the calls, in percent").value = limits.pop("share", "100")
    return screen.fill(**limits).press("Turn on")


def test_every_list_is_counted_and_paginated(practice: Practice) -> None:
    screen = ScreenClient(practice).go("records")
    lists = [link.get("href").rsplit("/", 1)[1] for link in screen.page.iterfind(".//tbody//a")]
    assert len(lists) > 20
    assert {name: screen.go(f"records/{name}").status for name in lists} == dict.fromkeys(lists, 200)
    pages = [screen.go(f"records/vendors?page={at}").text for at in (1, 2)]
    assert all("Records" in page for page in pages)
    assert "Records 51 to 100" in pages[1]
    assert (screen.go("records/dreams").status, screen.go("records/vendors/999999999").status) == (404, 404)


def test_gateway_returns_values_edited_on_the_screen(gateway: GatewayClient) -> None:
    screen = ScreenClient(gateway.practice, gateway.company).go("records/classes")
    number = screen.page.find(".//tbody//a").text
    screen.go(f"records/classes/{number}").fill(Name='Ünï & "co" <b>', Status="inactive").press("Save")
    assert f"Record {number} was saved." in screen.page.text_content()
    (row,) = gateway.call(query("CLASS", "NAME STATUS", condition("equalto", "RECORDNO", number))).records()
    assert row == {"NAME": 'Ünï & "co" <b>', "STATUS": "inactive"}


def test_empty_record_name_is_refused(gateway: GatewayClient) -> None:
    screen = ScreenClient(gateway.practice, gateway.company).go("records/classes")
    screen.go(f"records/classes/{screen.page.find('.//tbody//a').text}")
    name = screen.field("Name").value
    assert len(screen.fill(Name="").press("Save").errors) == 1
    assert screen.go(screen.address.removeprefix(f"{screen.root}/")).field("Name").value == name


def test_week_button_changes_records(gateway: GatewayClient) -> None:
    recent = query("VENDOR", where=condition("greaterthan", "WHENMODIFIED", "01/01/2026 00:00:00"), page=2000)
    before = len(gateway.call(recent).records())
    screen = ScreenClient(gateway.practice, gateway.company).go("records").press("Simulate a week")
    assert "A week was simulated" in screen.page.text_content()
    assert len(gateway.call(recent).records()) != before


def test_new_passwords_arrive_in_the_mailbox_latest_first(practice: Practice) -> None:
    screen = ScreenClient(practice)
    assert "There are no emails yet." in screen.go("mailbox").text
    for name in ("first", "second"):
        screen.go("users/add").fill(User_ID=name, Email_Address=f"{name}@example.com").press("Save")
    mails = [words(article) for article in screen.go("mailbox").page.iter("article")]
    assert ["second@example.com" in mail for mail in mails] == [True, False]
    assert all("Password: " in mail for mail in mails)


def test_requests_are_listed_latest_first(gateway: GatewayClient) -> None:
    gateway.call(query("CLASS"), query("CLASS"))
    gateway.call(query("NONESUCH"))
    screen = ScreenClient(gateway.practice, gateway.company).go("requests")
    rows = [row.text_content().split() for row in screen.page.iterfind(".//tbody/tr")]
    assert "×" not in rows[0]
    assert rows[1][1:4] == ["query", "×", "2"]
    assert all(later[0] >= earlier[0] for later, earlier in pairwise(rows))


def test_fault_hits_the_next_calls_and_ends(gateway: GatewayClient) -> None:
    screen = turn_on(gateway, For_the_next_calls="2")
    assert f"{FAILURE} 2 100 %" in screen.text
    assert statuses(gateway, 3) == [500, 500, 200]
    assert "No faults are active." in screen.go("faults").text


def test_fault_hits_a_share_of_calls_until_turned_off(gateway: GatewayClient) -> None:
    screen = turn_on(gateway, share="50")
    assert f"{FAILURE} No limit 50 %" in screen.text
    assert set(statuses(gateway, 40)) == {200, 500}
    assert "No faults are active." in screen.press(f"Turn off: {FAILURE}").text
    assert set(statuses(gateway, 5)) == {200}


def test_fault_hits_one_function_and_all_faults_can_be_turned_off(gateway: GatewayClient) -> None:
    screen = turn_on(gateway, Only_requests_with_the_function="read")
    assert statuses(gateway, 2) == [200, 200]
    turn_on(gateway)
    assert statuses(gateway, 1) == [500]
    assert "No faults are active." in screen.go("faults").press("Turn all off").text
    assert statuses(gateway, 1) == [200]


def test_fault_for_zero_calls_shows_a_field_error(gateway: GatewayClient) -> None:
    screen = turn_on(gateway, For_the_next_calls="0")
    assert (len(screen.errors), screen.field("For the next calls").value) == (1, "0")
    assert statuses(gateway, 1) == [200]
