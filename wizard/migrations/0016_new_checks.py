from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("wizard", "0015_known_values")]

    operations = [
        migrations.AddField("incident", "is_check", models.BooleanField(default=False, db_default=False)),
        migrations.RunSQL("UPDATE wizard_incident SET is_check = true WHERE good_at IS NOT NULL", ""),
    ]
