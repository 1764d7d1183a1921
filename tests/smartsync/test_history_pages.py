"""The history of runs: filtered, as a chart, as a file."""

import csv
from datetime import time, timedelta
from io import StringIO
from itertools import islice

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import OrgUnit, Role, User
from smartsync.models import ListRun, MissedRun, Schedule, SyncRun
from tests.support.users import create_user, signed_in_client
from tests.wizard.pages.reading import main
from wizard.models import SyncProfile

from .test_services import create_ended_run

HISTORY = "/smartsync/history/"


@pytest.fixture
def runs(profile: SyncProfile, other_profile: SyncProfile, administrator: User) -> dict[str, SyncRun]:
    runs = {
        "full": create_ended_run(profile),
        "nightly": create_ended_run(profile, "partial"),
        "refused": create_ended_run(profile, "partial", "incomplete"),
        "entity": create_ended_run(other_profile, "full", "failed"),
    }
    week_ago = timezone.now() - timedelta(days=7)
    SyncRun.objects.filter(pk=runs["full"].pk).update(requested_by=administrator, created_at=week_ago)
    SyncRun.objects.filter(pk=runs["nightly"].pk).update(scheduled_for=timezone.now())
    read = {"read": 7, "new": 4, "changed": 2, "unchanged": 1, "counted_before": 7, "counted_after": 7}
    for run, lists in {"full": {"vendors": "complete"}, "refused": {"vendors": "complete", "bills": "refused"}}.items():
        for place, (slug, state) in enumerate(lists.items()):
            how = read if state == "complete" else {"cause": "permission_missing"}
            ListRun.objects.create(run=runs[run], position=place, slug=slug, object="X", title=slug, state=state, **how)
    return runs


def shown(client: Client, runs: dict[str, SyncRun], query: str = "") -> set[str]:
    names = {run.pk: name for name, run in runs.items()}
    return {names[row.run.pk] for row in client.get(HISTORY + query).context["rows"] if row.run}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"full", "nightly", "refused", "entity"}),
        ("?kind=partial", {"nightly", "refused"}),
        ("?by=schedule", {"nightly"}),
        ("?by=user", {"full", "refused", "entity"}),
        ("?level=entity", {"entity"}),
        ("?level=top", {"full", "nightly", "refused"}),
        ("?result=failed", {"entity"}),
        ("?trouble=bills", {"refused"}),
        ("?trouble=vendors", set()),
        ("?kind=partial&result=complete", {"nightly"}),
        ("?kind=nonsense&first=nonsense", {"full", "nightly", "refused", "entity"}),
    ],
)
def test_filters_narrow_the_history(client: Client, runs: dict[str, SyncRun], query: str, expected: set[str]) -> None:
    assert shown(client, runs, query) == expected


def test_days_are_in_the_users_time_zone(client: Client, runs: dict[str, SyncRun]) -> None:
    """01:00 UTC is still the evening before in Vancouver."""
    SyncRun.objects.filter(pk=runs["full"].pk).update(created_at="2026-01-02T01:00:00Z")
    assert shown(client, runs, "?first=2026-01-01&last=2026-01-01") == {"full"}
    assert shown(client, runs, "?first=2026-01-02&last=2026-01-02") == set()


def test_the_history_of_one_legal_entity(client: Client, runs: dict[str, SyncRun], other_profile: SyncProfile) -> None:
    assert shown(client, runs, f"?entity={other_profile.legal_entity_id}") == {"entity"}


def test_row_shows_who_or_what_started_the_run_and_its_result(client: Client, runs: dict[str, SyncRun]) -> None:
    page = client.get(HISTORY)
    text = " ".join(page.content.decode().split())
    assert all(words in text for words in ("Ada", "A schedule", "Northwind US", "Top level", "1 of 2"))
    totals = {row.run.pk: row.totals for row in page.context["rows"]}
    assert totals[runs["refused"].pk]["all_read"] == 7


def test_runs_are_listed_by_day_newest_first(client: Client, runs: dict[str, SyncRun]) -> None:
    """01:00 UTC is still the evening before in Vancouver."""
    SyncRun.objects.filter(pk=runs["full"].pk).update(created_at="2026-01-02T01:00:00Z")

    days = main(client.get(HISTORY)).xpath('.//th[@scope="rowgroup"]/text()')

    assert (len(days), days[-1]) == (2, "Jan. 1, 2026")


@pytest.fixture
def missed(profile: SyncProfile) -> MissedRun:
    """A missed run between the week-old full run and the other runs."""
    schedule = Schedule.objects.create(profile=profile, days=[0], at=time(5), time_zone="America/Toronto")
    due_at = timezone.now() - timedelta(days=3)
    return MissedRun.objects.create(schedule=schedule, due_at=due_at, reason="refused")


