from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("wizard", "0010_sign_in_block")]
    operations = [
        migrations.AlterField("handover", "note", models.CharField(blank=True, max_length=1000)),
        migrations.AddField("handover", "taken_over_at", models.DateTimeField(null=True)),
    ]
