"""The board's charts."""

from collections.abc import Callable
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from tests.operations.conftest import BOARD, INSIGHTS, Make
from tests.operations.test_board import shown
from tests.wizard.pages.reading import main, words
from wizard.models import Connection, SyncProfile
from wizard.services import connection_refresh
from wizard.stages import STAGES


def test_funnel_counts_connections_at_and_beyond_each_stage(browser_of_cleo: Client, three: None) -> None:
    page = main(browser_of_cleo.get(INSIGHTS))
    rows = page.xpath('.//table[caption="Connections by step"]/tbody/tr')
    figures = [[cell.text_content().strip() for cell in row.xpath("./*")][:3] for row in rows]
    assert figures == [
        *([str(stage.title), "0", "3"] for stage in [*STAGES.values()][:4]),
        ["ERP credentials", "1", "3"],
        ["API Sync Profile", "1", "2"],
        ["SmartSync", "0", "1"],
        ["Live", "1", "1"],
    ]
    assert [row.xpath(".//rect")[0].get("width") for row in rows] == [*["100.0"] * 5, "66.7", "33.3", "33.3"]


def test_broken_live_connection_stays_at_the_last_step(browser_of_cleo: Client, make: Make) -> None:
    now = timezone.now()
    make("Meadow", stage="user_role", must_act="customer", broken_since=now, first_synced_at=now)
    assert shown(browser_of_cleo, "stage=smart_sync") == ["Meadow"]
    assert shown(browser_of_cleo, "stage=user_role") == []
    rows = main(browser_of_cleo.get(INSIGHTS)).xpath('.//table[caption="Connections by step"]/tbody/tr')
    assert [row.xpath("./td")[1].text_content() for row in rows] == ["1"] * 8


def test_as_many_are_live_as_the_board_counts(browser_of_cleo: Client, make: Make) -> None:
    now = timezone.now()
    for name, disconnected_at in (("Meadow", None), ("Harbour", now)):
        make(name, stage="smart_sync", must_act="no_one", first_synced_at=now, disconnected_at=disconnected_at)

    rows = main(browser_of_cleo.get(INSIGHTS)).xpath('.//table[caption="Connections by step"]/tbody/tr')

    assert shown(browser_of_cleo, "show=live") == ["Meadow"]
    assert [row.xpath("./td")[1].text_content() for row in rows] == ["1"] * 8


def test_charts_without_figures_are_one_sentence(browser_of_cleo: Client) -> None:
    page = browser_of_cleo.get(INSIGHTS)
    assert "There are no connections to count." in words(page)
    assert "No connection had its first full sync in the last 90 days." in words(page)
    assert not main(page).xpath(".//table")


def test_funnel_links_to_connections_of_a_stage_and_keeps_other_filters(browser_of_cleo: Client, three: None) -> None:
    page = main(browser_of_cleo.get(f"{INSIGHTS}?whose=mine&page=2"))
    links = page.xpath('.//table[caption="Connections by step"]//a/@href')
    assert f"{BOARD}?whose=mine&stage=credentials" in links


def test_time_to_connect_is_from_the_start_to_the_first_full_sync(
    browser_of_cleo: Client, make: Make, synced: Callable[..., SyncProfile]
) -> None:
    for name, took, ago in (("Quick", 2, 0), ("Slow", 20, 5), ("Long ago", 2, 200)):
        profile, synced_at = synced(make(name)), timezone.now() - timedelta(days=ago)
        SyncProfile.objects.filter(pk=profile.pk).update(first_synced_at=synced_at)
        Connection.objects.filter(pk=profile.connection_id).update(created_at=synced_at - timedelta(days=took))
        connection_refresh(connection=profile.connection)
    page = main(browser_of_cleo.get(INSIGHTS))
    rows = page.xpath('.//table[starts-with(caption, "Time from the start")]/tbody/tr')
    figures = [(row[0].text_content(), row[1].text_content(), row.xpath(".//rect")[0].get("width")) for row in rows]
    assert [row for row in figures if row[1] != "0"] == [("3 days", "1", "50.0"), ("30 days", "1", "50.0")]
    assert len(figures) == 6
