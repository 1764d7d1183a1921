"""Stages 2 to 4: tasks in Intacct, ticks, and "Done"."""

import pytest
from django.test import Client
from django.urls import reverse

from intacct.catalogue import PERMISSIONS
from tests.wizard.pages.reading import chosen, main, words
from wizard.models import Connection, StageProgress
from wizard.stages import STAGES

HTMX = {"HX-Request": "true"}
VALUES = {
    "user_role": ["Web Services", "Beanworks", "Business", "Limited", "Active", "Beanworks API", "Beanworks API"],
    "sender_id": ["BeanworksMPP", "Active"],
    "custom_field": ["AP Bill", "URL", "Beanworks", "BEANWORKS", "Link to Beanworks Invoice"],
}
WARNINGS = {
    "user_role": [
        "The user ID cannot be changed later.",
        "mention a fee",
        "Enter your own, the one you signed in",
    ],
    "sender_id": ["case-sensitive", "add another", "Save twice"],
    "custom_field": ["cannot be changed later", "Customization Services or Platform Services"],
}


def address(connection: Connection, slug: str, name: str = "stage") -> str:
    return reverse(f"wizard:{name}", args=[connection.pk, slug])


@pytest.mark.parametrize(("slug", "values"), VALUES.items())
def test_every_value_to_type_can_be_copied(
    browser_of_ada: Client, answered: Connection, slug: str, values: list[str]
) -> None:
    copyables = main(browser_of_ada.get(address(answered, slug))).xpath('.//*[@class="copyable"]')
    assert [element.xpath("string(code)") for element in copyables] == values
    assert all(element.xpath(".//button[@data-copy]") for element in copyables)


@pytest.mark.parametrize(("slug", "phrases"), WARNINGS.items())
def test_page_warns_about_values_that_cannot_be_changed(
    browser_of_ada: Client, answered: Connection, slug: str, phrases: list[str]
) -> None:
    page = words(browser_of_ada.get(address(answered, slug)))
    assert [phrase for phrase in phrases if phrase not in page] == []


def test_both_menus_are_shown(browser_of_ada: Client, answered: Connection) -> None:
    page = words(browser_of_ada.get(address(answered, "sender_id")))
    assert "Company → Setup → Company → Edit → Security" in page
    assert "Older menu: Company → Company Info → Edit → Security" in page


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


@pytest.mark.parametrize("slug", VALUES)
def test_confirmed_step_is_not_yet_verified(browser_of_ada: Client, answered: Connection, slug: str) -> None:
    page = browser_of_ada.post(address(answered, slug, "attest"), follow=True)
    assert "Done · not yet verified" in words(page)
    assert "Ada Root marked this step as done on" in words(page)
    assert StageProgress.objects.filter(connection=answered, stage=slug, attested_by__name="Ada Root").exists()


def test_user_based_company_ticks_permissions_on_the_user(browser_of_ada: Client, answered: Connection) -> None:
    Connection.objects.filter(pk=answered.pk).update(permission_model="user")
    page = words(browser_of_ada.get(address(answered, "user_role")))
    assert "Select the permissions listed below on the user itself" in page
    assert "Create a role" not in page
    assert "Beanworks API" not in main(browser_of_ada.get(address(answered, "user_role"))).xpath(
        "string(.//ol[@class='tasks'])"
    )


def test_table_shows_every_row_grouped_as_in_intacct(browser_of_ada: Client, answered: Connection) -> None:
    table = main(browser_of_ada.get(address(answered, "user_role"))).xpath(".//table")[0]
    assert table.xpath('.//th[@scope="row"]/text()') == [row.name for row in PERMISSIONS]
    modules = [" ".join(name.split()) for name in table.xpath('.//th[@scope="rowgroup"]/text()')]
    assert modules == list(dict.fromkeys(row.module.name for row in PERMISSIONS))


def test_list_is_recommended_with_view_and_explained(browser_of_ada: Client, answered: Connection) -> None:
    page = browser_of_ada.get(address(answered, "user_role"))
    ticks = main(page).xpath(".//table//td[1]/span/text()")
    rights = {row.slug: ticks[number] for number, row in enumerate(PERMISSIONS)}
    assert rights["vendors"] == "List, View"
    assert rights["bills"] == "List, View, Add"
    assert rights["pay-bills"] == "Run"
    assert "View has no effect without List" in words(page)


def test_unused_applications_are_marked(browser_of_ada: Client, answered: Connection) -> None:
    page = words(browser_of_ada.get(address(answered, "user_role")))
    assert "You answered that you do not use Contracts." in page
    assert "You answered that you do not use Projects." not in page


def test_unknown_stage_is_not_found(browser_of_ada: Client, answered: Connection) -> None:
    assert browser_of_ada.get(address(answered, "nothing")).status_code == 404


def test_stages_are_in_order() -> None:
    assert list(STAGES) == [
        "pre_checks", "user_role", "sender_id", "custom_field", "credentials", "sync_profile", "smart_sync",
    ]  # fmt: skip
