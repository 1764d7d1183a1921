"""Support asks about a request, and the customer answers on the page of the step."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import LegalEntity, User
from tests.wizard.pages.reading import words
from tests.wizard.stages.sync_profile.conftest import HTMX, stage
from tests.wizard.states import stage_state
from wizard.models import Question, SyncProfile


@pytest.fixture
def asked(waiting: SyncProfile, support: User) -> SyncProfile:
    SyncProfile.objects.update(state="asked", claimed_by=support, claimed_at=timezone.now())
    Question.objects.create(profile=waiting, text="Which tax number?", asked_by=support)
    return waiting


def test_open_question_needs_attention(browser_of_ada: Client, asked: SyncProfile) -> None:
    assert stage_state(asked.connection, "sync_profile") == "attention"
    page = words(browser_of_ada.get(stage(asked.connection)))
    assert "Your answer is needed" in page
    assert "Which tax number?" in page


def test_question_redirects_the_waiting_page(browser_of_ada: Client, asked: SyncProfile) -> None:
    live_url = stage(asked.connection)
    response = browser_of_ada.get(live_url, {"waiting": asked.pk}, headers=HTMX)
    assert response.headers["HX-Redirect"] == stage(asked.connection)


def test_answer_returns_the_request_to_support(browser_of_ada: Client, asked: SyncProfile, administrator: User) -> None:
    url = reverse("wizard:answer", args=[asked.connection_id, asked.pk])
    page = browser_of_ada.post(url, {"answer": "It is 123."}, follow=True)
    question = Question.objects.get()
    asked.refresh_from_db()
    assert (question.answer, question.answered_by, asked.state) == ("It is 123.", administrator, "claimed")
    assert "Ada Root answered" in words(page)


def test_empty_answer_is_refused(browser_of_ada: Client, asked: SyncProfile) -> None:
    url = reverse("wizard:answer", args=[asked.connection_id, asked.pk])
    page = browser_of_ada.post(url, {"answer": " "}, follow=True)
    assert "Enter an answer first." in words(page)
    assert Question.objects.get().closed_at is None


def test_question_about_one_profile_does_not_block_another(
    browser_of_ada: Client, asked: SyncProfile, entities: list[LegalEntity], support: User
) -> None:
    SyncProfile.objects.create(
        connection=asked.connection, legal_entity=entities[1], entity_id="200", state="approved",
        decided_by=support, decided_at=timezone.now(),
    )  # fmt: skip
    assert stage_state(asked.connection, "smart_sync") == "todo"
