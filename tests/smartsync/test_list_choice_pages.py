"""The pages that show which lists are in use."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from lxml import html

from accounts.models import Role, User
from intacct.catalogue import LIST
from smartsync.models import ListRun, SyncRun
from tests.smartsync.test_store import read as read_list
from tests.smartsync.test_store import record
from tests.support.users import create_user, signed_in_client
from wizard.models import SyncProfile

pytestmark = pytest.mark.django_db


def address(profile: SyncProfile, part: str = "lists/") -> str:
    return f"/smartsync/{profile.pk}/{part}"


def document(page: Any) -> Any:
    return html.document_fromstring(page.content)


def words(page: Any) -> str:
    return " ".join(document(page).find(".//main").text_content().split())


def ticked(page: Any) -> set[str]:
    return set(document(page).xpath('//input[@name="lists"][@checked]/@value'))


def turn_off(profile: SyncProfile, *slugs: str) -> None:
    SyncProfile.objects.filter(pk=profile.pk).update(unused_lists=slugs)


def test_all_lists_are_in_use_until_an_administrator_clears_some(client: Client, profile: SyncProfile) -> None:
    assert ticked(client.get(address(profile))) == set(LIST)

    answer = client.post(address(profile), {"lists": [slug for slug in LIST if slug != "vendors"]})

    profile.refresh_from_db()
    assert (answer.status_code, profile.unused_lists) == (302, ["vendors"])
    assert ticked(client.get(address(profile))) == set(LIST) - {"vendors"}


def test_page_says_what_a_list_is_for_and_which_lists_refer_to_it(client: Client, profile: SyncProfile) -> None:
    page = words(client.get(address(profile)))

    assert "Without it: Invoices can’t be assigned to new vendors." in page
    assert "These lists refer to it: Bill payments, Bills, Payment requests." in page


def test_no_list_is_refused_beside_the_boxes_and_nothing_is_saved(client: Client, profile: SyncProfile) -> None:
    answer = client.post(address(profile), {"lists": [], "sent": "1"})

    profile.refresh_from_db()
    assert "Choose at least one list." in words(answer)
    assert profile.unused_lists == []


def test_choice_made_on_an_old_page_is_saved_only_when_it_is_sent_again(client: Client, profile: SyncProfile) -> None:
    chosen = {"lists": [slug for slug in LIST if slug != "vendors"]}
    turn_off(profile, "contracts")

    answer = client.post(address(profile), {**chosen, "unused_before": "", "sent": "1"})

    profile.refresh_from_db()
    assert "Another user has changed the lists in use" in words(answer)
    assert (profile.unused_lists, ticked(answer)) == (["contracts"], {*chosen["lists"]})
    [shown] = document(answer).xpath('//input[@name="unused_before"]/@value')
    client.post(address(profile), {**chosen, "unused_before": shown, "sent": "2"})
    profile.refresh_from_db()
    assert profile.unused_lists == ["vendors"]


def test_dimensions_alone_are_refused_and_the_choice_stays_on_the_page(client: Client, profile: SyncProfile) -> None:
    profile.connection.company = {"dimensions": [{"object": "vehicle", "label": "Vehicle"}]}
    profile.connection.save()

    answer = client.post(address(profile), {"lists": ["dimension-vehicle"]})

    assert "Use at least one list." in words(answer)
    assert ticked(answer) == {"dimension-vehicle"}


def test_profile_shows_since_when_an_unused_list_was_not_synced(client: Client, profile: SyncProfile) -> None:
    list_run = read_list(profile, [record(1), record(2)])
    list_run.state, list_run.counted_before, list_run.counted_after = ListRun.State.COMPLETE, 2, 2
    list_run.finished_at = datetime(2026, 3, 1, 20, tzinfo=UTC)
    list_run.save()
    turn_off(profile, "vendors", "warehouses")

    page = words(client.get(address(profile, "")))

    assert "Not in use" in page
    assert "2 records, not synced since March 1, 2026" in page
    assert "Never synced" in page
    assert "These lists refer to it: Bill payments, Bills, Payment requests." in page


def test_unused_list_with_a_problem_is_no_problem(client: Client, profile: SyncProfile) -> None:
    list_run = read_list(profile, [record(1)])
    ListRun.objects.filter(pk=list_run.pk).update(state="refused", cause="permission_missing")
    assert "Refused by Intacct" in words(client.get(address(profile, "")))

    turn_off(profile, "vendors")

    assert "Refused by Intacct" not in words(client.get(address(profile, "")))


def test_page_of_an_unused_list_shows_its_records_and_that_they_are_not_synced(
    client: Client, profile: SyncProfile
) -> None:
    read_list(profile, [record(1)])
    turn_off(profile, "vendors")

    page = words(client.get(address(profile, "lists/vendors/")))

    assert "No sync reads this list" in page
    assert "1 record" in page


def test_run_names_the_lists_that_it_left_out(client: Client, profile: SyncProfile) -> None:
    list_run = read_list(profile, [record(1)])
    SyncRun.objects.update(unused_lists=["items", "dimension-vehicle"], state="done", result="complete")

    page = document(client.get(f"/smartsync/runs/{list_run.run_id}/"))

    [fold] = page.xpath('//details[summary="2 lists not in use"]')
    assert [item.text_content() for item in fold.iter("li")] == ["Items", "vehicle"]


def test_only_administrators_are_offered_the_choice(client: Client, profile: SyncProfile, administrator: User) -> None:
    exporter = create_user("Exporter", Role.INVOICE_EXPORTER, home=administrator.home_org_unit)

    assert "Choose lists" in words(client.get(address(profile, "")))
    assert "Choose lists" not in words(signed_in_client(exporter).get(address(profile, "")))
