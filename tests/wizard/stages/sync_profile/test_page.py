from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import LegalEntity, OrgUnit, User
from tests.wizard.pages.reading import main, words
from tests.wizard.stages.sync_profile.conftest import HTMX, stage
from wizard.models import Connection, StageProgress, SyncProfile


@pytest.fixture
def profile(verified: Connection) -> str:
    return reverse("wizard:profile", args=[verified.pk])


def decide(profile: SyncProfile, support: User, state: str, reason: str = "") -> None:
    profile.state, profile.decided_by, profile.decided_at, profile.reason = state, support, timezone.now(), reason
    profile.save()


def test_level_chosen_with_the_credentials_is_not_asked_again(
    browser_of_ada: Client, verified: Connection, legal_entity: LegalEntity
) -> None:
    StageProgress.objects.create(
        connection=verified, stage="sync_profile", draft={f"level_{legal_entity.pk}": "entity:100"}
    )

    page = browser_of_ada.get(stage(verified))

    assert main(page).xpath(".//select") == []
    assert main(page).xpath(f'.//input[@name="level_{legal_entity.pk}"]/@value') == ["top"]
    facts = "Intacct company hillside Hillside Canada Inc. Top level · chosen earlier Change the level"
    assert facts in words(page)


@pytest.mark.parametrize("company", [{"entities": [{"id": "200", "name": "West"}]}, {"multi_entity": False}])
def test_chosen_entity_that_intacct_lists_no_longer_is_chosen_again_first(
    browser_of_ada: Client, verified: Connection, legal_entity: LegalEntity, company: dict[str, object]
) -> None:
    Connection.objects.update(level="entity", entity_id="100", company=company)

    assert "Complete step 5, ERP credentials, first." in words(browser_of_ada.get(stage(verified)))


def test_level_that_another_legal_entity_uses_is_asked_again(
    browser_of_ada: Client, waiting: SyncProfile, entities: list[LegalEntity]
) -> None:
    entities[2].delete()

    [level] = main(browser_of_ada.get(stage(waiting.connection))).xpath(".//select")

    assert [option.text for option in level] == [
        "Top level · already used by Hillside Canada Inc.",
        "Hillside Canada (100)",
        "Hillside West (200)",
    ]


def test_request_is_not_offered_if_every_legal_entity_has_a_profile_elsewhere(
    browser_of_ada: Client, verified: Connection, waiting: SyncProfile
) -> None:
    other = Connection.objects.create(customer=verified.customer, created_by=verified.created_by)
    SyncProfile.objects.update(connection=other)

    page = browser_of_ada.get(stage(verified))

    assert "Every legal entity already has a profile or a request for one." in words(page)
    assert "Send request" not in words(page)


def test_sent_request_waits_for_beanworks(
    browser_of_ada: Client, verified: Connection, profile: str, legal_entity: LegalEntity, administrator: User
) -> None:
    page = browser_of_ada.post(profile, {f"level_{legal_entity.pk}": "top", "note": "We start on 1 May."}, follow=True)
    request = SyncProfile.objects.get()
    assert (request.requested_by, request.note, request.state) == (administrator, "We start on 1 May.", "requested")
    # In both lists of steps (one is visible), and at the top of the page.
    assert words(page).count("Waiting on Beanworks") == 3
    assert main(page).xpath(f'.//time[@datetime="{request.requested_at.isoformat()}"]')
    assert "No one has claimed it yet" in words(page)
    assert "You send the request" not in words(page)
    assert "Beanworks support decides Usually within 8 business hours." in words(page)


def test_user_who_claimed_the_request_is_named(browser_of_ada: Client, waiting: SyncProfile, support: User) -> None:
    SyncProfile.objects.update(state="claimed", claimed_by=support, claimed_at=timezone.now())
    assert "Sue Support of Beanworks support has been reviewing it since" in words(
        browser_of_ada.get(stage(waiting.connection))
    )


