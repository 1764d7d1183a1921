from typing import Any

from django.db import migrations, models
from django.db.models import Q

LEVEL_KNOWN = Q(level__in=["", "top"], entity_id="") | (Q(level="entity") & ~Q(entity_id=""))


def forget_unknown(apps: Any, _editor: Any) -> None:
    """Clear levels that no form offers but that were stored as sent. Users choose again; profiles do not change."""
    connections = apps.get_model("wizard", "Connection").objects
    connections.exclude(LEVEL_KNOWN).update(level="", entity_id="")
    connections.exclude(permission_model__in=["", "role", "user"]).update(permission_model="")


class Migration(migrations.Migration):
    dependencies = [("wizard", "0011_handover_taken_over")]

    operations = [
        migrations.RunPython(forget_unknown, migrations.RunPython.noop),
        migrations.RemoveConstraint("connection", "entity_id_only_at_entity_level"),
        migrations.AddConstraint(
            "connection", models.CheckConstraint(condition=LEVEL_KNOWN, name="level_known_and_entity_at_entity_level")
        ),
        migrations.AddConstraint(
            "connection",
            models.CheckConstraint(
                condition=Q(sign_in_block__in=["", "refused", "unreadable"]), name="sign_in_block_known"
            ),
        ),
        migrations.AddConstraint(
            "connection",
            models.CheckConstraint(
                condition=Q(permission_model__in=["", "role", "user"]), name="permission_model_known"
            ),
        ),
    ]
