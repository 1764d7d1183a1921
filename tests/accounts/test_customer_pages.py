"""The pages on which customers, their trees and their users are administered."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts import services
from accounts.models import Customer, LegalEntity, OrgUnit, Role, User
from accounts.org_tree import tree_of
from tests.wizard.pages.reading import edit, main, words


def post(client: Client, page: str, pk: int, **typed: Any) -> str:
    return words(edit(client, reverse(f"accounts:{page}", args=[pk]), typed, follow=True))


def test_support_edits_every_detail_and_administrators_their_own(
    customer: Customer, administrator: User, success: User, support: User, signed_in: Callable[[User], Client]
) -> None:
    shared = {"contact_name": "Ada", "contact_email": "Ada@Example.com", "contact_phone": "+1 604 555 0100",
              "language": "fr-ca", "time_zone": "America/Toronto"}  # fmt: skip
    post(signed_in(administrator), "customer_edit", customer.pk, **shared, name="Renamed", external_id="1")
    customer.refresh_from_db()
    assert (customer.name, customer.contact_email, customer.external_id) == ("Hillside Foods", "ada@example.com", "")

    page = post(
        signed_in(support), "customer_edit", customer.pk,
        **shared, name="Hillside", external_id="C-1", success_manager=success.pk,
    )  # fmt: skip

    customer.refresh_from_db()
    assert (customer.name, customer.external_id, customer.success_manager) == ("Hillside", "C-1", success)
    for shown in ("Hillside", "C-1", "Cleo Success", "+1 604 555 0100", "French", "Eastern Time"):
        assert shown in page


def test_tree_is_changed_on_its_pages(
    customer: Customer, root: OrgUnit, administrator: User, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(administrator)

    post(client, "org_unit_add", customer.pk, name="West", parent=root.pk)
    west = OrgUnit.objects.get(name="West")
    post(client, "legal_entity_add", customer.pk, name="Yukon Inc.", parent=west.pk, time_zone="America/Toronto")
    page = post(client, "org_unit_add", customer.pk, name="West", parent=root.pk)
    assert "The name West is already used." in page

    entity = LegalEntity.objects.get(name="Yukon Inc.")
    below = post(client, "org_unit_edit", west.pk, name="West", parent=entity.org_unit_id)
    assert "cannot be moved below" in below
    post(client, "legal_entity_edit", entity.pk, name="Yukon Ltd.", parent=root.pk, time_zone="UTC")
    page = post(client, "legal_entity_close", entity.pk)
    assert "Closed legal entity" in page
    assert "Yukon Ltd." in page
    assert "Closed legal entity" not in post(client, "legal_entity_reopen", entity.pk)
    assert "The org unit was removed." in post(client, "org_unit_remove", west.pk)
    assert "The Root Org Unit cannot be removed." in post(client, "org_unit_remove", root.pk)


def test_user_is_edited_deactivated_and_reactivated(
    administrator: User, branch_administrator: User, root: OrgUnit, signed_in: Callable[[User], Client]
) -> None:
    client, pk = signed_in(administrator), branch_administrator.pk

    page = post(client, "user_edit", pk, name="Bo Root", roles=[Role.SYSTEM_ADMINISTRATOR], home_org_unit=root.pk)
    assert "Bo Root" in page
    assert User.objects.get(pk=pk).may_administer()

    page = post(client, "user_deactivate", pk, reason="Left the company")
    assert "This user is deactivated and cannot sign in." in page
    assert "Left the company" in page
    assert "Ada Root" in page
    refused = post(client, "user_edit", administrator.pk, name="Ada", roles=[], home_org_unit=root.pk)
    assert "This is the last active System Administrator" in refused
    assert "deactivated and cannot sign in" not in post(client, "user_reactivate", pk)


def test_form_says_where_the_home_of_an_administrator_must_be(
    administrator: User, branch: OrgUnit, signed_in: Callable[[User], Client]
) -> None:
    roles = [Role.SYSTEM_ADMINISTRATOR]
    page = post(
        signed_in(administrator), "user_edit", administrator.pk, name="Ada", roles=roles, home_org_unit=branch.pk
    )

    assert "The home of a System Administrator must be the Root Org Unit." in page


def test_second_factor_reset_is_confirmed_by_typing_the_address(
    administrator: User, branch_administrator: User, signed_in: Callable[[User], Client]
) -> None:
    Authenticator.objects.create(user=branch_administrator, type=Authenticator.Type.TOTP, data={})
    client, pk = signed_in(administrator), branch_administrator.pk

    assert "This is not the email address" in post(client, "second_factor_reset", pk, email="ada@example.com")
    assert Authenticator.objects.exists()
    assert "the user was notified by email" in post(client, "second_factor_reset", pk, email=" BO@example.com")


def test_success_manager_reads_and_changes_nothing(
    customer: Customer, administrator: User, success: User, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(success)

    for name, pk in (("customer", customer.pk), ("user", administrator.pk)):
        page = main(client.get(reverse(f"accounts:{name}", args=[pk])))
        assert page.xpath(".//form | .//a[contains(@href, '/edit/')]") == []


def test_page_of_a_customer_takes_the_same_queries_for_any_size(
    customer: Customer, root: OrgUnit, support: User, signed_in: Callable[[User], Client],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    for number in range(30):
        services.legal_entity_create(parent=root, actor=support, name=f"Entity {number}")
        User.objects.create(email=f"{number}@example.com", name="N", customer=customer, home_org_unit=root)
    client = signed_in(support)
    cache.clear()

    with django_assert_max_num_queries(20):
        page = client.get(reverse("accounts:customer", args=[customer.pk]))

    assert words(page).count("Legal entity") >= 30


def test_tree_has_every_org_unit_below_its_own(customer: Customer, root: OrgUnit, support: User) -> None:
    unit = root
    for number in range(1200):
        unit = OrgUnit.objects.create(customer=customer, parent=unit, name=f"{number}")

    assert [branch.level for branch in tree_of(customer)] == [*range(1201)]


@pytest.mark.parametrize("name", ["customer", "customer_edit", "org_unit_add", "legal_entity_add"])
def test_another_customer_is_not_found(
    name: str, customer: Customer, administrator: User, stranger: User, signed_in: Callable[[User], Client]
) -> None:
    assert signed_in(stranger).get(reverse(f"accounts:{name}", args=[customer.pk])).status_code == 404
