from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Customer, User
from core import fields
from wizard.models import Handover


def test_limits_come_from_the_model() -> None:
    assert fields.max_length_of(Customer, "name") == Customer._meta.get_field("name").max_length
    with pytest.raises(ValueError, match="is_active has no max_length"):
        fields.max_length_of(User, "is_active")


@pytest.mark.parametrize("name", ["email"])
def test_an_email_address_fits_its_column(name: str) -> None:
    address = "a" * 60 + "@" + ".".join(["b" * 60] * 4) + ".ca"
    assert len(address) > fields.max_length_of(Handover, name)
    with pytest.raises(ValidationError):
        fields.EmailField().clean(address)


@pytest.mark.parametrize(
    ("field", "typed", "value"),
    [
        (fields.LineField(), " a\r\n", "a"),
        (fields.TextField(), "a\r\nb\r\n", "a\nb"),
        (fields.NameField(), "Ju\u200bniper Co\u00a0", "Juniper Co"),
        (fields.IdField(), "\ufeffMAPLE-RIDGE\u200b ", "MAPLE-RIDGE"),
        (fields.SecretField(), " p ", " p "),
        (fields.EmailField(), "\u200ba@example.com ", "a@example.com"),
        (fields.KeysField(), ["7", "x", "9" * 5000, str(2**63), "0"], [7]),
        (fields.KnownChoicesField(choices=[("a", "A")]), ["a", "b\0"], ["a"]),
    ],
)
def test_invisible_leftovers_of_copying_are_removed(field: forms.Field, typed: Any, value: Any) -> None:
    assert field.clean(typed) == value


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        (fields.LineField(max_length=3), "abcd"),
        (fields.LineField(), "a\0"),
        (fields.TextField(), "a\x0bb"),
        (fields.NameField(), "\u200b"),
        (fields.NameField(), "a\u202eb"),
        (fields.IdField(), "\u0410CME"),
        (fields.SecretField(), "a\x0bb"),
        (fields.SecretField(), "a" * 1025),
        (fields.JSONField(), "9" * 5000),
        (fields.JSONField(), "[" * 100_000),
        (fields.DayField(), "0001-01-01"),
        (fields.DayField(), "9999-12-31"),
        (fields.DayField(), "24"),
    ],
)
def test_values_that_cannot_be_stored_or_used_are_refused(field: forms.Field, typed: str) -> None:
    with timezone.override("Asia/Tokyo"), pytest.raises(ValidationError):
        field.clean(typed)


def test_repeated_choice_counts_once() -> None:
    field = fields.ChoicesField(choices=[("a", "A"), ("b", "B"), ("c", "C")])

    assert field.clean(["c", "a", "c"]) == ["c", "a"]
    with pytest.raises(ValidationError):
        field.clean(["a", "d"])


def test_none_of_several_choices_is_refused_in_words_that_say_what_to_do() -> None:
    with pytest.raises(ValidationError, match="Choose at least one"):
        fields.ChoicesField(choices=[("a", "A")]).clean([])
