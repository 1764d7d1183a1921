from typing import Any

from django.db import migrations, models
from django.db.models import Exists, Min, OuterRef, Subquery


def copy_syncs_of_profiles(apps: Any, _editor: Any) -> None:
    connections, profiles = apps.get_model("wizard", "Connection").objects, apps.get_model("wizard", "SyncProfile").objects
    own = profiles.filter(connection=OuterRef("pk"))
    first = own.values("connection").annotate(first=Min("first_synced_at")).values("first")
    connections.update(first_synced_at=Subquery(first), has_gaps=Exists(own.filter(has_gaps=True)))


class Migration(migrations.Migration):
    dependencies = [("wizard", "0006_handover")]

    operations = [
        migrations.AddField("connection", "first_synced_at", models.DateTimeField(null=True)),
        migrations.AddField("connection", "has_gaps", models.BooleanField(default=False)),
        migrations.RunPython(copy_syncs_of_profiles, migrations.RunPython.noop),
    ]