def test_legal_entity_of_another_customer_is_refused(
    browser_of_ada: Client, profile: str, stranger: User, legal_entity: LegalEntity, root: OrgUnit
) -> None:
    assert stranger.customer
    assert stranger.home_org_unit
    other = LegalEntity.objects.create(customer=stranger.customer, org_unit=stranger.home_org_unit, name="Seaside Ltd.")
    own = LegalEntity.objects.create(customer=root.customer, org_unit=root, name="Hillside Holding")
    page = browser_of_ada.post(profile, {f"level_{other.pk}": "top", "note": "kept"})
    assert not SyncProfile.objects.exists()
    assert main(page).xpath(f'.//select[@name="level_{own.pk}"]')
    assert "Choose where bills go for at least one legal entity." in words(page)
    assert main(page).xpath('string(.//textarea[@name="note"])').strip() == "kept"


def test_request_needs_verified_credentials(
    browser_of_ada: Client, answered: Connection, legal_entity: LegalEntity
) -> None:
    assert "Complete step 5, ERP credentials, first." in words(browser_of_ada.get(stage(answered)))
    browser_of_ada.post(reverse("wizard:profile", args=[answered.pk]), {f"level_{legal_entity.pk}": "top"})
    assert not SyncProfile.objects.exists()


def test_page_polls_while_the_request_waits(browser_of_ada: Client, waiting: SyncProfile) -> None:
    page = browser_of_ada.get(stage(waiting.connection))
    assert main(page).xpath('.//*[@id="poll"]/@hx-get') == [f"{stage(waiting.connection)}?waiting={waiting.pk}"]
    refresh = f'content="5; url={stage(waiting.connection)}?waiting={waiting.pk}"'
    assert refresh in page.content.decode()


def test_waiting_page_does_not_redirect(browser_of_ada: Client, waiting: SyncProfile) -> None:
    live_url = stage(waiting.connection)
    response = browser_of_ada.get(live_url, {"waiting": waiting.pk}, headers=HTMX)
    assert response.status_code == 200
    assert "HX-Redirect" not in response.headers


@pytest.mark.parametrize(("state", "to"), [("approved", "smart_sync"), ("declined", "sync_profile")])
def test_decision_redirects_the_waiting_page(
    browser_of_ada: Client, waiting: SyncProfile, support: User, state: str, to: str
) -> None:
    decide(waiting, support, state, "Not this entity.")
    live_url = stage(waiting.connection)
    live = browser_of_ada.get(live_url, {"waiting": waiting.pk}, headers=HTMX)
    plain = browser_of_ada.get(stage(waiting.connection), {"waiting": waiting.pk})
    assert live.headers["HX-Redirect"] == plain.headers["Location"] == stage(waiting.connection, to)


def test_declined_request_shows_reason_and_next_step(
    browser_of_ada: Client, waiting: SyncProfile, support: User
) -> None:
    decide(waiting, support, "declined", "Please pick the entity, not the top level.")
    page = browser_of_ada.get(stage(waiting.connection))
    assert "Please pick the entity, not the top level." in words(page)
    assert "Fix this, then send the request again." in words(page)
    assert main(page).xpath(f'.//select[@name="level_{waiting.legal_entity_id}"]')


def test_declined_request_asks_for_nothing_once_a_later_one_is_approved(
    browser_of_ada: Client, waiting: SyncProfile, support: User
) -> None:
    decide(waiting, support, "declined", "Please pick the entity, not the top level.")
    connection, entity = waiting.connection, waiting.legal_entity
    later = SyncProfile.objects.create(connection=connection, legal_entity=entity, entity_id="200")
    decide(later, support, "approved")

    page = browser_of_ada.get(stage(waiting.connection))

    [earlier] = main(page).xpath('.//details[not(@open)][contains(summary, "Earlier requests")]')
    assert "Please pick the entity, not the top level." in earlier.text_content()
    assert not earlier.xpath('.//*[contains(@class, "tone-bad")]')
    assert "Fix this, then send the request again." not in words(page)


