"""What every page with tasks has: ticks, and "Done"."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.wizard.pages.reading import chosen, words
from wizard.models import Connection, StageProgress
from wizard.stages import STAGES, handed_over_stages

HTMX = {"HX-Request": "true"}


def address(connection: Connection, slug: str, name: str = "stage") -> str:
    return reverse(f"wizard:{name}", args=[connection.pk, slug])


def test_a_tick_is_saved_at_once(browser_of_ada: Client, answered: Connection) -> None:
    tick = address(answered, "sender_id", "tick")
    response = browser_of_ada.post(tick, {"task": "add", "ticked": ["open", "add"]}, headers=HTMX)
    assert "Saved at" in words(response)
    # Only the clicked box is saved. The other boxes of this page may be older than another user's ticks.
    assert chosen(browser_of_ada.get(address(answered, "sender_id")), "ticked") == ["add"]


def test_without_javascript_all_ticks_are_saved_together(browser_of_ada: Client, answered: Connection) -> None:
    tick = address(answered, "sender_id", "tick")
    browser_of_ada.post(tick, {"ticked": ["open", "add"]})
    response = browser_of_ada.post(tick, {"ticked": ["add", "save-entry"], "was": ["open", "add"]}, follow=True)
    assert chosen(response, "ticked") == ["add", "save-entry"]


@pytest.mark.parametrize("slug", [stage.slug for stage in handed_over_stages() if stage.tasks])
def test_confirmed_step_is_not_yet_verified(browser_of_ada: Client, answered: Connection, slug: str) -> None:
    page = browser_of_ada.post(address(answered, slug, "attest"), follow=True)
    assert "Done · not yet verified" in words(page)
    assert "Ada Root marked this step as done on" in words(page)
    assert StageProgress.objects.filter(connection=answered, stage=slug, attested_by__name="Ada Root").exists()


def test_unknown_stage_is_not_found(browser_of_ada: Client, answered: Connection) -> None:
    assert browser_of_ada.get(address(answered, "nothing")).status_code == 404


def test_stages_are_in_order() -> None:
    assert list(STAGES) == [
        "pre_checks", "user_role", "sender_id", "custom_field", "credentials", "sync_profile", "smart_sync",
    ]  # fmt: skip
