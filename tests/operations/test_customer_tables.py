"""Every model from which foreign keys lead to a customer is registered for exports and deletions."""

import pytest
from django.apps import apps
from django.db.models import BinaryField, Model

from accounts.models import Customer
from core.customer_data import TABLES, deletion_order, exported_tables
from tests.operations.filled_customer import filled_customer

# Rows without a customer. What they hold of one is described in docs/operations.md.
WITHOUT_CUSTOMER = {
    *("contenttypes.ContentType", "auth.Permission", "auth.Group", "socialaccount.SocialApp"),
    *("core.Backup", "core.CacheEntry", "core.Pruning", "core.SentForm"),
    # Erased, not deleted.
    *("audit.AuditEvent", "audit.AuditLink", "audit.AuditAnchor"),
    # Of support, with users of Beanworks.
    *("operations.CannedText", "operations.Channel", "operations.ChannelKind", "wizard.SupportSettings"),
    # An encrypted value without meaning.
    "core.KeyCanary",
    # What stays of a customer.
    "operations.CustomerDeletion",
}


def leads_to_customer(model: type[Model], seen: frozenset[type[Model]] = frozenset()) -> bool:
    relations = [field.related_model for field in model._meta.concrete_fields]
    targets = {target for target in relations if target} - seen - {model}
    return Customer in targets or any(leads_to_customer(target, seen | targets) for target in targets)


def test_every_model_is_registered_or_has_no_customer() -> None:
    models = {model._meta.label: model for model in apps.get_models()}

    assert set(models) - {model._meta.label for model in TABLES} == WITHOUT_CUSTOMER


def test_unregistered_models_do_not_lead_to_a_customer() -> None:
    unregistered = {model for model in apps.get_models() if model not in TABLES} - {Customer}
    # They refer to users of Beanworks.
    of_beanworks = {"operations.CustomerDeletion", "operations.Channel", "operations.ChannelKind"}
    of_beanworks |= {"operations.CannedText", "wizard.SupportSettings"}
    assert {model._meta.label for model in unregistered if leads_to_customer(model)} == of_beanworks


def test_no_row_is_deleted_before_rows_that_refer_to_it() -> None:
    names = [table.name for table in deletion_order()]

    assert names[-1] == "accounts_customer"
    assert names.index("django_session") < names.index("usersessions_usersession")
    assert names.index("smartsync_itemchange") < names.index("smartsync_listitem")


@pytest.mark.django_db
def test_path_of_every_table_finds_the_rows_of_its_customer() -> None:
    customer, _users = filled_customer()

    assert [table.name for table in TABLES.values() if not table.rows(customer.pk).exists()] == []


def test_export_contains_no_secrets() -> None:
    fields = {(table.name, field.name): field for table in exported_tables() for field in table.exported_fields()}
    words = ("token", "password", "secret", "hash", "session", "envelope", "salt")

    assert [name for name, field in fields.items() if isinstance(field, BinaryField)] == []
    assert [name for name in fields if any(word in name[1] for word in words)] == []
