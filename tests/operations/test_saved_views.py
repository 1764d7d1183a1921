"""Filtered boards that a user saved under a name."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from operations.models import SavedView
from tests.wizard.pages.reading import main, words

BOARD, SAVE = reverse("operations:board"), reverse("operations:view_save")


@pytest.fixture
def view(success: User) -> SavedView:
    return SavedView.objects.create(user=success, name="Stuck at Sage", query="must_act=sage")


def test_current_filters_are_saved_under_a_name(browser_of_cleo: Client, success: User) -> None:
    form = main(browser_of_cleo.get(f"{BOARD}?must_act=sage&page=3")).xpath(f'.//form[@action="{SAVE}"]')[0]
    data = {field.get("name"): field.get("value", "") for field in form.xpath(".//input")}
    answer = browser_of_cleo.post(SAVE, data | {"name": "Stuck at Sage"})
    assert answer["Location"] == f"{BOARD}?must_act=sage"
    assert SavedView.objects.get(user=success, name="Stuck at Sage").query == "must_act=sage"


def test_saved_view_is_linked_and_marked_while_it_is_open(browser_of_cleo: Client, view: SavedView) -> None:
    link = f'.//nav[@aria-label="Saved views"]/a[@href="{BOARD}?must_act=sage"]'
    assert main(browser_of_cleo.get(BOARD)).xpath(link)[0].get("aria-current") is None
    assert main(browser_of_cleo.get(f"{BOARD}?must_act=sage")).xpath(link)[0].get("aria-current") == "page"


def test_saved_views_are_sorted_by_name(browser_of_cleo: Client, success: User) -> None:
    for name in ("Zebra", "Élan", "apple"):
        SavedView.objects.create(user=success, name=name, query=f"q={name}")

    links = main(browser_of_cleo.get(BOARD)).xpath('.//nav[@aria-label="Saved views"]/a[contains(@href, "?q=")]')

    assert [link.text_content().strip() for link in links] == ["apple", "Élan", "Zebra"]


def test_saving_under_an_existing_name_replaces_the_view(browser_of_cleo: Client, view: SavedView) -> None:
    browser_of_cleo.post(SAVE, {"name": view.name, "must_act": "customer"})
    assert SavedView.objects.get().query == "must_act=customer"


@pytest.mark.parametrize("name", ["", "x" * 41])
def test_invalid_name_is_reported(browser_of_cleo: Client, name: str) -> None:
    page = browser_of_cleo.post(SAVE, {"name": name, "must_act": "sage"}, follow=True)
    assert "The view was not saved" in page.content.decode()
    assert page.request["QUERY_STRING"] == "must_act=sage"
    assert not SavedView.objects.exists()


def test_only_filters_are_saved(browser_of_cleo: Client) -> None:
    browser_of_cleo.post(SAVE, {"name": "Odd", "must_act": "nonsense", "next": "https://example.com"})
    assert SavedView.objects.get().query == ""


def test_a_view_can_be_removed(browser_of_cleo: Client, view: SavedView) -> None:
    browser_of_cleo.post(reverse("operations:view_remove", args=[view.pk]))
    assert not SavedView.objects.exists()


def test_views_of_other_users_cannot_be_changed(browser_of_sue: Client, view: SavedView) -> None:
    assert view.name not in words(browser_of_sue.get(BOARD))
    assert browser_of_sue.post(reverse("operations:view_remove", args=[view.pk])).status_code == 404
    assert SavedView.objects.exists()
