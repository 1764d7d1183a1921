"""What every page with tasks has: ticks, and "Done"."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.wizard.pages.reading import chosen, main, words
from wizard.models import Connection, StageProgress
from wizard.stages import STAGES, handed_over_stages

HTMX = {"HX-Request": "true"}


def address(connection: Connection, slug: str, name: str = "stage") -> str:
    return reverse(f"wizard:{name}", args=[connection.pk, slug])


def test_only_what_changed_is_saved(browser_of_ada: Client, answered: Connection) -> None:
    """The other boxes of a page may be older than another user's ticks."""
    tick = address(answered, "sender_id", "tick")
    browser_of_ada.post(tick, {"ticked": ["save-page"]})

    response = browser_of_ada.post(tick, {"ticked": ["open", "add"], "was": ["open"]}, headers=HTMX)

    assert "2 of 4 boxes selected" in words(response)
    assert "Saved at" in words(response)
    assert chosen(browser_of_ada.get(address(answered, "sender_id")), "ticked") == ["add", "save-page"]


def test_without_javascript_all_ticks_are_saved_together(browser_of_ada: Client, answered: Connection) -> None:
    tick = address(answered, "sender_id", "tick")
    browser_of_ada.post(tick, {"ticked": ["open", "add"]})
    response = browser_of_ada.post(tick, {"ticked": ["add", "save-entry"], "was": ["open", "add"]}, follow=True)
    assert chosen(response, "ticked") == ["add", "save-entry"]


def test_first_open_task_shows_its_instructions(browser_of_ada: Client, answered: Connection) -> None:
    browser_of_ada.post(address(answered, "sender_id", "tick"), {"ticked": ["open"]})
    page = main(browser_of_ada.get(address(answered, "sender_id")))
    assert page.xpath('.//details[@name="tasks"][@open]/summary/@id') == ["title-add"]


@pytest.mark.parametrize("slug", [stage.slug for stage in handed_over_stages() if stage.tasks])
def test_confirmed_step_is_not_yet_verified(browser_of_ada: Client, answered: Connection, slug: str) -> None:
    assert "Select all boxes and mark as done" in words(browser_of_ada.get(address(answered, slug)))

    page = browser_of_ada.post(address(answered, slug, "attest"), follow=True)

    assert "Done · not yet verified" in words(page)
    assert "Ada Root marked this step as done on" in words(page)
    assert StageProgress.objects.filter(connection=answered, stage=slug, attested_by__name="Ada Root").exists()
    boxes = main(page).xpath('.//ol[@class="tasks"]//input[@type="checkbox"]')
    assert [box for box in boxes if box.get("checked") is None] == []


def test_step_whose_boxes_are_all_checked_can_be_marked(browser_of_ada: Client, answered: Connection) -> None:
    ticked = [task.slug for task in STAGES["sender_id"].tasks]
    page = browser_of_ada.post(address(answered, "sender_id", "tick"), {"ticked": ticked}, follow=True)
    assert "Mark step as done" in words(page)


def test_unknown_stage_is_not_found(browser_of_ada: Client, answered: Connection) -> None:
    assert browser_of_ada.get(address(answered, "nothing")).status_code == 404


def test_stages_are_in_order() -> None:
    assert list(STAGES) == [
        "pre_checks", "user_role", "sender_id", "custom_field", "credentials", "sync_profile", "smart_sync",
    ]  # fmt: skip
