"""The pages of SmartSync: who sees what, and what the pages show."""

from datetime import time

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import LegalEntity, OrgUnit, Role, User
from smartsync import services
from smartsync.models import ListItem, ListRun, Schedule, SyncRun
from smartsync.services import run_finish
from tests.smartsync.test_store import read as read_list
from tests.smartsync.test_store import record
from tests.support.users import create_user, signed_in_client
from wizard.models import Connection, StoredSecret, SyncProfile

from .test_services import create_claimed_run, create_ended_run


@pytest.fixture
def synced(profile: SyncProfile) -> SyncRun:
    """A run that read one list, and for which Intacct refused another."""
    read_list(profile, [record(1, "Acme"), record(2, "Bolt & Co"), record(3, "Acme North", "inactive")])
    run = create_claimed_run(profile, ["refused"])
    run_finish(run=run)
    run.refresh_from_db()
    return run


def addresses(run: SyncRun) -> list[str]:
    item = ListItem.objects.get(key=1)
    return [
        f"/smartsync/{run.profile_id}/",
        f"/smartsync/{run.profile_id}/lists/vendors/",
        f"/smartsync/items/{item.pk}/",
        f"/smartsync/runs/{run.pk}/",
        f"/smartsync/runs/{run.pk}/progress/",
    ]


def acts(run: SyncRun) -> list[str]:
    return [
        f"/smartsync/{run.profile_id}/start/",
        f"/smartsync/runs/{run.pk}/cancel/",
        f"/smartsync/lists/{run.lists.get().pk}/retry/",
    ]


@pytest.mark.parametrize("role", Role.values)
def test_each_of_the_five_roles_sees_its_own_legal_entities(role: str, synced: SyncRun) -> None:
    home = synced.profile.legal_entity.org_unit
    client = signed_in_client(create_user("Kim", role, home=home))
    assert [client.get(address).status_code in (200, 286) for address in addresses(synced)] == [True] * 5
    assert synced.profile.legal_entity.name in client.get("/smartsync/").content.decode()


def test_disconnected_connection_is_reconnected_by_who_may_connect(synced: SyncRun) -> None:
    home = synced.profile.legal_entity.customer.org_units.get(parent=None)
    StoredSecret.objects.all().delete()
    Connection.objects.update(disconnected_at=timezone.now())
    users = [
        create_user("Kim", Role.SYSTEM_ADMINISTRATOR, home=home),
        create_user("Eli", Role.INVOICE_EXPORTER, home=home),
    ]
    pages = [signed_in_client(user).get("/smartsync/").content.decode() for user in users]
    assert ["Reconnect<" in page for page in pages] == [True, False]


def test_another_org_unit_of_the_same_customer_is_not_found(synced: SyncRun, other_profile: SyncProfile) -> None:
    elsewhere = other_profile.legal_entity.org_unit
    client = signed_in_client(create_user("Eli", Role.INVOICE_EXPORTER, home=elsewhere))
    assert {client.get(address).status_code for address in addresses(synced)} == {404}
    assert {client.post(address).status_code for address in acts(synced)} == {404}


def test_another_customer_is_not_found(synced: SyncRun, stranger: User) -> None:
    client = signed_in_client(stranger)
    assert {client.get(address).status_code for address in addresses(synced)} == {404}
    assert {client.post(address).status_code for address in acts(synced)} == {404}


def test_user_without_a_role_sees_nothing(synced: SyncRun, root: OrgUnit) -> None:
    client = signed_in_client(create_user("Noel", home=root))
    assert {client.get(address).status_code for address in [*addresses(synced), "/smartsync/"]} == {403}


def test_beanworks_users_see_everything_and_change_nothing(synced: SyncRun, support: User) -> None:
    client = signed_in_client(support)
    assert {client.get(address).status_code for address in addresses(synced)} <= {200, 286}
    assert {client.post(address).status_code for address in acts(synced)} == {403}
    assert "Retry this list" not in client.get(f"/smartsync/runs/{synced.pk}/").content.decode()


def test_signed_out_user_is_sent_to_the_sign_in(synced: SyncRun) -> None:
    for address in addresses(synced):
        assert Client().get(address).headers["Location"].startswith("/accounts/login/")


def test_waiting_profile_shows_what_it_waits_for(client: Client, profile: SyncProfile) -> None:
    SyncProfile.objects.filter(pk=profile.pk).update(state="requested")
    assert "Waiting on Beanworks" in client.get("/smartsync/").content.decode()
    assert "Start the first sync" not in client.get(f"/smartsync/{profile.pk}/").content.decode()


