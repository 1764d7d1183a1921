from django.db import migrations, models
from django.db.models import BooleanField, F, Func, Max, Q, Value


def note_lists(apps, schema_editor):
    """Let runs that may still be worked on say that they have their lists. Older runs are never resumed."""
    runs = apps.get_model("smartsync", "SyncRun").objects
    newest = runs.values("profile").annotate(pk=Max("pk")).values("pk")
    runs.filter(pk__in=newest, lists__isnull=False).update(unchanged_lists=[])


class Migration(migrations.Migration):
    dependencies = [("smartsync", "0005_schedule_intervals")]

    operations = [
        migrations.AddField(model_name="syncrun", name="unchanged_lists", field=models.JSONField(null=True)),
        migrations.AddConstraint(
            model_name="syncrun",
            constraint=models.CheckConstraint(
                condition=~Q(
                    Func(
                        F("unchanged_lists"),
                        Value('strict $ ? (@.type() != "array" || exists(@[*] ? (@.type() != "object")))'),
                        function="jsonb_path_exists",
                        output_field=BooleanField(),
                    )
                ),
                name="unchanged_lists_are_objects",
            ),
        ),
        migrations.RunPython(note_lists, migrations.RunPython.noop),
    ]
