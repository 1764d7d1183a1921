from django.test import Client
from django.urls import reverse

from tests.wizard.pages.reading import values_to_copy, words
from wizard.models import Connection


def address(connection: Connection) -> str:
    return reverse("wizard:stage", args=[connection.pk, "sender_id"])


def test_values_to_type_can_be_copied(browser_of_ada: Client, answered: Connection) -> None:
    values = values_to_copy(browser_of_ada.get(address(answered)))
    assert values == ["BeanworksMPP", "Active"]


def test_page_warns_about_typing_errors_and_other_sender_ids(browser_of_ada: Client, answered: Connection) -> None:
    phrases = ("case-sensitive", "add another", "Save twice")
    page = words(browser_of_ada.get(address(answered)))
    assert [phrase for phrase in phrases if phrase not in page] == []


def test_both_menus_are_shown(browser_of_ada: Client, answered: Connection) -> None:
    page = words(browser_of_ada.get(address(answered)))
    assert "Company → Setup → Company → Edit → Security" in page
    assert "Older menu: Company → Company Info → Edit → Security" in page
