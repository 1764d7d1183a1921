"""The level to which bills go is chosen with the credentials."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import AuditEvent
from audit.services import event_record
from tests.wizard.pages.conftest import ENTITIES
from tests.wizard.pages.reading import chosen, main, words
from tests.wizard.stages.credentials.conftest import primary_actions
from wizard.models import Connection, SyncProfile, Verification
from wizard.services import Refused, level_choose


def test_level_is_offered_after_the_sign_in_passed(
    browser_of_ada: Client, address: str, make_verification: Callable[..., Verification]
) -> None:
    assert main(browser_of_ada.get(address)).xpath('.//input[@name="level"]') == []
    make_verification()
    page = browser_of_ada.get(address)
    assert main(page).xpath('.//input[@name="level"]/@value') == ["top", "entity:100", "entity:200"]
    assert "Hillside Canada 100 · CAD" in words(page)
    assert "changing it takes a new request, and all lists are read again" in words(page)
    assert words(page).lower().count("where do your bills go?") == 1


def test_level_is_the_only_primary_action_after_the_sign_in(
    browser_of_ada: Client, address: str, make_verification: Callable[..., Verification]
) -> None:
    make_verification()
    page = browser_of_ada.get(address)
    assert primary_actions(page) == ["Choose this level"]
    assert "Enter the new user’s credentials" not in words(page)
    assert main(page).xpath("boolean(.//details[not(@open)]//input[@name='password'])")


def test_used_entity_names_its_legal_entity(browser_of_ada: Client, address: str, waiting: SyncProfile) -> None:
    SyncProfile.objects.filter(pk=waiting.pk).update(entity_id="100", entity_name="Hillside Canada")
    assert "100 · CAD · already used by Hillside Canada Inc." in words(browser_of_ada.get(address))


@pytest.mark.parametrize(("level", "stored"), [("top", ("top", "")), ("entity:200", ("entity", "200"))])
def test_chosen_level_is_saved(
    browser_of_ada: Client,
    address: str,
    answered: Connection,
    make_verification: Callable[..., Verification],
    level: str,
    stored: tuple[str, str],
) -> None:
    make_verification()
    browser_of_ada.post(reverse("wizard:level", args=[answered.pk]), {"level": level})
    answered.refresh_from_db()
    assert (answered.level, answered.entity_id) == stored
    Verification.objects.active().delete()
    assert chosen(browser_of_ada.get(address), "level") == [level]


def test_entity_of_a_single_entity_company_is_refused_with_the_reason(
    browser_of_ada: Client,
    answered: Connection,
    make_verification: Callable[..., Verification],
) -> None:
    make_verification()
    Connection.objects.filter(pk=answered.pk).update(company={"entities": ENTITIES[:1], "multi_entity": False})
    page = browser_of_ada.post(reverse("wizard:level", args=[answered.pk]), {"level": "entity:100"})
    answered.refresh_from_db()
    assert (answered.level, answered.entity_id) == ("", "")
    assert "has a single entity" in main(page).xpath('string(.//*[@class="errorlist"])')
    assert main(page).xpath('.//input[@name="level"]/@type') == ["hidden"]
    assert "Confirm the top level" in words(page)


def test_missing_choice_of_level_is_reported(
    browser_of_ada: Client, answered: Connection, make_verification: Callable[..., Verification]
) -> None:
    make_verification()
    page = browser_of_ada.post(reverse("wizard:level", args=[answered.pk]), {})
    assert main(page).xpath('string(.//fieldset//*[@class="errorlist"])') == "This field is required."


@pytest.mark.parametrize(
    "level", ["foo", "", "entity:", "entity", "entity:999", "top:1", "200", "TOP", "entity:100\x00"]
)
def test_only_an_offered_level_can_be_chosen(browser_of_ada: Client, verified: Connection, level: str) -> None:
    page = browser_of_ada.post(reverse("wizard:level", args=[verified.pk]), {"level": level})

    assert page.status_code == 200
    verified.refresh_from_db()
    assert (verified.level, verified.entity_id) == ("top", "")
    assert not AuditEvent.objects.filter(action="level.chosen").exists()


@pytest.mark.parametrize(("level", "entity_id"), [("foo", ""), ("top", "100"), ("entity", ""), ("", "100")])
def test_the_database_refuses_levels_that_do_not_exist(
    verified: Connection, administrator: User, level: str, entity_id: str
) -> None:
    with pytest.raises(Refused):
        level_choose(connection=verified, actor=administrator, level=level, entity_id=entity_id)
    with pytest.raises(IntegrityError, match="level_known"), transaction.atomic():
        Connection.objects.update(level=level, entity_id=entity_id)


def test_old_event_with_an_unknown_level_is_shown(
    browser_of_ada: Client, verified: Connection, administrator: User
) -> None:
    event_record(
        action="level.chosen", actor=administrator, target=verified, customer_id=verified.customer_id, level="foo"
    )

    assert "Chose the level: foo" in words(browser_of_ada.get(reverse("audit_log:index")))
