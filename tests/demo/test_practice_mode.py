"""What pages show in practice mode: the demo accounts, the practice company's screens, what to try, and the reset."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import Customer, User
from beanworks_connect.demo.screens import SCREENS
from beanworks_connect.demo.team import ACCOUNTS, PASSWORD
from beanworks_connect.demo.tries import tries_for
from core.leases import ACTIVE, State
from practice.screens.pages import SCREEN_NAMES
from smartsync.models import SyncRun
from smartsync.services import run_start
from tests.support.processes import wait_until
from tests.support.stack import Practice, Worker
from wizard.models import Connection, SyncProfile
from wizard.stages import STAGES

RESET = reverse("demo:reset")


@pytest.mark.django_db
def test_sign_in_page_has_a_button_for_each_demo_account(client: Client) -> None:
    page = client.get(reverse("account_login")).content.decode()
    assert all(account.email in page for accounts in ACCOUNTS.values() for account in accounts)


@pytest.mark.django_db
def test_demo_accounts_and_what_to_try_are_hidden_outside_practice_mode(client: Client, settings: Settings) -> None:
    settings.PRACTICE = False
    page = client.get(reverse("account_login")).content.decode()
    assert PASSWORD not in page
    assert 'class="practice"' not in page


@pytest.mark.django_db
def test_reset_is_not_found_outside_practice_mode(client: Client, settings: Settings) -> None:
    settings.PRACTICE = False
    assert client.get(RESET).status_code == 404
    assert client.post(RESET, {"confirmed": "yes"}).status_code == 404


def test_every_step_has_screens_in_the_practice_company() -> None:
    assert SCREENS.keys() == STAGES.keys()
    assert {screen for screens in SCREENS.values() for _title, screen in screens} <= SCREEN_NAMES


@pytest.mark.django_db
def test_step_links_to_the_customers_own_practice_company(client: Client, administrator: User) -> None:
    connection = Connection.objects.create(customer_id=administrator.customer_id or 0, company_id="JUNIPER-CO")
    client.force_login(administrator)
    page = client.get(reverse("wizard:stage", args=[connection.pk, "sender_id"])).content.decode()
    assert "/open?company=JUNIPER-CO&amp;screen=info" in page
    page = client.get(reverse("wizard:test_bill", args=[connection.pk])).content.decode()
    assert "/open?company=JUNIPER-CO&amp;screen=bills" in page


@pytest.mark.django_db
def test_every_user_has_something_to_try(administrator: User, support: User, success: User) -> None:
    assert len(tries_for(administrator)) == 9
    assert len({tries_for(user) for user in (administrator, support, success)}) == 3


@pytest.mark.usefixtures("transactional_db")
def test_reset_loads_product_and_practice_companies_again(client: Client, practice: Practice) -> None:
    practice.control("companies/MAPLE-RIDGE/set-up")
    Customer.objects.create(name="Someone's own")
    assert b"Everything you did here is lost" in client.get(RESET).content
    assert Customer.objects.exists()

    response = client.post(RESET, {"confirmed": "yes"}, follow=True)

    assert "The demonstration was reset" in response.content.decode()
    assert not Customer.objects.filter(name="Someone's own").exists()
    assert practice.control("companies/MAPLE-RIDGE", "GET")["web_services_on"] is False
    assert client.login(email="maya.root@example.com", password=PASSWORD)


@pytest.mark.django_db
def test_reset_without_the_practice_companies_changes_nothing(
    client: Client, administrator: User, practice: Practice
) -> None:
    client.force_login(administrator)
    practice.kill9()

    response = client.post(RESET, {"confirmed": "yes"})

    assert response.status_code == 503
    assert "The practice companies did not answer" in response.content.decode()
    assert User.objects.filter(pk=administrator.pk).exists()
    assert client.get(reverse("wizard:home")).status_code == 200


@pytest.mark.usefixtures("transactional_db")
def test_reset_during_a_sync_leaves_nothing_half_done(client: Client, practice: Practice, worker: Worker) -> None:
    client.post(RESET, {"confirmed": "yes"})
    practice.control("companies/KOOTENAY-COFFEE/fault", name="slow", function="query")
    profile = SyncProfile.objects.get(connection__company_id="KOOTENAY-COFFEE")
    run = run_start(profile=profile, kind=SyncRun.Kind.FULL, actor=None)
    wait_until(lambda: SyncRun.objects.get(pk=run.pk).state == State.RUNNING, "the worker reads")

    assert client.post(RESET, {"confirmed": "yes"}).status_code == 302

    wait_until(lambda: worker.idle, "the worker has noticed")
    assert not SyncRun.objects.filter(pk__gte=run.pk, profile=profile.pk).exists()
    assert not SyncRun.objects.filter(state__in=ACTIVE).exists()
    assert "deadlock" not in worker.said()
    again = run_start(
        profile=SyncProfile.objects.get(connection__company_id="KOOTENAY-COFFEE"), kind=SyncRun.Kind.FULL, actor=None
    )
    wait_until(lambda: SyncRun.objects.get(pk=again.pk).state == State.DONE, "the worker syncs again")
