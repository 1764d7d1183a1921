"""The screens for records, weeks of changes, mailbox, requests and faults."""

from itertools import pairwise

from tests.practice.gateway_client import Wire, condition, query
from tests.practice.screens import Hand, words
from tests.support.stack import Practice

FAILURE = "Gateway failure (500)"


def statuses(wire: Wire, calls: int) -> list[int]:
    return [wire.call(query("CLASS", page=1)).status for _ in range(calls)]


def turn_on(wire: Wire, **limits: str) -> Hand:
    hand = Hand(wire.practice, wire.company).go("faults").fill(What_goes_wrong="gateway-failure")
    hand.field("Share of the calls, in percent").value = limits.pop("share", "100")
    return hand.fill(**limits).press("Turn on")


def test_every_list_is_counted_and_paginated(practice: Practice) -> None:
    hand = Hand(practice).go("records")
    lists = [link.get("href").rsplit("/", 1)[1] for link in hand.page.iterfind(".//tbody//a")]
    assert len(lists) > 20
    assert {name: hand.go(f"records/{name}").status for name in lists} == dict.fromkeys(lists, 200)
    pages = [hand.go(f"records/vendors?page={at}").text for at in (1, 2)]
    assert all("Records" in page for page in pages)
    assert "Records 51 to 100" in pages[1]
    assert (hand.go("records/dreams").status, hand.go("records/vendors/999999999").status) == (404, 404)


def test_gateway_returns_values_edited_on_the_screen(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company).go("records/classes")
    number = hand.page.find(".//tbody//a").text
    hand.go(f"records/classes/{number}").fill(Name='Ünï & "co" <b>', Status="inactive").press("Save")
    assert f"Record {number} was saved." in hand.page.text_content()
    (row,) = wire.call(query("CLASS", "NAME STATUS", condition("equalto", "RECORDNO", number))).records()
    assert row == {"NAME": 'Ünï & "co" <b>', "STATUS": "inactive"}


def test_empty_record_name_is_refused(wire: Wire) -> None:
    hand = Hand(wire.practice, wire.company).go("records/classes")
    hand.go(f"records/classes/{hand.page.find('.//tbody//a').text}")
    name = hand.field("Name").value
    assert len(hand.fill(Name="").press("Save").errors) == 1
    assert hand.go(hand.address.removeprefix(f"{hand.root}/")).field("Name").value == name


def test_week_button_changes_records(wire: Wire) -> None:
    recent = query("VENDOR", where=condition("greaterthan", "WHENMODIFIED", "01/01/2026 00:00:00"), page=2000)
    before = len(wire.call(recent).records())
    hand = Hand(wire.practice, wire.company).go("records").press("Simulate a week")
    assert "A week was simulated" in hand.page.text_content()
    assert len(wire.call(recent).records()) != before


def test_new_passwords_arrive_in_the_mailbox_latest_first(practice: Practice) -> None:
    hand = Hand(practice)
    assert "There are no emails yet." in hand.go("mailbox").text
    for name in ("first", "second"):
        hand.go("users/add").fill(User_ID=name, Email_Address=f"{name}@example.com").press("Save")
    mails = [words(article) for article in hand.go("mailbox").page.iter("article")]
    assert ["second@example.com" in mail for mail in mails] == [True, False]
    assert all("Password: " in mail for mail in mails)


def test_requests_are_listed_latest_first(wire: Wire) -> None:
    wire.call(query("CLASS"), query("CLASS"))
    wire.call(query("NONESUCH"))
    hand = Hand(wire.practice, wire.company).go("requests")
    rows = [row.text_content().split() for row in hand.page.iterfind(".//tbody/tr")]
    assert "×" not in rows[0]
    assert rows[1][1:4] == ["query", "×", "2"]
    assert all(later[0] >= earlier[0] for later, earlier in pairwise(rows))


def test_fault_hits_the_next_calls_and_ends(wire: Wire) -> None:
    hand = turn_on(wire, For_the_next_calls="2")
    assert f"{FAILURE} 2 100 %" in hand.text
    assert statuses(wire, 3) == [500, 500, 200]
    assert "No faults are active." in hand.go("faults").text


def test_fault_hits_a_share_of_calls_until_turned_off(wire: Wire) -> None:
    hand = turn_on(wire, share="50")
    assert f"{FAILURE} No limit 50 %" in hand.text
    assert set(statuses(wire, 40)) == {200, 500}
    assert "No faults are active." in hand.press(f"Turn off: {FAILURE}").text
    assert set(statuses(wire, 5)) == {200}


def test_fault_hits_one_function_and_all_faults_can_be_turned_off(wire: Wire) -> None:
    hand = turn_on(wire, Only_requests_with_the_function="read")
    assert statuses(wire, 2) == [200, 200]
    turn_on(wire)
    assert statuses(wire, 1) == [500]
    assert "No faults are active." in hand.go("faults").press("Turn all off").text
    assert statuses(wire, 1) == [200]


def test_fault_for_zero_calls_shows_a_field_error(wire: Wire) -> None:
    hand = turn_on(wire, For_the_next_calls="0")
    assert (len(hand.errors), hand.field("For the next calls").value) == (1, "0")
    assert statuses(wire, 1) == [200]
