"""A list as a file of any length, and a record with its history."""

import csv
import re
import tracemalloc
from datetime import UTC, datetime
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from lxml import etree

from accounts.models import Role, User
from audit.models import AuditEvent
from core.spreadsheets import ROWS_PER_PIECE
from smartsync.models import ListItem, ListRun
from tests.smartsync.test_store import read as read_list
from tests.smartsync.test_store import record
from tests.support.users import create_user, signed_in_client
from wizard.models import SyncProfile

MANY = """
    INSERT INTO smartsync_listitem
        (profile_id, list, key, code, name, active, fields, fingerprint, first_seen_at, changed_at)
    SELECT %s, 'vendors', key, 'V' || key, 'Name ' || key, TRUE,
        jsonb_build_object('RECORDNO', key, 'NAME', repeat('x', 200)), ''::bytea, now(), now()
    FROM generate_series(1, %s) AS key
"""


@pytest.fixture
def vendors(profile: SyncProfile) -> ListRun:
    return read_list(profile, [record(1, "Acme"), record(2, "=cmd()"), record(3, "-5", "inactive")])


def address(profile: SyncProfile, query: str = "") -> str:
    return f"/smartsync/{profile.pk}/lists/vendors/csv/{query}"


def lines(client: Client, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(client.get(address).getvalue().decode("utf-8-sig"))))


def test_file_has_every_record_with_every_field(client: Client, profile: SyncProfile, vendors: ListRun) -> None:
    rows = lines(client, address(profile))
    assert [(row["Code"], row["STATUS"], row["Active"]) for row in rows] == [
        ("V1", "active", "Yes"),
        ("V2", "active", "Yes"),
        ("V3", "inactive", "No"),
    ]


def test_no_cell_is_a_formula_and_numbers_stay_numbers(client: Client, profile: SyncProfile, vendors: ListRun) -> None:
    assert [row["NAME"] for row in lines(client, address(profile))] == ["Acme", "'=cmd()", "-5"]


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("?show=inactive", ["V3"]),
        ("?q=acme", ["V1"]),
        ("?since=2000-01-01", ["V1", "V2", "V3"]),
        ("?since=2999-01-01", []),
    ],
)
def test_filters_apply_to_the_page_and_to_the_file(
    client: Client, profile: SyncProfile, vendors: ListRun, query: str, codes: list[str]
) -> None:
    assert [row["Code"] for row in lines(client, address(profile, query))] == codes
    page = client.get(f"/smartsync/{profile.pk}/lists/vendors/{query}")
    assert [item.code for item in page.context["page"]] == codes


@pytest.mark.slow
def test_long_list_starts_at_once_and_streams_with_constant_memory(
    client: Client, profile: SyncProfile, vendors: ListRun
) -> None:
    ListItem.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(MANY, [profile.pk, 20_000])
    stream = iter(client.get(address(profile)))
    assert next(stream).startswith(b'\xef\xbb\xbf"Code",')
    for _ in range(40):
        next(stream)
    tracemalloc.start()
    try:
        rest = sum(piece.count(b"\n") for piece in stream)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert rest == 20_000 - 40 * ROWS_PER_PIECE
    assert peak < 15_000_000


def test_file_is_in_the_language_and_time_zone_of_the_user(
    client: Client, profile: SyncProfile, vendors: ListRun, administrator: User
) -> None:
    User.objects.filter(pk=administrator.pk).update(language="fr-ca", time_zone="America/Vancouver")
    ListItem.objects.update(changed_at=datetime(2026, 7, 1, 12, tzinfo=UTC))

    head, *rows = csv.reader(StringIO(client.get(address(profile)).getvalue().decode("utf-8-sig")))

    assert head[:3] == ["Code", "Nom", "Actif"]
    assert {(row[2], row[4]) for row in rows} == {
        ("Oui", "2026-07-01 05:00:00-07:00"),
        ("Non", "2026-07-01 05:00:00-07:00"),
    }


def test_excel_file_has_the_records_of_the_csv_file(client: Client, profile: SyncProfile, vendors: ListRun) -> None:
    ListItem.objects.filter(key=1).update(code="0001")
    excel = reverse("smartsync:list_xlsx", args=[profile.pk, "vendors"])

    page = client.get(f"/smartsync/{profile.pk}/lists/vendors/?show=active").content.decode()
    with ZipFile(BytesIO(client.get(f"{excel}?show=active").getvalue())) as archive:
        sheet = etree.fromstring(archive.read("xl/worksheets/sheet1.xml"))

    assert f'href="{excel}?show=active"' in page
    assert [row[0].findtext(".//{*}t") for row in sheet.iter("{*}row")] == ["Code", "0001", "V2"]
    assert "=cmd()" in sheet.itertext()
    assert AuditEvent.objects.get(action="list.downloaded").metadata == {"list": "vendors"}


