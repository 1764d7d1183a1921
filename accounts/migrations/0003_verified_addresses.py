from typing import Any

from django.core.exceptions import ValidationError
from django.db import migrations

from core.text import clean_email


def write_emails_in_one_spelling(apps: Any, schema_editor: Any) -> None:
    """Spell addresses as forms read them from now on. A user whose address is stored differently could not sign in."""
    for name in ("User", "Invitation"):
        model = apps.get_model("accounts", name)
        for row in model.objects.only("email").iterator():
            email = _spelling(row.email)
            is_taken = name == "User" and model.objects.filter(email=email).exists()
            if email != row.email and not is_taken:
                model.objects.filter(pk=row.pk).update(email=email)


def _spelling(email: str) -> str:
    try:
        return clean_email(email)
    except ValidationError:
        return email.lower()


def store_verified_addresses(apps: Any, schema_editor: Any) -> None:
    """Store one verified address for each user, as `accounts.email_addresses` does.

    The table holds nothing else yet: no page lets users add or change an address.
    """
    address = apps.get_model("account", "EmailAddress")
    users = apps.get_model("accounts", "User").objects.values_list("pk", "email")
    address.objects.all().delete()
    address.objects.bulk_create(
        (address(user_id=pk, email=email, verified=True, primary=True) for pk, email in users.iterator()),
        batch_size=1000,
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_invitations"), ("account", "0009_emailaddress_unique_primary_email")]
    operations = [
        migrations.RunPython(write_emails_in_one_spelling, migrations.RunPython.noop),
        migrations.RunPython(store_verified_addresses, migrations.RunPython.noop),
    ]
