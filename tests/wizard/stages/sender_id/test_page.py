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


def test_path_is_that_of_the_users_own_menu(browser_of_ada: Client, answered: Connection) -> None:
    assert "Company → Setup → Company → Edit → Security" in words(browser_of_ada.get(address(answered)))

    browser_of_ada.post(reverse("accounts:menu"), {"menu": "older"})

    page = words(browser_of_ada.get(address(answered)))
    assert "Company → Company Info → Edit → Security" in page
    assert "Company → Setup" not in page
