"""What migrations do to existing rows."""

from datetime import timedelta
from importlib import import_module

from django.apps import apps
from django.utils import timezone

from accounts.models import LegalEntity, OrgUnit
from wizard.models import Connection, SyncProfile

copy_syncs_of_profiles = import_module("wizard.migrations.0007_board_keeps_syncs").copy_syncs_of_profiles


def test_board_columns_are_filled_from_existing_profiles(connection: Connection, root: OrgUnit) -> None:
    other, now = Connection.objects.create(customer=connection.customer), timezone.now()
    for place, ago in (("100", 3), ("200", 5)):
        unit = OrgUnit.objects.create(customer=connection.customer, parent=root, name=place)
        entity = LegalEntity.objects.create(customer=connection.customer, org_unit=unit, name=place)
        SyncProfile.objects.create(
            connection=connection,
            legal_entity=entity,
            entity_id=place,
            first_synced_at=now - timedelta(days=ago),
            has_gaps=place == "100",
        )
    copy_syncs_of_profiles(apps, None)
    connection.refresh_from_db()
    other.refresh_from_db()
    assert (connection.first_synced_at, connection.has_gaps) == (now - timedelta(days=5), True)
    assert (other.first_synced_at, other.has_gaps) == (None, False)