def test_page_polls_the_progress_until_the_run_has_ended(client: Client, profile: SyncProfile) -> None:
    run = create_claimed_run(profile, ["complete", "reading"])
    assert client.get(f"/smartsync/runs/{run.pk}/progress/").status_code == 200
    assert '<meta http-equiv="refresh"' in client.get(f"/smartsync/runs/{run.pk}/").content.decode()
    ListRun.objects.filter(state="reading").update(state="failed", cause="no_connection")
    run_finish(run=run)
    ended = client.get(f"/smartsync/runs/{run.pk}/progress/")
    assert (ended.status_code, b"hx-get" in ended.content) == (286, False)


def test_refused_list_shows_the_reason_and_can_be_retried(client: Client, synced: SyncRun) -> None:
    page = client.get(f"/smartsync/runs/{synced.pk}/").content.decode()
    assert "Refused by Intacct" in page
    assert "permission" in page.lower()
    client.post(f"/smartsync/lists/{synced.lists.get().pk}/retry/")
    synced.refresh_from_db()
    assert synced.state == "queued"


def create_stopped_run(profile: SyncProfile) -> SyncRun:
    """Create a run that a refused sign-in stopped before it read any list."""
    facts = {"user_id": "Beanworks", "company_id": "NORTHWIND"}
    how = {"cause": "sign_in_refused", "facts": facts}
    run = SyncRun.objects.create(
        profile=profile, kind="partial", since=timezone.now(), state="done", result="failed", **how
    )
    for place, slug in enumerate(["vendors", "accounts"]):
        ListRun.objects.create(run=run, position=place, slug=slug, object="X", title=slug, state="failed", **how)
    Connection.objects.filter(pk=profile.connection_id).update(
        sign_in_block="refused", sign_in_refused_at=timezone.now()
    )
    return run


def test_cause_that_stopped_a_run_is_shown_once_with_the_button_that_fixes_it(
    client: Client, profile: SyncProfile
) -> None:
    run = create_stopped_run(profile)

    page = client.get(f"/smartsync/runs/{run.pk}/").content.decode()

    assert page.count("did not accept the sign-in") == 1
    assert "2 lists not read" in page
    assert f'class="button" href="/connection/{profile.connection_id}/credentials/"' in page
    assert "Retry this list" not in page
    assert "Sync again" not in page


@pytest.mark.parametrize("path", ["", "several/", "{pk}/schedules/"])
def test_refused_sign_in_is_the_next_action_of_every_page(client: Client, profile: SyncProfile, path: str) -> None:
    create_stopped_run(profile)

    page = client.get(f"/smartsync/{path.format(pk=profile.pk)}").content.decode()

    assert "Intacct refused this sign-in" in page
    assert f'class="button" href="/connection/{profile.connection_id}/credentials/"' in page
    assert 'href="/smartsync/several/"' not in page


def test_user_who_cannot_connect_is_not_sent_to_the_credentials(profile: SyncProfile) -> None:
    run = create_stopped_run(profile)
    exporter = create_user("Eli", Role.INVOICE_EXPORTER, home=profile.legal_entity.org_unit)

    page = signed_in_client(exporter).get(f"/smartsync/runs/{run.pk}/").content.decode()

    assert "A System Administrator of your company can reconnect Sage Intacct." in page
    assert "/credentials/" not in page


def test_lists_with_a_problem_come_first_and_share_their_steps(client: Client, profile: SyncProfile) -> None:
    run = create_claimed_run(profile, ["refused", "complete", "refused"])
    run_finish(run=run)

    response = client.get(f"/smartsync/runs/{run.pk}/")

    progress = response.context["progress"]
    assert [line.list_run.slug for line in progress.shown] == ["vendors", "bills"]
    assert [line.list_run.slug for line in progress.settled] == ["accounts"]
    assert [len(item.checks) for item in progress.missing] == [2]
    assert "1 list complete" in response.content.decode()


def test_canceled_run_says_which_lists_were_not_read(client: Client, profile: SyncProfile) -> None:
    run = create_claimed_run(profile, ["complete", "queued", "reading"])
    run.lists.update(cause="")
    services.run_cancel(run=run, actor=None)
    run_finish(run=run)

    progress = client.get(f"/smartsync/runs/{run.pk}/").context["progress"]

    assert [line.list_run.slug for line in progress.unread] == ["accounts", "bills"]
    assert progress.shown == []


def test_partial_sync_calls_its_counts_changes(client: Client, profile: SyncProfile) -> None:
    full, partial = create_ended_run(profile), create_ended_run(profile, "partial")
    for run in (full, partial):
        ListRun.objects.create(run=run, slug="vendors", object="X", title="Vendors", position=0, state="queued")

    assert ">In Intacct<" in client.get(f"/smartsync/runs/{full.pk}/").content.decode()
    assert ">Changed in Intacct<" in client.get(f"/smartsync/runs/{partial.pk}/").content.decode()


