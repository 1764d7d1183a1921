import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import LegalEntity, User
from wizard.models import Connection, SyncProfile

from .reading import main, words

HTMX = {"HX-Request": "true"}


def stage(connection: Connection, slug: str = "sync_profile") -> str:
    return reverse("wizard:stage", args=[connection.pk, slug])


@pytest.fixture
def profile(verified: Connection) -> str:
    return reverse("wizard:profile", args=[verified.pk])


def decide(profile: SyncProfile, support: User, state: str, reason: str = "") -> None:
    profile.state, profile.decided_by, profile.decided_at, profile.reason = state, support, timezone.now(), reason
    profile.save()


def test_the_request_is_filled_in(browser_of_ada: Client, verified: Connection, legal_entity: LegalEntity) -> None:
    page = browser_of_ada.get(stage(verified))
    assert main(page).xpath('.//select[@name="legal_entity"]/option/text()') == ["Hillside Canada Inc."]
    assert "Intacct company hillside Level Top level" in words(page)


def test_sending_it_waits_on_beanworks_since_then(
    browser_of_ada: Client, verified: Connection, profile: str, legal_entity: LegalEntity, administrator: User
) -> None:
    page = browser_of_ada.post(profile, {"legal_entity": legal_entity.pk, "note": "We start on 1 May."}, follow=True)
    request = SyncProfile.objects.get()
    assert (request.requested_by, request.note, request.state) == (administrator, "We start on 1 May.", "requested")
    assert "Waiting on Beanworks since" in words(page)
    assert main(page).xpath(f'.//time[@datetime="{request.requested_at.isoformat()}"]')
    assert "nobody has taken it yet" in words(page)


def test_who_looks_at_it_is_named(browser_of_ada: Client, waiting: SyncProfile, support: User) -> None:
    SyncProfile.objects.update(state="claimed", claimed_by=support, claimed_at=timezone.now())
    assert "Sue Support of Beanworks support looks at it since" in words(browser_of_ada.get(stage(waiting.connection)))


def test_a_legal_entity_of_another_customer_cannot_be_asked_for(
    browser_of_ada: Client, profile: str, stranger: User
) -> None:
    assert stranger.customer
    assert stranger.home_org_unit
    other = LegalEntity.objects.create(customer=stranger.customer, org_unit=stranger.home_org_unit, name="Seaside Ltd.")
    page = browser_of_ada.post(profile, {"legal_entity": other.pk, "note": "kept"})
    assert not SyncProfile.objects.exists()
    assert main(page).xpath('.//*[@class="errorlist"]')
    assert main(page).xpath('string(.//textarea[@name="note"])').strip() == "kept"


def test_before_the_credentials_are_verified_nothing_can_be_asked(
    browser_of_ada: Client, answered: Connection, legal_entity: LegalEntity
) -> None:
    assert "Step 5, ERP credentials, comes first." in words(browser_of_ada.get(stage(answered)))
    browser_of_ada.post(reverse("wizard:profile", args=[answered.pk]), {"legal_entity": legal_entity.pk})
    assert not SyncProfile.objects.exists()


def test_the_page_asks_for_news_while_it_waits(browser_of_ada: Client, waiting: SyncProfile) -> None:
    page = browser_of_ada.get(stage(waiting.connection))
    [live] = main(page).xpath('.//*[@id="live"]')
    assert live.get("hx-get").endswith(f"/findings/?waiting={waiting.pk}")
    refresh = f'content="5; url={stage(waiting.connection)}?waiting={waiting.pk}"'
    assert refresh in page.content.decode()


def test_while_it_waits_nothing_moves(browser_of_ada: Client, waiting: SyncProfile) -> None:
    news = reverse("wizard:findings", args=[waiting.connection_id, "sync_profile"])
    response = browser_of_ada.get(news, {"waiting": waiting.pk}, headers=HTMX)
    assert response.status_code == 200
    assert "HX-Redirect" not in response.headers


@pytest.mark.parametrize(("state", "to"), [("approved", "smart_sync"), ("declined", "sync_profile")])
def test_the_decision_moves_the_page_on(
    browser_of_ada: Client, waiting: SyncProfile, support: User, state: str, to: str
) -> None:
    decide(waiting, support, state, "Not this entity.")
    news = reverse("wizard:findings", args=[waiting.connection_id, "sync_profile"])
    live = browser_of_ada.get(news, {"waiting": waiting.pk}, headers=HTMX)
    plain = browser_of_ada.get(stage(waiting.connection), {"waiting": waiting.pk})
    assert live.headers["HX-Redirect"] == plain.headers["Location"] == stage(waiting.connection, to)


def test_a_declined_request_says_why_and_what_next(browser_of_ada: Client, waiting: SyncProfile, support: User) -> None:
    decide(waiting, support, "declined", "Please pick the entity, not the top level.")
    page = browser_of_ada.get(stage(waiting.connection))
    assert "Please pick the entity, not the top level." in words(page)
    assert "Mend what it names, then send the request again." in words(page)
    assert main(page).xpath('.//select[@name="legal_entity"]/option')


def test_a_request_can_be_withdrawn(browser_of_ada: Client, waiting: SyncProfile) -> None:
    page = browser_of_ada.post(reverse("wizard:withdraw", args=[waiting.connection_id, waiting.pk]), follow=True)
    waiting.refresh_from_db()
    assert waiting.state == "withdrawn"
    assert "Withdrawn" in words(page)


def test_a_decided_request_is_not_withdrawn(browser_of_ada: Client, waiting: SyncProfile, support: User) -> None:
    decide(waiting, support, "approved")
    browser_of_ada.post(reverse("wizard:withdraw", args=[waiting.connection_id, waiting.pk]))
    waiting.refresh_from_db()
    assert waiting.state == "approved"


def test_a_request_is_withdrawn_through_its_own_connection_only(browser_of_ada: Client, waiting: SyncProfile) -> None:
    other = Connection.objects.create(customer=waiting.connection.customer)
    response = browser_of_ada.post(reverse("wizard:withdraw", args=[other.pk, waiting.pk]))
    assert response.status_code == 404
