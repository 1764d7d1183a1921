from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("wizard", "0007_board_keeps_syncs")]

    operations = [
        migrations.AlterField("incident", "good_at", models.DateTimeField(null=True)),
        migrations.AlterField("incident", "stage", models.CharField(blank=True, max_length=40)),
    ]
