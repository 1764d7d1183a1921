"""Support edits ready-made texts; customers get them in their own language."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, transaction
from django.db import connection as database
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import AuditEvent
from operations.canned_texts.services import canned_text_move
from operations.models import CannedText
from tests.wizard.pages.reading import main, words
from wizard.models import SyncProfile

pytestmark = pytest.mark.django_db
INDEX = reverse("operations:canned_texts")
WRITTEN = {"english": "Which books?", "french": "Quels livres?", "is_offered": "on"}


@pytest.fixture
def texts() -> list[CannedText]:
    """Three questions, instead of what the migration added."""
    CannedText.objects.all().delete()
    return [
        CannedText.objects.create(
            purpose="ask", position=number, english=f"Question {number}", french=f"Demande {number}"
        )
        for number in (1, 2, 3)
    ]


def order() -> list[str]:
    return list(CannedText.objects.values_list("english", flat=True))


def edit(client: Client, text: CannedText, **changes: object) -> str:
    address = reverse("operations:canned_text", args=[text.pk])
    return words(client.post(address, WRITTEN | {"version": text.version} | changes, follow=True))


def test_text_is_added_at_the_end_and_audited(browser_of_sue: Client, texts: list[CannedText]) -> None:
    page = browser_of_sue.post(reverse("operations:canned_text_new", args=["ask"]), WRITTEN, follow=True)

    assert "Which books?" in words(page)
    assert order() == ["Question 1", "Question 2", "Question 3", "Which books?"]
    log = words(browser_of_sue.get(reverse("audit_log:index")))
    assert "Added the ready-made text “Which books?”" in log


@pytest.mark.parametrize("name", ["english", "french"])
def test_text_needs_both_languages(browser_of_sue: Client, texts: list[CannedText], name: str) -> None:
    assert "This field is required" in edit(browser_of_sue, texts[0], **{name: " "})
    with pytest.raises(IntegrityError), transaction.atomic():
        CannedText.objects.filter(pk=texts[0].pk).update(**{name: ""})


def test_unknown_purpose_is_not_found(browser_of_sue: Client) -> None:
    assert browser_of_sue.get(reverse("operations:canned_text_new", args=["other"])).status_code == 404


def test_outdated_form_is_refused_and_shows_what_is_saved(
    browser_of_sue: Client, texts: list[CannedText], other_support: User
) -> None:
    CannedText.objects.filter(pk=texts[0].pk).update(english="Newer", version=1, changed_by=other_support)

    page = edit(browser_of_sue, texts[0], english="Older")

    assert f"{other_support.name} changed this page while you were editing." in page
    assert "Saved now: Newer" in page
    assert "Older" in page
    assert CannedText.objects.get(pk=texts[0].pk).english == "Newer"
    texts[0].version = 1
    edit(browser_of_sue, texts[0], english="Older")
    assert CannedText.objects.get(pk=texts[0].pk).english == "Older"


def test_saving_without_a_change_records_nothing(browser_of_sue: Client, texts: list[CannedText]) -> None:
    edit(browser_of_sue, texts[0], english="Question 1", french="Demande 1")

    assert not AuditEvent.objects.filter(action="canned_text.changed").exists()


def test_texts_change_places_and_stop_at_the_ends(browser_of_sue: Client, texts: list[CannedText]) -> None:
    browser_of_sue.post(reverse("operations:canned_text_up", args=[texts[2].pk]))
    assert order() == ["Question 1", "Question 3", "Question 2"]

    browser_of_sue.post(reverse("operations:canned_text_up", args=[texts[0].pk]))
    browser_of_sue.post(reverse("operations:canned_text_down", args=[texts[1].pk]))
    assert order() == ["Question 1", "Question 3", "Question 2"]
    assert AuditEvent.objects.filter(action="canned_text.moved").count() == 1


@pytest.mark.parametrize(("language", "question"), [("en", "Question 1"), ("fr-ca", "Demande 1")])
def test_request_offers_texts_in_the_requesters_language(
    browser_of_sue: Client, texts: list[CannedText], claimed: SyncProfile, language: str, question: str
) -> None:
    User.objects.filter(pk=claimed.requested_by_id).update(language=language)
    CannedText.objects.filter(pk=texts[1].pk).update(is_offered=False)
    address = reverse("operations:request", args=[claimed.pk])

    page = words(browser_of_sue.get(address))
    assert question in page
    assert texts[1].text_in(language) not in page

    filled = browser_of_sue.get(address, {"ask": texts[0].pk})
    assert f"{question}</textarea>" in filled.content.decode()
    assert main(filled).xpath(".//input[@name='decision'][@checked]/@value") == ["ask"]
    assert f"{texts[1].text_in(language)}</textarea>" not in browser_of_sue.get(
        address, {"ask": texts[1].pk}
    ).content.decode()  # fmt: skip


@pytest.fixture
def threads(transactional_db: None) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


def test_two_users_move_texts_at_the_same_time(
    threads: ThreadPoolExecutor, texts: list[CannedText], support: User
) -> None:
    def move(text: CannedText) -> None:
        canned_text_move(actor=support, text=text, down=text == texts[0])
        database.close()

    list(threads.map(move, [texts[0], texts[2]]))

    assert sorted(order()) == ["Question 1", "Question 2", "Question 3"]
    assert list(CannedText.objects.values_list("position", flat=True)) == [1, 2, 3]
