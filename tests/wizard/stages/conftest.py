"""The steps' pages are tested with the same customer and connection as the other pages of the wizard."""

from tests.wizard.pages.conftest import *  # noqa: F403
