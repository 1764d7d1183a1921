import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import LegalEntity, OrgUnit, User
from wizard.models import Connection, Question, StageProgress, SyncProfile
from wizard.progress import stage_state

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
    [place] = main(page).xpath(f'.//select[@name="place_{legal_entity.pk}"]')
    assert [option.text for option in place] == [
        "Top level · chosen in step 5",
        "Hillside Canada (100)",
        "Hillside West (200)",
    ]
    assert place.xpath("string(option[@selected])") == "Top level · chosen in step 5"
    assert "Intacct company hillside" in words(page)


def test_sending_it_waits_on_beanworks_since_then(
    browser_of_ada: Client, verified: Connection, profile: str, legal_entity: LegalEntity, administrator: User
) -> None:
    page = browser_of_ada.post(profile, {f"place_{legal_entity.pk}": "top", "note": "We start on 1 May."}, follow=True)
    request = SyncProfile.objects.get()
    assert (request.requested_by, request.note, request.state) == (administrator, "We start on 1 May.", "requested")
    assert "Waiting on Beanworks since" in words(page)
    assert main(page).xpath(f'.//time[@datetime="{request.requested_at.isoformat()}"]')
    assert "nobody has taken it yet" in words(page)


def test_who_looks_at_it_is_named(browser_of_ada: Client, waiting: SyncProfile, support: User) -> None:
    SyncProfile.objects.update(state="claimed", claimed_by=support, claimed_at=timezone.now())
    assert "Sue Support of Beanworks support looks at it since" in words(browser_of_ada.get(stage(waiting.connection)))


def test_a_legal_entity_of_another_customer_cannot_be_asked_for(
    browser_of_ada: Client, profile: str, stranger: User, legal_entity: LegalEntity, root: OrgUnit
) -> None:
    assert stranger.customer
    assert stranger.home_org_unit
    other = LegalEntity.objects.create(customer=stranger.customer, org_unit=stranger.home_org_unit, name="Seaside Ltd.")
    own = LegalEntity.objects.create(customer=root.customer, org_unit=root, name="Hillside Holding")
    page = browser_of_ada.post(profile, {f"place_{other.pk}": "top", "note": "kept"})
    assert not SyncProfile.objects.exists()
    assert main(page).xpath(f'.//select[@name="place_{own.pk}"]')
    assert "Choose a place in Intacct for at least one legal entity." in words(page)
    assert main(page).xpath('string(.//textarea[@name="note"])').strip() == "kept"


def test_before_the_credentials_are_verified_nothing_can_be_asked(
    browser_of_ada: Client, answered: Connection, legal_entity: LegalEntity
) -> None:
    assert "Step 5, ERP credentials, comes first." in words(browser_of_ada.get(stage(answered)))
    browser_of_ada.post(reverse("wizard:profile", args=[answered.pk]), {f"place_{legal_entity.pk}": "top"})
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
    assert "Fix what Beanworks names, then send the request again." in words(page)
    assert main(page).xpath(f'.//select[@name="place_{waiting.legal_entity_id}"]')


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


def test_a_draft_with_characters_that_cannot_be_stored_is_kept_without_them(
    browser_of_ada: Client, verified: Connection
) -> None:
    answer = browser_of_ada.post(stage(verified) + "draft/", {"note": "Start\0 on 1 May"})

    assert answer.status_code == 200
    assert StageProgress.objects.get(stage="sync_profile").draft["note"] == "Start on 1 May"


@pytest.fixture
def entities(legal_entity: LegalEntity, root: OrgUnit) -> list[LegalEntity]:
    """Two more legal entities, one of them named like an entity in Intacct."""
    names = ("Hillside West Ltd.", "Orchard Inc.")
    units = [OrgUnit.objects.create(customer=root.customer, parent=root, name=name) for name in names]
    made = (LegalEntity.objects.create(customer=root.customer, org_unit=unit, name=unit.name) for unit in units)
    return [legal_entity, *made]


def test_several_are_asked_for_in_one_go(browser_of_ada: Client, profile: str, entities: list[LegalEntity]) -> None:
    canada, west, orchard = entities
    browser_of_ada.post(
        profile, {f"place_{canada.pk}": "entity:100", f"place_{west.pk}": "entity:200", f"place_{orchard.pk}": ""}
    )
    asked = SyncProfile.objects.values_list("legal_entity", "entity_id", "entity_name")
    assert set(asked) == {(canada.pk, "100", "Hillside Canada"), (west.pk, "200", "Hillside West")}


