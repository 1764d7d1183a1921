"""The order of names, and the search for them."""

import pytest

from accounts.models import Customer
from core.collation import Folded, Natural, holds_every_word

pytestmark = pytest.mark.django_db
NAMES = ["Ähre", "apple", "Élan", "élan 2", "ELAN 10", "item 9", "item 10", "Œuvre 3", "V2", "V00012", "Zebra"]


def test_names_are_in_natural_order() -> None:
    Customer.objects.bulk_create(Customer(name=name) for name in sorted(NAMES))
    assert list(Customer.objects.order_by(Natural("name")).values_list("name", flat=True)) == NAMES


@pytest.mark.parametrize("typed", ["Élan", "E\u0301lan", "elan", "ÉLAN", "vital  ÉL", "e\u0301l"])
def test_name_is_found_however_it_is_typed(typed: str) -> None:
    Customer.objects.create(name="Élan Vital")
    Customer.objects.create(name="Vital Goods")
    assert Customer.objects.get(holds_every_word(typed, "name")).name == "Élan Vital"


@pytest.mark.parametrize(
    ("name", "typed"),
    [("Les Sœurs", "soeurs"), ("LES SŒURS", "sœurs"), ("Hauptstraße", "strasse"), ("Malmø", "malmo"), ("Łódź", "lodz")],
)
def test_ligatures_and_letters_with_strokes_are_found_by_plain_letters(name: str, typed: str) -> None:
    Customer.objects.create(name=name)
    assert Customer.objects.get(holds_every_word(typed, "name")).name == name


@pytest.mark.parametrize("typed", ["%", "_", "100% \\", "'"])
def test_pattern_characters_are_ordinary_text(typed: str) -> None:
    Customer.objects.create(name="Northwind")
    assert not Customer.objects.filter(holds_every_word(typed, "name")).exists()


def test_only_the_first_ten_words_count() -> None:
    Customer.objects.create(name="a b c d e f g h i j")
    assert Customer.objects.filter(holds_every_word("a b c d e f g h i j no", "name")).exists()
    assert str(Customer.objects.filter(holds_every_word("a " * 2000, "name")).query).count("core_fold") == 20


@pytest.mark.parametrize("name", ["", "9" * 50, "\U0001d54f", "İ", "ß"])
def test_every_name_can_be_sorted(name: str) -> None:
    Customer.objects.create(name=name)
    assert Customer.objects.order_by(Natural("name"), Folded("name")).get().name == name