def test_a_request_can_be_withdrawn(browser_of_ada: Client, waiting: SyncProfile) -> None:
    page = browser_of_ada.post(reverse("wizard:withdraw", args=[waiting.connection_id, waiting.pk]), follow=True)
    waiting.refresh_from_db()
    assert waiting.state == "withdrawn"
    assert "Withdrawn" in words(page)


def test_decided_request_cannot_be_withdrawn(browser_of_ada: Client, waiting: SyncProfile, support: User) -> None:
    decide(waiting, support, "approved")
    browser_of_ada.post(reverse("wizard:withdraw", args=[waiting.connection_id, waiting.pk]))
    waiting.refresh_from_db()
    assert waiting.state == "approved"


def test_request_cannot_be_withdrawn_through_another_connection(browser_of_ada: Client, waiting: SyncProfile) -> None:
    other = Connection.objects.create(customer=waiting.connection.customer)
    response = browser_of_ada.post(reverse("wizard:withdraw", args=[other.pk, waiting.pk]))
    assert response.status_code == 404


def test_characters_that_cannot_be_stored_are_removed_from_drafts(browser_of_ada: Client, verified: Connection) -> None:
    answer = browser_of_ada.post(stage(verified) + "draft/", {"note": "Start\0 on 1 May"})

    assert answer.status_code == 200
    assert StageProgress.objects.get(stage="sync_profile").draft["note"] == "Start on 1 May"


def test_several_profiles_are_requested_together(
    browser_of_ada: Client, profile: str, entities: list[LegalEntity]
) -> None:
    canada, west, orchard = entities
    browser_of_ada.post(
        profile, {f"level_{canada.pk}": "entity:100", f"level_{west.pk}": "entity:200", f"level_{orchard.pk}": ""}
    )
    asked = SyncProfile.objects.values_list("legal_entity", "entity_id", "entity_name")
    assert set(asked) == {(canada.pk, "100", "Hillside Canada"), (west.pk, "200", "Hillside West")}


def test_page_says_once_that_users_need_not_wait(
    browser_of_ada: Client, waiting: SyncProfile, entities: list[LegalEntity]
) -> None:
    SyncProfile.objects.create(connection=waiting.connection, legal_entity=entities[1], entity_id="100")

    page = words(browser_of_ada.get(stage(waiting.connection)))

    assert page.count("No one has claimed it yet.") == 2
    assert page.count("You don’t need to wait here.") == 1


def test_legal_entities_are_matched_to_entities_by_name(
    browser_of_ada: Client, verified: Connection, entities: list[LegalEntity]
) -> None:
    page = main(browser_of_ada.get(stage(verified)))
    chosen = [page.xpath(f'string(.//select[@name="level_{entity.pk}"]/option[@selected])') for entity in entities]
    assert chosen == ["Hillside Canada (100)", "Hillside West (200)", "Do not request now"]


def test_used_level_is_marked_and_disabled(
    browser_of_ada: Client, waiting: SyncProfile, entities: list[LegalEntity], profile: str
) -> None:
    level = f"level_{entities[1].pk}"
    [used] = main(browser_of_ada.get(stage(waiting.connection))).xpath(f'.//select[@name="{level}"]/option[@disabled]')
    assert used.text == "Top level · already used by Hillside Canada Inc."
    page = browser_of_ada.post(profile, {level: "top"})
    assert "There is already a profile for Hillside West Ltd., or for the same level or entity in Intacct." in words(
        page
    )
    assert SyncProfile.objects.count() == 1


def test_several_profiles_are_requested_together_or_not_at_all(
    browser_of_ada: Client, waiting: SyncProfile, entities: list[LegalEntity], profile: str
) -> None:
    browser_of_ada.post(profile, {f"level_{entities[1].pk}": "entity:200", f"level_{entities[2].pk}": "top"})
    assert SyncProfile.objects.count() == 1


