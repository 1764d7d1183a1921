"""The page that the link on a test bill leads to: what counts as opened by a person."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import LegalEntity, User
from wizard.models import Connection, Finding, SyncProfile, TestBill
from wizard.models.test_bill import token_of

pytestmark = pytest.mark.django_db
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
CLICKED = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "User-Agent": CHROME}


@pytest.fixture
def test(connection: Connection, legal_entity: LegalEntity) -> TestBill:
    Connection.objects.filter(pk=connection.pk).update(
        company_id="ACME", user_id="Beanworks", credentials_saved_at=timezone.now() - timedelta(days=1)
    )
    profile = SyncProfile.objects.create(connection=connection, legal_entity=legal_entity)
    return TestBill.objects.create(
        connection=connection,
        profile=profile,
        position=1,
        number="BEANWORKS-TEST-20261129-1",
        control_id="test-bill-1",
        token_hash=token_of("test-bill-1").hash,
        expires_at=timezone.now() + timedelta(days=7),
        company_id="ACME",
        user_id="Beanworks",
        state="done",
        phase="stored",
        sent_at=timezone.now(),
        record_no="17",
    )


def address(test: TestBill) -> str:
    return f"/test-bill/{test.token.reveal()}/"


def post(client: Client, test: TestBill, opened: str = "link") -> None:
    response = client.post(address(test), {"opened": opened}, headers={"User-Agent": CHROME})
    assert response.status_code == 302


def result(test: TestBill) -> list[tuple[str, str]]:
    test.refresh_from_db()
    return [(finding.outcome, finding.cause) for finding in Finding.objects.filter(check_slug="custom_field_type")]


def test_click_in_intacct_is_saved_with_browser_and_time(client: Client, test: TestBill) -> None:
    page = client.get(address(test), headers=CLICKED)

    assert "How did you come" not in page.content.decode()
    assert 'hx-trigger="load"' in page.content.decode()

    post(client, test)

    assert result(test) == [("passed", "")]
    assert (test.opened_with, test.opened_at is not None) == ("Chrome", True)


def test_program_that_reads_links_changes_nothing(client: Client, test: TestBill) -> None:
    for headers in ({}, CLICKED, {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}):
        client.get(address(test), headers=headers)
        client.head(address(test), headers=headers)

    assert result(test) == []
    assert test.opened_at is None


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_copied_address_is_asked_about(client: Client, test: TestBill, headers: dict[str, str]) -> None:
    page = client.get(address(test), headers=headers).content.decode()

    assert "How did you come to this page?" in page
    assert 'hx-trigger="load"' not in page

    post(client, test, "text")

    assert result(test) == [("failed", "field_shown_as_text")]
    assert "delete the field and create it again" in client.get(address(test)).content.decode()


def test_link_opened_twice_is_saved_once(client: Client, test: TestBill) -> None:
    post(client, test)
    test.refresh_from_db()
    first = test.opened_at
    post(Client(), test)
    post(Client(), test, "text")

    assert result(test) == [("passed", "")]
    assert test.opened_at == first
    assert "Saved. You can close this page." in client.get(address(test), headers=CLICKED).content.decode()


def test_page_shows_nothing_private(client: Client, test: TestBill) -> None:
    page = client.get(address(test), headers=CLICKED)

    for private in (test.number, "ACME", "Hillside", "Beanworks</dd>", test.control_id):
        assert private not in page.content.decode()
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in page.headers["Cache-Control"]


def test_user_of_another_customer_sees_the_same_page(client: Client, test: TestBill, stranger: User) -> None:
    client.force_login(stranger)
    page = client.get(address(test), headers=CLICKED)

    assert page.status_code == 200
    assert test.number not in page.content.decode()


@pytest.mark.parametrize("opened", ["link", "text"])
def test_expired_link_saves_nothing(client: Client, test: TestBill, opened: str) -> None:
    TestBill.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert client.get(address(test), headers=CLICKED).status_code == 404
    assert client.post(address(test), {"opened": opened}).status_code == 404
    assert result(test) == []


def test_link_of_another_test_is_not_affected(client: Client, test: TestBill) -> None:
    assert client.post("/test-bill/unknown/", {"opened": "link"}).status_code == 404
    assert result(test) == []


def test_guessed_links_are_limited(client: Client, test: TestBill) -> None:
    answers = [client.get(f"/test-bill/guess-{number}/").status_code for number in range(25)]

    assert answers[0] == 404
    assert answers[-1] == 429


def test_result_does_not_count_after_other_credentials_were_saved(client: Client, test: TestBill) -> None:
    Connection.objects.update(credentials_saved_at=timezone.now())
    post(client, test)

    assert result(test) == []
    assert test.opened_at is not None
