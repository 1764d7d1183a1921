import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("wizard", "0008_lists_in_use")]

    operations = [
        migrations.AddField(
            model_name="verification",
            name="same_as",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="repetitions",
                to="wizard.verification",
            ),
        ),
        migrations.AddIndex(
            model_name="verification",
            index=models.Index(
                condition=Q(("same_as__isnull", False)), fields=["same_as", "id"], name="verification_by_same_as"
            ),
        ),
    ]