def test_legal_entities_are_matched_with_their_namesakes(
    browser_of_ada: Client, verified: Connection, entities: list[LegalEntity]
) -> None:
    page = main(browser_of_ada.get(stage(verified)))
    chosen = [page.xpath(f'string(.//select[@name="place_{each.pk}"]/option[@selected])') for each in entities]
    assert chosen == ["Hillside Canada (100)", "Hillside West (200)", "Do not ask now"]


def test_a_place_in_use_is_marked_and_cannot_be_chosen(
    browser_of_ada: Client, waiting: SyncProfile, entities: list[LegalEntity], profile: str
) -> None:
    place = f"place_{entities[1].pk}"
    [used] = main(browser_of_ada.get(stage(waiting.connection))).xpath(f'.//select[@name="{place}"]/option[@disabled]')
    assert used.text == "Top level · already used by Hillside Canada Inc. · chosen in step 5"
    page = browser_of_ada.post(profile, {place: "top"})
    assert "There is a profile for Hillside West Ltd., or for the same place in Intacct, already." in words(page)
    assert SyncProfile.objects.count() == 1


def test_of_several_all_or_none_are_asked_for(
    browser_of_ada: Client, waiting: SyncProfile, entities: list[LegalEntity], profile: str
) -> None:
    browser_of_ada.post(profile, {f"place_{entities[1].pk}": "entity:200", f"place_{entities[2].pk}": "top"})
    assert SyncProfile.objects.count() == 1


def test_two_legal_entities_cannot_share_a_place(
    browser_of_ada: Client, profile: str, entities: list[LegalEntity]
) -> None:
    page = browser_of_ada.post(
        profile, {f"place_{entities[0].pk}": "entity:100", f"place_{entities[1].pk}": "entity:100"}
    )
    assert "Each place in Intacct belongs to one legal entity." in words(page)
    assert not SyncProfile.objects.exists()


@pytest.fixture
def asked(waiting: SyncProfile, support: User) -> SyncProfile:
    SyncProfile.objects.update(state="asked", claimed_by=support, claimed_at=timezone.now())
    Question.objects.create(profile=waiting, text="Which tax number?", asked_by=support)
    return waiting


def test_a_question_is_the_next_thing_to_do(browser_of_ada: Client, asked: SyncProfile) -> None:
    assert stage_state(asked.connection, "sync_profile") == "attention"
    page = words(browser_of_ada.get(stage(asked.connection)))
    assert "Your answer is needed" in page
    assert "Which tax number?" in page


def test_asking_moves_a_page_that_waits(browser_of_ada: Client, asked: SyncProfile) -> None:
    news = reverse("wizard:findings", args=[asked.connection_id, "sync_profile"])
    response = browser_of_ada.get(news, {"waiting": asked.pk}, headers=HTMX)
    assert response.headers["HX-Redirect"] == stage(asked.connection)


def test_the_answer_goes_back_to_who_asked(browser_of_ada: Client, asked: SyncProfile, administrator: User) -> None:
    url = reverse("wizard:answer", args=[asked.connection_id, asked.pk])
    page = browser_of_ada.post(url, {"answer": "It is 123."}, follow=True)
    question = Question.objects.get()
    asked.refresh_from_db()
    assert (question.answer, question.answered_by, asked.state) == ("It is 123.", administrator, "claimed")
    assert "Ada Root answered" in words(page)


def test_an_empty_answer_is_none(browser_of_ada: Client, asked: SyncProfile) -> None:
    url = reverse("wizard:answer", args=[asked.connection_id, asked.pk])
    page = browser_of_ada.post(url, {"answer": " "}, follow=True)
    assert "Write an answer first." in words(page)
    assert Question.objects.get().closed_at is None


def test_a_question_about_one_profile_holds_no_other_back(
    browser_of_ada: Client, asked: SyncProfile, entities: list[LegalEntity], support: User
) -> None:
    SyncProfile.objects.create(
        connection=asked.connection, legal_entity=entities[1], entity_id="200", state="approved",
        decided_by=support, decided_at=timezone.now(),
    )  # fmt: skip
    assert stage_state(asked.connection, "smart_sync") == "todo"


def test_an_entity_with_the_id_top_is_not_the_top_level(
    browser_of_ada: Client, profile: str, verified: Connection, legal_entity: LegalEntity
) -> None:
    verified.company["entities"] = [{"id": "top", "name": "Topaz"}, {"id": "entity:1", "name": "One"}]
    verified.save()
    page = browser_of_ada.get(stage(verified))
    [place] = main(page).xpath(f'.//select[@name="place_{legal_entity.pk}"]')
    assert [option.text for option in place] == ["Top level · chosen in step 5", "Topaz (top)", "One (entity:1)"]

    browser_of_ada.post(profile, {f"place_{legal_entity.pk}": place[1].get("value")})

    assert SyncProfile.objects.get().entity_id == "top"