def test_newest_run_offers_what_comes_next(client: Client, profile: SyncProfile) -> None:
    def offered(run: SyncRun) -> str:
        found = client.get(f"/smartsync/runs/{run.pk}/").context["next"]
        return found.label if found else ""

    failed = create_ended_run(profile, "full", "failed")
    assert offered(failed) == "Sync again"
    full = create_ended_run(profile)
    assert (offered(failed), offered(full)) == ("", "Run a partial sync now")
    SyncProfile.objects.update(first_synced_at=timezone.now())
    assert offered(full) == "Send a test bill"
    partial = create_ended_run(profile, "partial")
    assert offered(partial) == "Set a schedule"
    Schedule.objects.create(profile=profile, days=[0], at=time(5), time_zone="America/Toronto")
    assert offered(partial) == ""


def test_nothing_is_offered_before_a_profile_is_approved(client: Client, profile: SyncProfile) -> None:
    def offers() -> list[bool]:
        page = client.get("/smartsync/").content.decode()
        return [address in page for address in ("/smartsync/several/", "/smartsync/history/")]

    assert offers() == [True, True]
    SyncProfile.objects.filter(pk=profile.pk).update(state="requested")
    assert offers() == [False, False]


def test_partial_sync_is_one_button_and_the_rest_is_folded(client: Client, profile: SyncProfile) -> None:
    create_ended_run(profile)
    page = client.get(f"/smartsync/{profile.pk}/").content.decode()
    assert "Sync now" in page
    assert '<details class="fold fold--quiet">' in page
    assert "Next: not scheduled" in page

    page = client.post(f"/smartsync/{profile.pk}/start/", {"kind": "partial", "since": "nonsense"}).content.decode()
    assert '<details class="fold fold--quiet" open>' in page


def test_profile_lists_the_refused_list_first_even_without_records(client: Client, synced: SyncRun) -> None:
    synced.lists.update(slug="bills")
    response = client.get(f"/smartsync/{synced.profile_id}/")
    assert [list_run.slug for list_run, _count in response.context["troubled"]] == ["bills"]
    assert [list_run.slug for list_run, _count in response.context["lists"]] == ["vendors"]


def test_refused_sign_in_replaces_the_sync_button_by_the_credentials(client: Client, profile: SyncProfile) -> None:
    create_stopped_run(profile)
    response = client.get(f"/smartsync/{profile.pk}/")
    page = response.content.decode()
    assert "Reconnect" in page
    assert f"/smartsync/{profile.pk}/start/" not in page
    assert response.context["troubled"] == []


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["V1", "V2", "V3"]),
        ("?q=acme", ["V1", "V3"]),
        ("?q=acme+north", ["V3"]),
        ("?q=v2", ["V2"]),
        ("?show=active", ["V1", "V2"]),
        ("?show=inactive", ["V3"]),
        ("?show=gone", []),
        ("?sort=name", ["V1", "V3", "V2"]),
        ("?sort=nonsense&page=nonsense&show=nonsense", ["V1", "V2", "V3"]),
    ],
)
def test_list_is_searched_filtered_and_sorted(client: Client, synced: SyncRun, query: str, codes: list[str]) -> None:
    response = client.get(f"/smartsync/{synced.profile_id}/lists/vendors/{query}")
    assert [item.code for item in response.context["page"]] == codes
    assert response.context["total"] == 3


def test_record_shows_every_field(client: Client, synced: SyncRun) -> None:
    page = client.get(f"/smartsync/items/{ListItem.objects.get(key=2).pk}/").content.decode()
    assert all(text in page for text in ("VENDORID", "V2", "Bolt &amp; Co", "STATUS"))


def test_home_and_profile_take_the_same_few_queries_at_any_size(
    client: Client, synced: SyncRun, other_profile: SyncProfile, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(19):  # type: ignore[operator]
        client.get("/smartsync/")
    with django_assert_max_num_queries(22):  # type: ignore[operator]
        client.get(f"/smartsync/{synced.profile_id}/")


def test_legal_entity_without_a_profile_causes_no_error(client: Client, root: OrgUnit) -> None:
    LegalEntity.objects.create(customer=root.customer, org_unit=root, name="Northwind")
    assert "Nothing to sync yet" in client.get("/smartsync/").content.decode()


def test_invoice_exporter_opens_smartsync_from_the_menu(profile: SyncProfile) -> None:
    unit = profile.legal_entity.org_unit
    page = signed_in_client(create_user("Eli", Role.INVOICE_EXPORTER, home=unit)).get("/smartsync/").content.decode()
    menu = page[page.index('class="navigation"') :]
    assert 'href="/smartsync/"' in menu[: menu.index("</nav>")]
