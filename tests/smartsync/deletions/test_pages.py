"""The pages that ask whether records that are missing were deleted."""

import pytest

from accounts.models import Role, User
from smartsync.models import Hold, ListItem, ListRun
from smartsync.services import guard_change
from tests.smartsync.deletions.lists import ALL, full, gone
from tests.support.users import create_user, signed_in_client
from tests.wizard.pages.reading import edit, words
from wizard.models import SyncProfile


@pytest.fixture
def hold(profile: SyncProfile) -> Hold:
    full(profile, ALL)
    list_run = full(profile, range(5, 11))
    ListRun.objects.filter(run=list_run.run).update(title="Vendors")
    return Hold.objects.get()


def pages(hold: Hold) -> list[str]:
    run = ListRun.objects.latest("pk").run_id
    profile = hold.profile_id
    return [f"/smartsync/{profile}/", f"/smartsync/{profile}/lists/vendors/", f"/smartsync/runs/{run}/"]


def test_administrator_is_asked_on_every_page_of_the_list(hold: Hold, administrator: User) -> None:
    client = signed_in_client(administrator)
    for address in pages(hold):
        page = client.get(address)
        assert "Vendors: 4 of 10 records are missing. Were they deleted in Intacct?" in words(page)
        assert f"/smartsync/holds/{hold.pk}/confirm/" in page.content.decode()


def test_other_users_see_the_question_and_who_answers_it(hold: Hold) -> None:
    home = hold.profile.legal_entity.org_unit
    client = signed_in_client(create_user("Eli", Role.INVOICE_EXPORTER, home=home))
    for address in pages(hold):
        page = client.get(address).content.decode()
        assert "A System Administrator of the customer must decide." in page
        assert "/confirm/" not in page


@pytest.mark.parametrize(("answer", "left"), [("confirm", 6), ("reject", 10)])
def test_rejecting_takes_one_button(hold: Hold, administrator: User, answer: str, left: int) -> None:
    client = signed_in_client(administrator)
    assert client.get(pages(hold)[1] + "?show=held").content.decode().count("<tr>") == 5

    page = client.post(f"/smartsync/holds/{hold.pk}/{answer}/", follow=True).content.decode()

    assert "Were they deleted" not in page
    assert ListItem.objects.present().count() == left


def test_confirming_asks_again_with_the_number_of_records(hold: Hold, administrator: User) -> None:
    client = signed_in_client(administrator)

    page = client.get(f"/smartsync/holds/{hold.pk}/confirm/")

    assert "Vendors: mark 4 records as deleted or inactive?" in words(page)
    assert 'class="button button--danger">Mark 4 records' in page.content.decode()
    assert ListItem.objects.present().count() == 10

    client.post(f"/smartsync/holds/{hold.pk}/reject/")
    assert client.get(f"/smartsync/holds/{hold.pk}/confirm/").status_code == 302


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [("reject", "confirm", "Rejected. The records stay"), ("confirm", "reject", "Confirmed. The records that")],
)
def test_second_answer_shows_which_answer_counts(
    hold: Hold, administrator: User, first: str, second: str, counts: str
) -> None:
    client = signed_in_client(administrator)
    client.post(f"/smartsync/holds/{hold.pk}/{first}/", follow=True)

    page = client.post(f"/smartsync/holds/{hold.pk}/{second}/", follow=True).content.decode()

    assert f"This was already answered, so your answer changed nothing. The earlier answer: {counts}" in page


def test_answer_after_the_records_are_back_shows_that_it_changed_nothing(hold: Hold, administrator: User) -> None:
    full(hold.profile, ALL)
    page = signed_in_client(administrator).post(f"/smartsync/holds/{hold.pk}/confirm/", follow=True).content.decode()
    assert "A sync has found these records in Intacct again, so" in page
    assert gone() == set()


def test_overview_shows_that_a_question_waits(hold: Hold, administrator: User) -> None:
    client = signed_in_client(administrator)
    question = "Many records are missing or inactive. Is this correct?"
    assert question in client.get("/smartsync/").content.decode()

    client.post(f"/smartsync/holds/{hold.pk}/reject/")

    assert question not in client.get("/smartsync/").content.decode()


@pytest.mark.parametrize(
    ("typed", "stored"), [("35", 35), ("", None), ("0", 25), ("101", 25), ("x", 25), ("9" * 5000, 25), ("1\0", 25)]
)
def test_share_is_set_on_the_profile_page(
    profile: SyncProfile, administrator: User, typed: str, stored: int | None
) -> None:
    guard_change(profile=profile, percent=25, actor=administrator)
    edit(signed_in_client(administrator), f"/smartsync/{profile.pk}/", {"percent": typed}, "guard/", follow=True)
    profile.refresh_from_db()
    assert profile.deletion_guard_percent == stored
