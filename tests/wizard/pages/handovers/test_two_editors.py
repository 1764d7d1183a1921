"""Two users who edit one step at the same time."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection as database
from django.test import Client

from accounts.models import User
from tests.wizard.pages.handovers.guest import stage
from tests.wizard.pages.reading import chosen, main, words
from wizard import services
from wizard.models import Connection, StageProgress
from wizard.services import Changed, Version


def test_second_editor_sees_what_the_first_one_changed(
    ida: Client, browser_of_ada: Client, answered: Connection
) -> None:
    credentials_page = stage(answered, "credentials")
    version = main(browser_of_ada.get(credentials_page)).xpath("string(.//input[@name='version']/@value)")
    hers = {"company_id": "hillside-two", "user_id": "Beanworks", "password": "hers", "version": version}
    ida.post(
        credentials_page, {"company_id": "hillside", "user_id": "Beanworks", "password": "idas", "version": "0.another"}
    )
    refused = browser_of_ada.post(credentials_page, hers)
    assert "Ida Intacct (Intacct administrator) changed this step while you were editing." in words(refused)
    assert "hillside" in main(refused).xpath("string(.//*[contains(@class, 'panel--quiet')]//dl)")
    assert main(refused).xpath("string(.//input[@name='company_id']/@value)") == "hillside-two"
    assert Connection.objects.get(pk=answered.pk).company_id == "hillside"
    hers["version"] = main(refused).xpath("string(.//input[@name='version']/@value)")
    browser_of_ada.post(credentials_page, hers)
    assert Connection.objects.get(pk=answered.pk).company_id == "hillside-two"


def test_ticks_of_two_users_are_both_saved(ida: Client, browser_of_ada: Client, answered: Connection) -> None:
    tick = stage(answered, "sender_id", "tick")
    ida.post(tick, {"ticked": ["open"]})
    browser_of_ada.post(tick, {"ticked": ["add"]})  # on a page that was loaded before Ida's tick
    page = browser_of_ada.get(stage(answered, "sender_id"))
    assert chosen(page, "ticked") == ["open", "add"]


@pytest.mark.django_db(transaction=True)
def test_only_one_of_many_simultaneous_edits_is_saved(answered: Connection, administrator: User) -> None:
    def edit(number: int) -> bool:
        try:
            values = {"company_id": f"company {number}"}
            services.draft_save(
                connection=answered, stage="credentials", actor=administrator, values=values, version=Version(0)
            )
            return True
        except Changed:
            return False
        finally:
            database.close()

    with ThreadPoolExecutor(8) as threads:
        saved = list(threads.map(edit, range(8)))
    assert saved.count(True) == 1
    progress = StageProgress.objects.get(stage="credentials")
    assert progress.draft == {"company_id": f"company {saved.index(True)}"}
