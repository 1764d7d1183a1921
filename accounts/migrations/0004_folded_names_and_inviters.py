from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Lower

import core.folded_names
from core.text import fold_name


def fold_names(apps: Any, schema_editor: Any) -> None:
    for model, scope in (("Customer", None), ("OrgUnit", "customer_id"), ("LegalEntity", "customer_id")):
        _fold_names_of(apps.get_model("accounts", model), scope)


def _fold_names_of(model: Any, scope: str | None) -> None:
    """Number the later of two names that look the same."""
    taken = set()
    for row in model.objects.order_by("pk").iterator():
        name, number = row.name, 1
        while (where := (scope and getattr(row, scope), fold_name(row.name)[:200])) in taken:
            number += 1
            row.name = f"{name[:110]} ({number})"
        taken.add(where)
        row.save(update_fields=["name", "name_folded"])


def store_inviters(apps: Any, schema_editor: Any) -> None:
    users = apps.get_model("accounts", "User").objects
    accepted = apps.get_model("accounts", "Invitation").objects.exclude(accepted_at=None).exclude(invited_by=None)
    for email, inviter in accepted.order_by("accepted_at").values_list("email", "invited_by_id"):
        users.filter(email=email).update(invited_by_id=inviter)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_verified_addresses")]
    # Inviters come last: PostgreSQL does not alter a table whose rows still wait for a foreign key check.
    operations = [
        migrations.AddField(
            "customer", "name_folded", core.folded_names.FoldedField("name", editable=False, max_length=200, null=True)
        ),
        migrations.AddField(
            "legalentity", "name_folded", core.folded_names.FoldedField("name", editable=False, max_length=200, null=True)
        ),
        migrations.AddField(
            "orgunit", "name_folded", core.folded_names.FoldedField("name", editable=False, max_length=200, null=True)
        ),
        migrations.AddField(
            "user",
            "invited_by",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunPython(fold_names, migrations.RunPython.noop),
        migrations.AlterField(
            "customer",
            "name_folded",
            core.folded_names.FoldedField("name", editable=False, max_length=200, null=True, unique=True),
        ),
        migrations.RemoveConstraint("invitation", "one_open_invitation_per_address"),
        migrations.AddConstraint(
            "invitation",
            models.UniqueConstraint(
                fields=["email", "customer"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                nulls_distinct=False,
                name="one_open_invitation_per_address_and_customer",
            ),
        ),
        migrations.AddConstraint(
            "invitation",
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="invitation_email_is_lower_case"
            ),
        ),
        migrations.AddConstraint(
            "user",
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"),
        ),
        migrations.AddConstraint(
            "legalentity",
            models.UniqueConstraint(
                fields=["customer", "name_folded"], name="legal_entity_folded_name_once_per_customer"
            ),
        ),
        migrations.AddConstraint(
            "orgunit",
            models.UniqueConstraint(fields=["customer", "name_folded"], name="org_unit_folded_name_once_per_customer"),
        ),
        migrations.RunPython(store_inviters, migrations.RunPython.noop),
    ]
