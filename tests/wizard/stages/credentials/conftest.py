import pytest
from django.urls import reverse

from tests.wizard.pages.reading import main
from wizard.models import Connection


@pytest.fixture
def address(answered: Connection) -> str:
    return reverse("wizard:stage", args=[answered.pk, "credentials"])


def primary_actions(page: object) -> list[str]:
    """The texts of the links and buttons that look like the one thing to do."""
    actions = main(page).xpath('.//*[contains(@class, "button") and not(contains(@class, "--")) and not(@disabled)]')
    return [" ".join(action.text_content().split()) for action in actions if "buttons" not in action.get("class")]
