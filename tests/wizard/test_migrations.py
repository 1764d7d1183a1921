"""What a migration does to rows that are there already."""

from datetime import timedelta
from importlib import import_module

from django.apps import apps
from django.utils import timezone

from accounts.models import LegalEntity, OrgUnit
from wizard.models import Connection, SyncProfile

told_by_profiles = import_module("wizard.migrations.0007_board_keeps_syncs").told_by_profiles


def test_the_board_knows_the_syncs_made_before_it_kept_them(connection: Connection, root: OrgUnit) -> None:
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
    told_by_profiles(apps, None)
    connection.refresh_from_db()
    other.refresh_from_db()
    assert (connection.first_synced_at, connection.has_gaps) == (now - timedelta(days=5), True)
    assert (other.first_synced_at, other.has_gaps) == (None, False)
