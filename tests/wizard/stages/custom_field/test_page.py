from django.test import Client
from django.urls import reverse

from tests.wizard.pages.reading import values_to_copy, words
from wizard.models import Connection


def address(connection: Connection) -> str:
    return reverse("wizard:stage", args=[connection.pk, "custom_field"])


def test_values_to_type_can_be_copied(browser_of_ada: Client, answered: Connection) -> None:
    values = values_to_copy(browser_of_ada.get(address(answered)))
    assert values == ["AP Bill", "URL", "Beanworks", "BEANWORKS", "Link to Beanworks Invoice"]


def test_page_warns_about_values_that_cannot_be_changed(browser_of_ada: Client, answered: Connection) -> None:
    page = words(browser_of_ada.get(address(answered)))
    assert [
        phrase
        for phrase in ("cannot be changed later", "Customization Services or Platform Services")
        if phrase not in page
    ] == []
