"""The page of test bills: what it explains, its form, and what is on other pages. No Intacct is asked."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from smartsync.models import ListItem
from wizard.models import Connection, SyncProfile, TestBill

from .forms import GOOD, address, send, show

pytestmark = pytest.mark.django_db


def test_page_explains_before_it_acts(ada: Client, profile: SyncProfile) -> None:
    page = show(ada, profile)

    for words in ("It is a draft", "Everyone who sees bills", "nothing private", "delete it in Intacct"):
        assert words in page


def test_refused_sign_in_is_shown_instead_of_the_form(ada: Client, profile: SyncProfile) -> None:
    Connection.objects.update(sign_in_block="refused", sign_in_refused_at=timezone.now())

    page = show(ada, profile)

    assert "Intacct refused this sign-in" in page
    assert f'href="/connection/{profile.connection_id}/credentials/">Reconnect</a>' in page
    assert 'name="VENDORID"' not in page
    assert 'name="VENDORID"' in send(ada, profile), "what was typed before stays on the page"


def test_first_records_that_should_work_are_chosen(ada: Client, profile: SyncProfile) -> None:
    page = show(ada, profile)

    assert 'value="V2"' in page
    assert 'value="6100"' in page


def test_code_or_name_chooses_a_record(ada: Client, profile: SyncProfile) -> None:
    send(ada, profile, VENDORID="birch", ACCOUNTNO="post")

    assert TestBill.objects.get().chosen == {"VENDORID": "V3", "ACCOUNTNO": "6100", "WHENCREATED": "2026-11-29"}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"VENDORID": "acme"}, "Several records match"),
        ({"VENDORID": "unknown name"}, "No active record with this code or name"),
        ({"VENDORID": ""}, "This field is required"),
        ({"ACCOUNTNO": "6000"}, "The account requires this"),
        ({"confirm": ""}, "Nothing was sent"),
        ({"WHENCREATED": "today"}, "Enter a valid date"),
    ],
)
def test_what_cannot_be_sent_is_explained(ada: Client, profile: SyncProfile, typed: dict[str, str], words: str) -> None:
    assert words in send(ada, profile, **typed)
    assert not TestBill.objects.exists()


def test_direction_of_one_name_does_not_change_the_others(ada: Client, profile: SyncProfile) -> None:
    ListItem.objects.filter(code="V1").update(name="Acme شركة")

    assert "<bdi>V1 Acme شركة</bdi>, <bdi>V2" in send(ada, profile, VENDORID="acme")


def test_location_is_required_at_the_top_level_of_a_company_with_entities(ada: Client, profile: SyncProfile) -> None:
    Connection.objects.update(company={"multi_entity": True, "entities": [], "dimensions": []})

    assert "This field is required" in send(ada, profile)
    send(ada, profile, LOCATIONID="vancouver")

    assert TestBill.objects.get().chosen["LOCATIONID"] == "100"


def test_currency_is_asked_for_in_a_company_with_several(ada: Client, profile: SyncProfile) -> None:
    Connection.objects.update(
        company={"multi_currency": True, "base_currency": "CAD", "entities": [], "dimensions": []}
    )

    assert 'value="CAD"' in show(ada, profile)
    send(ada, profile, CURRENCY="CAD")

    assert TestBill.objects.get().chosen["CURRENCY"] == "CAD"


def test_currency_of_the_location_is_expected_at_the_top_level(ada: Client, profile: SyncProfile) -> None:
    """Intacct reports no base currency for the top level of a company whose entities have different ones."""
    entities = [{"id": "100", "name": "Vancouver", "currency": "CAD"}]
    Connection.objects.update(
        company={"multi_currency": True, "multi_entity": True, "entities": entities, "dimensions": []}
    )

    assert 'value="CAD"' in show(ada, profile)


def test_currency_can_be_given_if_it_is_not_known_whether_the_company_has_several(
    ada: Client, profile: SyncProfile
) -> None:
    send(ada, profile, CURRENCY="CAD")
    Connection.objects.update(company={"multi_currency": False})

    assert TestBill.objects.get().chosen["CURRENCY"] == "CAD"
    assert 'name="CURRENCY"' not in show(ada, profile)


def test_second_tab_shows_what_the_first_has_sent(ada: Client, profile: SyncProfile) -> None:
    send(ada, profile)
    page = send(ada, profile, VENDORID="V3")

    assert "Nothing else was sent." in page
    assert 'name="VENDORID" value="V3"' in page
    assert 'name="after" value="1"' in page
    assert TestBill.objects.count() == 1


def test_refused_test_keeps_what_was_chosen(ada: Client, profile: SyncProfile) -> None:
    send(ada, profile, VENDORID="V3", DEPARTMENTID="D1")
    TestBill.objects.update(state="done", phase="refused", cause="bill_vendor_on_hold")
    page = show(ada, profile)

    assert "The vendor is on hold in Intacct" in page
    assert "You can fix this" in page
    assert 'value="V3"' in page
    assert '<details class="fold" open>' in page


def test_form_sent_after_the_session_ended_is_shown_again(
    client: Client, administrator: User, profile: SyncProfile
) -> None:
    """It is shown open although there is a test already, with the profile it was for."""
    client.force_login(administrator)
    send(client, profile)
    TestBill.objects.update(state="done", phase="stored", sent_at=timezone.now(), record_no="17")
    client.logout()
    page = address(profile)
    typed = GOOD | {"profile": profile.pk, "after": 1, "VENDORID": "V3"}
    client.post(page, typed, headers={"Referer": f"http://testserver{page}"})
    client.force_login(administrator)
    shown = client.get(page).content.decode()

    assert 'name="VENDORID" value="V3"' in shown
    assert '<section class="stack" id="send"' in shown
    assert f'action="{page}?profile={profile.pk}#send"' in shown
    assert TestBill.objects.count() == 1


def test_poll_of_another_tab_does_not_use_up_what_was_typed(
    ada: Client, administrator: User, profile: SyncProfile
) -> None:
    page = address(profile)
    ada.logout()
    ada.post(page, GOOD | {"profile": profile.pk, "VENDORID": "V3"}, headers={"Referer": f"http://testserver{page}"})
    ada.force_login(administrator)
    ada.get(page, headers={"X-Poll": "1"})

    assert 'name="VENDORID" value="V3"' in show(ada, profile)


@pytest.mark.parametrize("unknown", ["999999", "x", "", str(2**70)])
def test_bill_is_never_sent_to_a_profile_that_the_form_did_not_show(
    ada: Client, profile: SyncProfile, unknown: str
) -> None:
    page = send(ada, profile, profile=unknown)

    assert "A test bill needs a legal entity" in page
    assert not TestBill.objects.exists()


@pytest.mark.parametrize("after", [7, 2**31 - 1, 10**30])
def test_number_follows_the_newest_test_for_every_number_sent(ada: Client, profile: SyncProfile, after: int) -> None:
    send(ada, profile, after=after)

    assert TestBill.objects.get().position == 1


def test_connection_and_step_lead_to_the_test(ada: Client, profile: SyncProfile) -> None:
    for page in (f"/connection/{profile.connection_id}/", f"/connection/{profile.connection_id}/smart_sync/"):
        assert address(profile) in ada.get(page).content.decode()


def test_profile_without_a_full_sync_has_no_form(ada: Client, profile: SyncProfile) -> None:
    SyncProfile.objects.update(first_synced_at=None)

    assert "after the first full sync" in show(ada, profile)
    send(ada, profile)
    assert not TestBill.objects.exists()


def test_beanworks_sees_the_test_and_cannot_send_one(client: Client, profile: SyncProfile, success: User) -> None:
    client.force_login(success)

    assert "Create the draft bill" not in show(client, profile)
    assert client.post(address(profile), GOOD).status_code == 403
    assert not TestBill.objects.exists()


@pytest.mark.parametrize("typed", ["a\0b", "a\vb\x1b", "x" * 3000])
def test_unusual_characters_find_no_record(ada: Client, profile: SyncProfile, typed: str) -> None:
    response = ada.get(f"{address(profile)}{profile.pk}/VENDORID/", {"VENDORID": typed})

    assert (response.status_code, response.content.decode().strip()) == (200, "")
    assert "Create the draft bill" in send(ada, profile, VENDORID=typed)
    assert not TestBill.objects.exists()
