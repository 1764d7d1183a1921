"""The list of customers, and the search in all that belongs to them."""

from collections.abc import Callable

import pytest
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import Customer, Invitation, LegalEntity, OrgUnit, User
from operations.search import SHOWN, search
from operations.search_indexes import statements
from tests.wizard.pages.reading import main, words
from wizard.models import Connection


@pytest.fixture
def _boreale(db: None) -> None:
    customer = Customer.objects.create(name="Érablière Boréale", external_id="ERP-77", contact_email="jo@boreale.ca")
    root = OrgUnit.objects.create(customer=customer, name="Root Org Unit")
    LegalEntity.objects.create(customer=customer, org_unit=root, name="Sirop Doré Ltée", external_id="LE-9")
    User.objects.create(
        email="elise.fortin@boreale.ca", name="Élise Fortin", customer=customer, home_org_unit=root, external_id="U-5"
    )
    Connection.objects.create(customer=customer, company_id="Erabliere-Imp")
    for name, accepted_at in (("luc", None), ("zoe", "2026-01-01T00:00Z")):
        Invitation.objects.create(
            email=f"{name}@sirop.ca", name=name, customer=customer, home_org_unit=root, token_hash=name,
            expires_at="2026-01-01T00:00Z", accepted_at=accepted_at,
        )  # fmt: skip


@pytest.mark.usefixtures("_boreale")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("erabliere bor", {"customers", "connections"} - {"connections"}),
        ("ÉRABLIÈRE", {"customers", "connections"}),
        ("erp-7", {"customers"}),
        ("boreale.ca", {"customers", "users"}),
        ("abliere-i", {"connections"}),
        ("dore ltee", {"legal_entities"}),
        ("le-9", {"legal_entities"}),
        ("FORTIN elise", {"users"}),
        ("u-5", {"users"}),
        ("él", {"users"}),
        ("luc@sirop", {"invitations"}),
        ("zoe@sirop", set()),
        ("iè", set()),
        ("nothing", set()),
        ("%", set()),
        ("\0", set()),
        ("", set()),
    ],
)
def test_search_finds_any_part_without_accents_and_case(text: str, expected: set[str]) -> None:
    assert {found.slug for found in search(text.replace("\0", ""))} == expected


@pytest.mark.usefixtures("_boreale")
def test_results_lead_to_their_pages(support: User, signed_in: Callable[[User], Client]) -> None:
    page = main(signed_in(support).get(reverse("operations:search"), {"q": "boreale"}))

    customer, user = Customer.objects.get(), User.objects.get(name="Élise Fortin")
    links = page.xpath(".//section//a/@href")
    assert links == [reverse("accounts:customer", args=[customer.pk]), reverse("accounts:user", args=[user.pk])]
    invited = main(signed_in(support).get(reverse("operations:search"), {"q": "luc@sirop.ca"}))
    assert invited.xpath(".//section//a/@href") == [f"{links[0]}#invitations"]
    assert "Nothing found" in words(signed_in(support).get(reverse("operations:search"), {"q": "zzz"}))


def test_what_begins_with_the_word_comes_first(db: None) -> None:
    names = [f"Old Maple {number}" for number in range(SHOWN)] + ["Maple 10", "Maple 9"]
    Customer.objects.bulk_create(Customer(name=name) for name in names)

    [found] = search("maple")

    assert [str(row) for row in found.rows][:3] == ["Maple 9", "Maple 10", "Old Maple 0"]
    assert (len(found.rows), found.has_more) == (SHOWN, True)


def test_indexes_are_used(db: None) -> None:
    Customer.objects.bulk_create(Customer(name=f"Customer {number}") for number in range(6_000))
    with database.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'search_%'")
        assert len(cursor.fetchall()) == len(statements())
        # Otherwise the new rows wait beside the index, and PostgreSQL takes it for slow.
        cursor.execute("SELECT gin_clean_pending_list('search_accounts_customer_name')")
        cursor.execute("ANALYZE accounts_customer")
        cursor.execute("EXPLAIN SELECT 1 FROM accounts_customer WHERE core_fold(name) LIKE '%maple%'")
        assert "search_accounts_customer_name" in str(cursor.fetchall())


def test_search_works_without_indexes(db: None) -> None:
    Customer.objects.create(name="Maple Ridge")
    with database.cursor() as cursor:
        cursor.execute("DROP EXTENSION pg_trgm CASCADE")

    assert search("ridge")


def test_list_shows_who_manages_and_how_far_each_is(
    support: User, success: User, signed_in: Callable[[User], Client]
) -> None:
    mine = Customer.objects.create(name="Maple Ridge", success_manager=success)
    Connection.objects.create(customer=mine, company_id="maple", stage="credentials")
    Customer.objects.create(name="Birch Lane", external_id="B-1")
    address = reverse("operations:customers")

    page = words(signed_in(support).get(address))
    for shown in ("Birch Lane", "Not started", "Maple Ridge", "Step 5", "Cleo Success", "Add a customer"):
        assert shown in page
    assert "Maple Ridge" not in words(signed_in(success).get(f"{address}?search=b-1"))
    assert "Birch Lane" not in words(signed_in(success).get(f"{address}?whose=mine"))
    assert "Maple Ridge" not in words(signed_in(success).get(f"{address}?whose=no_one"))
    assert "No matching customers" in words(signed_in(success).get(f"{address}?search=unknown"))
    assert "Add a customer" not in words(signed_in(success).get(address))


def test_list_takes_the_same_queries_for_any_number(
    support: User, signed_in: Callable[[User], Client], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    customers = Customer.objects.bulk_create(Customer(name=f"Customer {number}") for number in range(60))
    Connection.objects.bulk_create(Connection(customer=customer) for customer in customers)
    client = signed_in(support)

    with django_assert_max_num_queries(20):
        assert "1 to 25 of 60" in words(client.get(reverse("operations:customers")))
