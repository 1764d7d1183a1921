from typing import Any

from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def block_refused(apps: Any, _editor: Any) -> None:
    """Block sign-ins that Intacct refused before this release, so that they are not tried again."""
    verifications, findings = apps.get_model("wizard", "Verification"), apps.get_model("wizard", "Finding")
    newest = verifications.objects.filter(connection=OuterRef("pk"), stands=True).order_by("-pk")
    refused = findings.objects.filter(
        check_slug="sign_in", outcome="failed", cause__in=["sign-in-refused", "user-inactive"]
    )
    connections = apps.get_model("wizard", "Connection").objects.annotate(newest=Subquery(newest.values("pk")[:1]))
    connections.filter(newest__in=refused.values("verification")).update(sign_in_block="refused")


class Migration(migrations.Migration):
    dependencies = [("wizard", "0009_work_ends")]

    operations = [
        migrations.AddField(
            "connection",
            "sign_in_block",
            models.CharField(
                max_length=20,
                blank=True,
                choices=[("refused", "Refused"), ("unreadable", "Unreadable")],
                default="",
                db_default="",
            ),
        ),
        migrations.AddField("connection", "signing_in_until", models.DateTimeField(null=True)),
        migrations.RunPython(block_refused, migrations.RunPython.noop),
    ]
