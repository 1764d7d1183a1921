"""Two names that look the same cannot both be stored."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Customer, LegalEntity, OrgUnit, User
from tests.wizard.pages.reading import words

pytestmark = pytest.mark.django_db
LOOK_THE_SAME = ["juniper co", "Juniper\u00a0Co", "Juni\u200bper  Co", "Ｊｕｎｉｐｅｒ Co", "\u00adJuniper Co "]
NEW = {"name": "Juniper Co", "legal_entity": "Juniper Ltd.", "time_zone": "America/Toronto", "language": "en"}


@pytest.mark.parametrize("name", LOOK_THE_SAME)
def test_customer_name_is_taken_in_any_spelling(name: str, support: User) -> None:
    Customer.objects.create(name="Juniper Co")
    with pytest.raises(IntegrityError, match="name_folded"), transaction.atomic():
        Customer.objects.create(name=name)
    client = Client()
    client.force_login(support)

    page = client.post(reverse("accounts:new_customer"), NEW | {"name": name})

    assert "is already used" in words(page)


@pytest.mark.parametrize("name", LOOK_THE_SAME)
def test_names_of_org_units_and_legal_entities_are_unique_per_customer(name: str, root: OrgUnit) -> None:
    unit = OrgUnit.objects.create(customer=root.customer, name="Juniper Co", parent=root)
    other = OrgUnit.objects.create(customer=root.customer, name="Other", parent=root)
    LegalEntity.objects.create(customer=root.customer, name="Juniper Co", org_unit=unit)

    with pytest.raises(IntegrityError, match="name_folded"), transaction.atomic():
        OrgUnit.objects.create(customer=root.customer, name=name, parent=root)
    with pytest.raises(IntegrityError, match="name_folded"), transaction.atomic():
        LegalEntity.objects.bulk_create([LegalEntity(customer=root.customer, name=name, org_unit=other)])


def test_another_customers_org_unit_may_have_the_same_name(root: OrgUnit) -> None:
    OrgUnit.objects.create(customer=Customer.objects.create(name="Other"), name=root.name)


@pytest.mark.parametrize("field", ["name", "legal_entity"])
@pytest.mark.parametrize(
    "bad", ["Juniper\u202eoC", "Juniper\u2066", "Juniper\nCo", "\u200b \u00a0", "J" * 121, "J\x00"]
)
def test_name_that_changes_the_surrounding_text_is_refused(field: str, bad: str, support: User) -> None:
    client = Client()
    client.force_login(support)

    page = client.post(reverse("accounts:new_customer"), NEW | {field: bad})

    assert list(page.context["form"].errors) == [field]
    assert not Customer.objects.exists()


def test_a_legal_entity_cannot_have_the_name_of_the_root_org_unit(support: User) -> None:
    client = Client()
    client.force_login(support)

    page = client.post(reverse("accounts:new_customer"), NEW | {"legal_entity": "root org  unit"})

    assert list(page.context["form"].errors) == ["legal_entity"]
    assert not Customer.objects.exists()


def test_longest_folded_name_can_be_stored(db: None) -> None:
    """One Arabic ligature folds into 18 letters, and PostgreSQL indexes no more than 2,700 bytes."""
    assert Customer.objects.create(name="\ufdfa" * 120).name_folded