def test_scheduled_run_that_did_not_start_is_among_the_runs_with_its_reason(
    client: Client, runs: dict[str, SyncRun], missed: MissedRun
) -> None:
    page = client.get(HISTORY)

    assert [row.missed for row in page.context["rows"]] == [None, None, None, missed, None]
    assert page.context["rows"][-1].run == runs["full"]
    assert "Intacct refused the sign-in. Enter new credentials" in page.content.decode()
    assert len(page.context["chart"].rows) == 4


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?result=missed", True),
        ("?kind=partial&by=schedule&level=top", True),
        ("?kind=full", False),
        ("?by=user", False),
        ("?level=entity", False),
        ("?result=failed", False),
        ("?trouble=vendors", False),
        ("?last=2020-01-01", False),
        ("?first=2020-01-01", True),
    ],
)
def test_filters_apply_to_missed_runs_too(
    client: Client, runs: dict[str, SyncRun], missed: MissedRun, query: str, expected: bool
) -> None:
    rows = client.get(HISTORY + query).context["rows"]
    assert (missed in [row.missed for row in rows]) == expected


def test_missed_run_is_on_the_page_of_the_runs_around_it(
    client: Client, runs: dict[str, SyncRun], missed: MissedRun, profile: SyncProfile
) -> None:
    for _ in range(20):
        create_ended_run(profile, "partial")

    pages = [client.get(f"{HISTORY}?page={page}").context["rows"] for page in (1, 2)]

    assert [missed in [row.missed for row in rows] for rows in pages] == [False, True]


def test_missed_runs_of_other_legal_entities_are_not_shown(missed: MissedRun, other_profile: SyncProfile) -> None:
    unit = other_profile.legal_entity.org_unit
    exporter = signed_in_client(create_user("Eli", Role.INVOICE_EXPORTER, home=unit))
    assert exporter.get(f"{HISTORY}?result=missed").context["rows"] == []


def test_filter_lists_each_legal_entity_once(client: Client, profile: SyncProfile) -> None:
    SyncProfile.objects.create(
        connection=profile.connection,
        legal_entity=profile.legal_entity,
        state="declined",
        decided_at=timezone.now(),
        reason="-",
    )
    assert client.get(HISTORY).content.decode().count(">Northwind US</option>") == 1


def test_chart_has_a_bar_for_each_run_and_a_table_beside_it(client: Client, runs: dict[str, SyncRun]) -> None:
    chart = client.get(HISTORY).context["chart"]
    assert [bar.run.pk for bar in chart.bars] == sorted(run.pk for run in runs.values())
    heights = {bar.run.pk: bar.height for bar in chart.bars}
    assert heights[runs["full"].pk] > heights[runs["nightly"].pk] > 0
    assert client.get(HISTORY).content.count(b"<rect") == 4


def lines_of_file(client: Client, query: str = "") -> list[dict[str, str]]:
    text = client.get(f"{HISTORY}csv/{query}").getvalue().decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text)))


def test_file_has_a_line_for_each_list_of_the_runs_shown(client: Client, runs: dict[str, SyncRun]) -> None:
    lines = lines_of_file(client, "?result=incomplete")
    assert [(line["List"], line["State of the list"], line["Read"]) for line in lines] == [
        ("vendors", "Complete", "7"),
        ("bills", "Refused", "0"),
    ]
    assert {line["Level"] for line in lines} == {"Top level"}


def test_file_has_a_line_for_each_missed_run_among_the_runs(
    client: Client, runs: dict[str, SyncRun], missed: MissedRun
) -> None:
    lines = lines_of_file(client)

    assert [line["Result"] for line in lines] == ["Incomplete", "Incomplete", "Did not start", "Complete"]
    assert lines[2]["Legal entity"] == "Northwind US"
    assert lines[2]["Reason"] == missed.get_reason_display()
    assert [line["Result"] for line in lines_of_file(client, "?result=missed")] == ["Did not start"]


def test_file_ends_after_a_missed_run_at_a_time_that_python_lacks(client: Client, missed: MissedRun) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE smartsync_missedrun SET due_at = '-infinity'")

    pieces = list(islice(client.get(f"{HISTORY}csv/"), 10))

    assert b"".join(pieces).count(b"\n") == 2


def test_runs_of_other_legal_entities_are_not_shown(
    runs: dict[str, SyncRun], profile: SyncProfile, other_profile: SyncProfile
) -> None:
    unit = other_profile.legal_entity.org_unit
    exporter = signed_in_client(create_user("Eli", Role.INVOICE_EXPORTER, home=unit))
    assert shown(exporter, runs) == {"entity"}
    assert shown(exporter, runs, f"?entity={profile.legal_entity_id}") == {"entity"}
    assert b"Northwind US" not in exporter.get(f"{HISTORY}csv/").getvalue()


def test_another_customers_history_is_empty(runs: dict[str, SyncRun], stranger: User) -> None:
    client = signed_in_client(stranger)
    assert shown(client, runs) == set()
    assert client.get(f"{HISTORY}csv/").getvalue().count(b"\n") == 1


def test_beanworks_users_see_all_runs_and_users_without_a_role_none(
    runs: dict[str, SyncRun], root: OrgUnit, support: User
) -> None:
    assert len(shown(signed_in_client(support), runs)) == 4
    assert signed_in_client(create_user("Noel", home=root)).get(HISTORY).status_code == 403
    assert Client().get(HISTORY).status_code == 302


def test_history_of_any_length_takes_the_same_few_queries(
    client: Client, runs: dict[str, SyncRun], profile: SyncProfile, django_assert_max_num_queries: object
) -> None:
    for _ in range(20):
        create_ended_run(profile, "partial")
    with django_assert_max_num_queries(23):  # type: ignore[operator]
        client.get(HISTORY)
