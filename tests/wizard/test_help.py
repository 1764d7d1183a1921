"""Help pages: every cause has a code, and every code has a page."""

import re
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client, override_settings
from django.utils import translation

from accounts.models import User
from wizard import explanations
from wizard.help import CODES, SECTIONS, TOPICS
from wizard.help.topic import Topic
from wizard.pages.help import TopicPage, find_page
from wizard.stages import STAGES

CAUSES = [diagnosis.cause for diagnosis in explanations.all_diagnoses()]
LANGUAGES = [code for code, _name in settings.LANGUAGES]


def test_every_cause_has_a_code_and_every_code_a_cause() -> None:
    assert CODES.keys() == set(CAUSES)
    assert len(set(CAUSES)) == len(CAUSES)


def test_no_diagnosis_of_a_step_is_temporary() -> None:
    """`wizard.diagnoses.TEMPORARY`, which queries use, does not know the steps."""
    assert not any(diagnosis.retry_helps for stage in STAGES.values() for diagnosis in stage.diagnoses)


def test_codes_are_unique_and_have_the_same_format() -> None:
    codes = [topic.code for topic in TOPICS]

    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"BC-[1-9]\d\d", code) for code in codes)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_shows_a_placeholder(language: str) -> None:
    with translation.override(language):
        pages = [find_page(topic.slug) for topic in TOPICS]

    for page in pages:
        assert isinstance(page, TopicPage)
        words = " ".join([page.title, page.meaning, *page.steps, *page.changes])
        assert "%" not in words
        assert "…" not in words


def test_page_shows_meaning_fix_and_changes(client: Client, db: None) -> None:
    page = client.get("/help/bc-208/").content.decode()

    assert "BC-208" in page
    assert settings.INTACCT_SENDER_ID in page
    for heading in ("What it means", "How to fix it", "Did it ever work?", "Still stuck?"):
        assert heading in page


def test_every_page_needs_no_sign_in(client: Client, db: None) -> None:
    for topic in TOPICS:
        assert client.get(f"/help/{topic.slug}/").status_code == 200


def test_the_index_links_every_code(client: Client, db: None) -> None:
    index = client.get("/help/").content.decode()

    for topic in TOPICS:
        assert f'href="/help/{topic.slug}/"' in index


@pytest.mark.parametrize("typed", ["BC-204", "bc204", "204", "Bc-204", "bc-204\u0000"])
def test_code_is_found_in_any_spelling(client: Client, db: None, typed: str) -> None:
    response = client.get(f"/help/{typed}/")

    assert response.headers["Location"] == "/help/bc-204/"


@pytest.mark.parametrize("typed", ["bc-000", "0", "'", "9" * 5000, "<b>", "🙂"])
def test_an_unknown_code_is_not_found(client: Client, db: None, typed: str) -> None:
    assert client.get(f"/help/{typed}/").status_code == 404


def test_explanation_has_its_code() -> None:
    explanation = explanations.explain(SimpleNamespace(cause="sign_in_refused", facts={}))

    assert explanation.code == "BC-204"


def test_refused_sign_in_names_our_addresses() -> None:
    finding = SimpleNamespace(cause="sign_in_refused", facts={})

    with override_settings(OUTGOING_ADDRESSES=["203.0.113.7", "203.0.113.16/28"]):
        assert "203.0.113.7, 203.0.113.16/28" in " ".join(explanations.explain(finding).instructions)
    assert "ask help@beanworks.com" in " ".join(explanations.explain(finding).instructions)


@pytest.mark.parametrize("cause", ["address_refused", "blocked_before_intacct"])
def test_causes_of_ip_filters_have_our_addresses_to_copy(cause: str) -> None:
    finding = SimpleNamespace(cause=cause, facts={})
    shown = (("IP addresses", "203.0.113.7, 203.0.113.16/28"),)

    with override_settings(OUTGOING_ADDRESSES=["203.0.113.7", "203.0.113.16/28"]):
        page = find_page(CODES[cause].lower())
        assert page
        assert explanations.explain(finding).values == page.values == shown
    assert explanations.explain(finding).values == ()
    assert "write to help@beanworks.com" in " ".join(explanations.explain(finding).instructions)


def test_support_address_is_the_configured_one(client: Client, db: None) -> None:
    finding = SimpleNamespace(cause="session_ended", facts={})

    with override_settings(SUPPORT_EMAIL="erp@example.com"):
        steps = " ".join(explanations.explain(finding).instructions)
        page = client.get("/help/bc-112/").content.decode()

    assert "write to erp@example.com" in steps
    assert "write to erp@example.com" in page
    assert 'href="mailto:erp@example.com?subject=BC-112"' in page
    assert "help@beanworks.com" not in steps + page


def test_error_page_shows_the_support_address() -> None:
    with override_settings(SUPPORT_EMAIL="erp@example.com"):
        page = render_to_string("500.html")

    assert "mailto:erp@example.com" in page


@pytest.mark.parametrize("typed", ["BC-204", " bc 204", "204", "Bc\u2011204", "BC\u2013204", "(BC-204)"])
def test_a_code_is_found_from_the_index(client: Client, db: None, typed: str) -> None:
    response = client.get("/help/", {"code": typed})

    assert response.headers["Location"] == "/help/bc-204/"


@pytest.mark.parametrize("typed", ["", "999", "my list is empty", "x" * 5000])
def test_an_unknown_code_stays_on_the_index(client: Client, db: None, typed: str) -> None:
    response = client.get("/help/", {"code": typed})

    assert response.status_code == 200
    assert response.context["form"].errors["code"]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.code)
def test_help_page_does_not_refer_to_other_pages(topic: Topic) -> None:
    """Users read it in an email or on paper, without the page that shows the problem."""
    page = TopicPage(topic, SECTIONS[0])

    text = " ".join([page.title, page.meaning, *page.steps, *page.changes])
    assert not re.search(r"\b(here|below|above|this page)\b", text)
    assert "the log" not in text


def test_only_beanworks_users_see_steps_for_operators(client: Client, support: User, administrator: User) -> None:
    shown = {}
    for user in (support, administrator):
        client.force_login(user)
        shown[user] = client.get("/help/bc-904/").content.decode()

    assert "log of the worker" in shown[support]
    assert "log of the worker" not in shown[administrator]
