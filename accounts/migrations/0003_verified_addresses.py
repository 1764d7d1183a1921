from typing import Any

from django.db import migrations


def store_verified_addresses(apps: Any, schema_editor: Any) -> None:
    """One verified address for each user, as `accounts.addresses` keeps it.

    Nothing else can be in the table: an address cannot be added or changed on any page.
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
    operations = [migrations.RunPython(store_verified_addresses, migrations.RunPython.noop)]
