"""A step is a folder: the tables of steps get one line, and nothing else is edited."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import User
from tests.wizard.new_step import STAGE
from tests.wizard.new_step.checks import NAME
from tests.wizard.new_step.page import Page
from tests.wizard.pages.reading import words
from tests.wizard.practice_connection import PracticeConnection
from tests.wizard.states import stage_state
from wizard import explanations, services
from wizard.models import Connection
from wizard.stages import STAGES
from wizard.stages.pages import PAGES

pytestmark = pytest.mark.django_db


@contextmanager
def the_new_step() -> Iterator[None]:
    templates = deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"].append(Path(__file__).parent)
    with pytest.MonkeyPatch.context() as patch, override_settings(TEMPLATES=templates):
        patch.setitem(STAGES, STAGE.slug, STAGE)
        patch.setitem(PAGES, STAGE.slug, Page)
        # The diagnoses are read once for the process, and an earlier test may have done so without the step.
        patch.setattr("wizard.explanations._by_cause", explanations._by_cause.__wrapped__)
        yield


@pytest.fixture
def new_step() -> Iterator[None]:
    with the_new_step():
        yield


@pytest.fixture
def browser(administrator: User) -> Client:
    client = Client()
    client.force_login(administrator)
    return client


def address(connection: Connection, name: str = "stage") -> str:
    return reverse(f"wizard:{name}", args=[connection.pk, STAGE.slug])


@pytest.mark.usefixtures("new_step")
def test_it_is_in_the_list_of_steps_and_can_be_opened(browser: Client, connection: Connection) -> None:
    other = browser.get(reverse("wizard:stage", args=[connection.pk, "sender_id"])).content.decode()
    assert f'href="{address(connection)}"' in other

    page = words(browser.get(address(connection)))

    assert "Step 8 of 8" in page
    assert "Hello from a folder" in page
    assert "Look at your vendors" in page


@pytest.mark.usefixtures("new_step")
def test_new_step_is_ticked_and_confirmed(browser: Client, connection: Connection) -> None:
    browser.post(address(connection, "tick"), {"ticked": "look"})
    assert "Marked as done by Ada Root on" in words(browser.get(address(connection)))

    browser.post(address(connection, "attest"))

    assert stage_state(connection, STAGE.slug) == "attested"


@pytest.mark.usefixtures("new_step")
def test_its_check_verifies_it(practice_connection: PracticeConnection, browser: Client) -> None:
    connection = practice_connection.connection
    assert practice_connection.verify()[NAME].outcome == "passed"
    connection.refresh_from_db()
    assert stage_state(connection, STAGE.slug) == "verified"

    practice_connection.control("permissions", revoke=["vendors:List", "vendors:View"])

    assert practice_connection.verify_again()[NAME].outcome == "failed"
    assert stage_state(connection, STAGE.slug) == "attention"
    assert "Vendors are hidden from Beanworks" in words(browser.get(address(connection)))


@pytest.mark.usefixtures("new_step")
def test_a_guest_does_it(browser: Client, connection: Connection) -> None:
    page = reverse("wizard:handover", args=[connection.pk])
    assert str(STAGE.title) in words(browser.get(page))
    browser.post(page, {"name": "Ida Intacct", "email": "ida@example.com", "stages": [STAGE.slug]})
    link = browser.session["handover_link"]["link"].removeprefix(settings.SITE_URL)
    guest = Client()
    guest.get(link, follow=True)
    guest.post(reverse("handover:begin"))

    guest.post(address(connection, "attest"))

    assert stage_state(connection, STAGE.slug) == "attested"
    assert "Ida Intacct" in words(guest.get(address(connection)))


def test_pages_work_after_a_step_is_removed(
    practice_connection: PracticeConnection, browser: Client, administrator: User
) -> None:
    connection = practice_connection.connection
    with the_new_step():
        practice_connection.verify()
        services.tasks_tick(connection=connection, stage=STAGE.slug, ticks={"look": True}, actor=administrator)
        services.handover_make(
            connection=connection,
            actor=administrator,
            stages=[STAGE.slug],
            name="Ida Intacct",
            email="ida@example.com",
            note="",
        )

    assert browser.get(address(connection)).status_code == 404
    for slug in STAGES:
        assert browser.get(reverse("wizard:stage", args=[connection.pk, slug])).status_code == 200
    assert browser.get(reverse("wizard:handover", args=[connection.pk])).status_code == 200
    assert NAME not in practice_connection.verify_again()