def test_two_legal_entities_cannot_share_a_place(
    browser_of_ada: Client, profile: str, entities: list[LegalEntity]
) -> None:
    page = browser_of_ada.post(
        profile, {f"level_{entities[0].pk}": "entity:100", f"level_{entities[1].pk}": "entity:100"}
    )
    assert "Only one legal entity can use the top level, and only one can use each entity." in words(page)
    assert not SyncProfile.objects.exists()


def test_an_entity_with_the_id_top_is_not_the_top_level(
    browser_of_ada: Client, profile: str, verified: Connection, entities: list[LegalEntity]
) -> None:
    verified.company["entities"] = [{"id": "top", "name": "Topaz"}, {"id": "entity:1", "name": "One"}]
    verified.save()
    page = browser_of_ada.get(stage(verified))
    [level] = main(page).xpath(f'.//select[@name="level_{entities[0].pk}"]')
    assert [option.text for option in level] == [
        "Do not request now",
        "Top level · chosen earlier",
        "Topaz (top)",
        "One (entity:1)",
    ]

    browser_of_ada.post(profile, {f"level_{entities[0].pk}": level[2].get("value")})

    assert SyncProfile.objects.get().entity_id == "top"


def test_open_problems_are_named_before_the_request(
    browser_of_ada: Client, verified: Connection, make_verification: Callable[..., object]
) -> None:
    make_verification({"perm.vendors": "right_missing"})
    page = main(browser_of_ada.get(reverse("wizard:stage", args=[verified.pk, "sync_profile"])))
    assert "1 problem is still open. Support will see it" in page.xpath('string(.//*[@class="notice tone-warn"])')


def test_open_problems_are_not_sent_to_support_once_everything_is_approved(
    browser_of_ada: Client, waiting: SyncProfile, make_verification: Callable[..., object]
) -> None:
    SyncProfile.objects.update(state="approved", decided_at=timezone.now())
    make_verification({"perm.vendors": "right_missing"})
    page = words(browser_of_ada.get(reverse("wizard:stage", args=[waiting.connection_id, "sync_profile"])))
    assert "To fix in another step" in page
    assert "Support will see it" not in page


def test_decision_is_ahead_only_until_it_is_made(browser_of_ada: Client, waiting: SyncProfile) -> None:
    page = reverse("wizard:stage", args=[waiting.connection_id, "sync_profile"])
    assert "Beanworks support decides" in words(browser_of_ada.get(page))

    SyncProfile.objects.update(state="approved", decided_at=timezone.now())

    assert "What happens next" not in words(browser_of_ada.get(page))


def test_declined_request_can_be_sent_again(browser_of_ada: Client, waiting: SyncProfile) -> None:
    SyncProfile.objects.update(state="declined", decided_at=timezone.now(), reason="Wrong entity")
    page = words(browser_of_ada.get(reverse("wizard:stage", args=[waiting.connection_id, "sync_profile"])))
    assert "Send the request again" in page
    assert "Request another profile" not in page


@pytest.mark.usefixtures("entities")
def test_declined_request_begins_with_the_level_it_had(browser_of_ada: Client, waiting: SyncProfile) -> None:
    company = {"entities": [{"id": "100", "name": "North"}, {"id": "200", "name": "South"}]}
    Connection.objects.update(company=company, level="entity", entity_id="100")
    SyncProfile.objects.update(state="declined", decided_at=timezone.now(), reason="Add the address", entity_id="200")

    page = main(browser_of_ada.get(stage(waiting.connection)))

    selected = page.xpath(f'.//select[@name="level_{waiting.legal_entity_id}"]/option[@selected]/text()')
    assert [text.strip() for text in selected] == ["South (200)"]


def test_only_level_of_the_only_legal_entity_is_a_fact(browser_of_ada: Client, verified: Connection) -> None:
    Connection.objects.update(company={"entities": [], "multi_entity": False})
    page = main(browser_of_ada.get(reverse("wizard:stage", args=[verified.pk, "sync_profile"])))
    assert page.xpath(".//select") == []
    assert page.xpath('.//input[starts-with(@name, "level_")]/@value') == ["top"]
