"""A user's own page: their name, language and time zone."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import LegalEntity, User
from audit.models import AuditEvent
from tests.accounts.conftest import KINDS
from tests.wizard.pages.reading import edit, main

pytestmark = pytest.mark.django_db
BrowserOf = Callable[[User], Client]
GIVEN = {"name": "Ada Lovelace", "language": "fr-ca", "time_zone": "America/Halifax"}


def changes() -> list[dict[str, list[str]]]:
    return [event.metadata["changed"] for event in AuditEvent.objects.filter(action="user.changed").order_by("pk")]


@pytest.mark.parametrize("kind", KINDS)
def test_settings_are_saved_and_the_page_changes_its_language_immediately(
    kind: str, browser_of: BrowserOf, request: pytest.FixtureRequest
) -> None:
    person: User = request.getfixturevalue(kind)
    before = {field: getattr(person, field) for field in GIVEN}
    page = edit(browser_of(person), "/account/", GIVEN, follow=True)
    person.refresh_from_db()
    assert {field: getattr(person, field) for field in GIVEN} == GIVEN
    assert "Enregistré" in page.content.decode()
    assert '<html lang="fr-ca"' in page.content.decode()
    assert changes() == [{field: [before[field], value] for field, value in GIVEN.items()}]


def test_saving_without_a_change_records_no_event(administrator: User, browser_of: BrowserOf) -> None:
    client = browser_of(administrator)
    for _ in range(2):
        assert edit(client, "/account/", GIVEN).status_code == 302
    assert len(changes()) == 1


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "x" * 121),
        ("name", "Ada\x00"),
        ("language", "tlh"),
        ("language", ""),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "Etc/GMT+8"),
    ],
)
def test_invalid_value_is_reported_at_its_field_and_nothing_is_saved(
    field: str, typed: str, administrator: User, browser_of: BrowserOf
) -> None:
    page = edit(browser_of(administrator), "/account/", GIVEN | {field: typed})
    assert page.status_code == 200
    assert list(page.context["form"].errors) == [field]
    assert f'id="id_{field}_error"' in page.content.decode()
    # The values typed into the other fields are still there.
    assert {name: page.context["form"][name].value() for name in GIVEN if name != field} == {
        name: value for name, value in GIVEN.items() if name != field
    }
    administrator.refresh_from_db()
    assert administrator.name == "Ada Root"
    assert changes() == []


def test_signed_out_user_cannot_save(client: Client, administrator: User) -> None:
    assert client.post("/account/", GIVEN).headers["Location"].startswith("/accounts/login/")
    administrator.refresh_from_db()
    assert administrator.name == "Ada Root"


@pytest.mark.parametrize("kind", KINDS)
def test_user_with_an_unknown_time_zone_still_sees_pages(
    kind: str, browser_of: BrowserOf, request: pytest.FixtureRequest
) -> None:
    user: User = request.getfixturevalue(kind)
    User.objects.filter(pk=user.pk).update(time_zone="US/Pacific-New")
    page = browser_of(user).get("/account/")
    assert main(page).xpath('.//select[@name="time_zone"]//option[@selected]/@value') == ["UTC"]


def test_unknown_time_zone_falls_back_to_the_legal_entity_at_the_home_org_unit(administrator: User) -> None:
    administrator.time_zone = "US/Pacific-New"
    assert administrator.zone.key == "UTC"

    home = administrator.home_org_unit
    assert home
    LegalEntity.objects.create(customer=home.customer, org_unit=home, name="Hillside", time_zone="America/Halifax")

    assert administrator.zone.key == "America/Halifax"