def test_list_that_is_too_long_for_excel_is_offered_as_csv_only(
    client: Client, profile: SyncProfile, vendors: ListRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartsync.views.lists.MOST_XLSX", 1)
    excel, page = (
        reverse("smartsync:list_xlsx", args=[profile.pk, "vendors"]),
        f"/smartsync/{profile.pk}/lists/vendors/",
    )

    assert excel not in client.get(page).content.decode()
    assert f"{excel}?q=V2" in client.get(f"{page}?q=V2").content.decode()
    assert "downloaded only as CSV" in client.get(excel, follow=True).content.decode()
    assert not AuditEvent.objects.filter(action="list.downloaded").exists()


def test_download_is_in_the_audit_log(client: Client, profile: SyncProfile, vendors: ListRun) -> None:
    client.get(address(profile))
    assert AuditEvent.objects.get(action="list.downloaded").metadata == {"list": "vendors"}


def test_file_needs_access_to_the_list(
    profile: SyncProfile, vendors: ListRun, other_profile: SyncProfile, support: User
) -> None:
    elsewhere = other_profile.legal_entity.org_unit
    colleague = create_user("Eli", Role.INVOICE_EXPORTER, home=elsewhere)
    assert signed_in_client(colleague).get(address(profile)).status_code == 404
    assert signed_in_client(create_user("Noel", home=elsewhere)).get(address(profile)).status_code == 403
    assert signed_in_client(support).get(address(profile)).status_code == 200
    assert Client().get(address(profile)).status_code == 302
    assert signed_in_client(support).get(f"/smartsync/{profile.pk}/lists/nonsense/csv/").status_code == 404


def test_record_page_shows_its_history(client: Client, profile: SyncProfile, vendors: ListRun) -> None:
    item = f"/smartsync/items/{ListItem.objects.get(key=1).pk}/"
    assert "Nothing has changed since the first sync." in client.get(item).content.decode()
    read_list(profile, [record(1, "Acme & Sons"), record(2), record(3)])
    read_list(profile, [record(2), record(3)])
    page = client.get(item).content.decode()
    assert all(text in page for text in ("Acme &amp; Sons", "What changed", "No longer in Intacct"))


def test_list_is_in_natural_order(client: Client, profile: SyncProfile) -> None:
    names = ["Élan", "apple", "Zebra", "item 10", "item 9"]
    read_list(profile, [record(key, name) for key, name in enumerate(names, 1)])
    page = client.get(f"/smartsync/{profile.pk}/lists/vendors/?sort=name").content.decode()
    assert sorted(names, key=page.index) == ["apple", "Élan", "item 9", "item 10", "Zebra"]


@pytest.mark.parametrize("is_indexed", [True, False])
def test_long_list_is_paged_and_searched(
    client: Client, profile: SyncProfile, monkeypatch: pytest.MonkeyPatch, *, is_indexed: bool
) -> None:
    for name in ("views.lists.LONGEST_NATURAL", "views.lists.LONGEST_SORTED", "models.items.MANY"):
        monkeypatch.setattr(f"smartsync.{name}", 10)
    monkeypatch.setattr("core.long_lists.MOST_COUNTED", 60)
    read_list(profile, [record(key, f"Élan {key}") for key in range(100, 221)], size=200)
    ListItem.objects.update(is_indexed=is_indexed)
    page = f"/smartsync/{profile.pk}/lists/vendors/"

    def shown(query: str) -> list[str]:
        return re.findall(r">V(\d+)<", client.get(f"{page}?{query}").content.decode())

    assert shown("page=3") == [str(key) for key in range(200, 221)]
    assert shown("sort=changed") == [str(key) for key in range(220, 170, -1)]
    assert shown("q=ELAN+v20") == [str(key) for key in range(200, 210)]
    assert shown("q=zebra") == []
    assert "51 to 60 of more than 60" in client.get(f"{page}?q=elan&page=9").content.decode()
    assert "sort=name" not in client.get(page).content.decode()


def test_counts_follow_every_change(client: Client, profile: SyncProfile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smartsync.models.items.MANY", 0)
    read_list(profile, [record(1), record(2)])
    page = f"/smartsync/{profile.pk}/lists/vendors/"
    assert "2 records" in client.get(page).content.decode()

    read_list(profile, [record(1), record(2, status="inactive"), record(3)])

    assert "3 records" in client.get(page).content.decode()
    assert ListItem.objects.counts(profile) == {"vendors": {"present": 3, "inactive": 1, "indexed": 0}}
