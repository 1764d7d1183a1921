"""The settings of support: who may change them, what they accept, and that they apply at once."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import User
from audit.models import AuditEvent
from operations.business_hours import business_hours
from operations.support.forms import SupportSettingsForm
from tests.wizard.pages.reading import words
from wizard.models import SupportSettings
from wizard.models.support_settings import deployment_defaults

pytestmark = pytest.mark.django_db
PAGE = reverse("operations:support_settings")


def typed(**changes: Any) -> dict[str, Any]:
    """What a browser sends for the present settings, with these changes."""
    form = SupportSettingsForm(SupportSettings.current())
    values = {field.name: field.value() for field in form} | {"opens": "09:00", "closes": "17:00"}
    return {name: "" if value is None else value for name, value in (values | changes).items()}


def save(client: Client, **changes: Any) -> str:
    return words(client.post(PAGE, typed(**changes), follow=True))


def test_environment_gives_the_defaults(settings: Settings) -> None:
    settings.SUPPORT_TARGET_HOURS, settings.SUPPORT_HOURS = 3, ["08:00", "12:30"]

    assert business_hours().target == timedelta(hours=3)
    assert (business_hours().opens, business_hours().closes) == (time(8), time(12, 30))
    assert SupportSettings.current().reminder_days == [5, 15, 35]


def test_saved_settings_apply_at_once_and_are_audited(browser_of_sue: Client, other_support: User) -> None:
    page = save(browser_of_sue, target_hours=6, holidays="ON", third_reminder="", escalation_to=other_support.pk)

    assert "The settings were saved." in page
    current = SupportSettings.current()
    assert (current.target_hours, current.holidays, current.reminder_days) == (6, "ON", [5, 15])
    assert business_hours().target == timedelta(hours=6)
    assert "within 6 business hours" in words(browser_of_sue.get(reverse("operations:queue")))
    event = AuditEvent.objects.get(action="support_settings.changed")
    assert event.metadata["changes"] == {
        "target_hours": [8, 6],
        "escalation_to": [None, other_support.name],
        "holidays": ["BC", "ON"],
        "third_reminder": [35, None],
    }
    log = words(browser_of_sue.get(reverse("audit_log:index")))
    assert "Target for a decision, in business hours: 8 → 6" in log
    assert "Public holidays: British Columbia → Ontario" in log


def test_saving_without_a_change_records_nothing(browser_of_sue: Client) -> None:
    save(browser_of_sue)
    assert not AuditEvent.objects.filter(action="support_settings.changed").exists()


@pytest.mark.parametrize(
    ("changes", "name", "problem"),
    [
        ({"target_hours": 0}, "target_hours", "greater than or equal to 1"),
        ({"target_hours": "1e9"}, "target_hours", "Enter a whole number"),
        ({"closes": "09:00"}, "closes", "Choose a time after the start"),
        ({"days": []}, "days", "Choose at least one."),
        ({"time_zone": "Mars/Olympus"}, "time_zone", "Select a valid choice"),
        ({"second_reminder": 5}, "second_reminder", "Enter more days than for the reminder before this one"),
        ({"second_reminder": ""}, "third_reminder", "Fill in the reminder before this one first"),
        ({"escalation_to": 0}, "escalation_to", "Select a valid choice"),
    ],
)
def test_wrong_value_is_reported_beside_its_field(
    browser_of_sue: Client, changes: dict[str, Any], name: str, problem: str
) -> None:
    response = browser_of_sue.post(PAGE, typed(stopped_days=9, **changes))

    assert problem in str(response.context["form"].errors[name])
    assert not SupportSettings.objects.exists()
    assert 'name="stopped_days" value="9"' in response.content.decode()


def test_stale_form_shows_what_was_saved_since(browser_of_sue: Client, browser_of_sam: Client) -> None:
    stale = typed(target_hours=4)
    save(browser_of_sam, target_hours=6)

    page = words(browser_of_sue.post(PAGE, stale))
    assert "Sam Support changed this page while you were editing" in page
    assert "Saved now: 6" in page
    assert SupportSettings.current().target_hours == 6

    again = stale | {"version": SupportSettings.current().version}
    browser_of_sue.post(PAGE, again)
    assert SupportSettings.current().target_hours == 4


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": 2}, {"target_hours": 0}, {"closes": time(9)}, {"days": []}, {"days": [7]}, {"holidays": "XX"},
        {"second_reminder": 5}, {"first_reminder": None}, {"third_reminder": 999},
    ],
    ids=str,
)  # fmt: skip
def test_database_refuses_wrong_settings(wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        SupportSettings.objects.create(**deployment_defaults() | wrong)
