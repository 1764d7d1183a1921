from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("wizard", "0016_new_checks")]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="sign_in_refused_at",
            field=models.DateTimeField(null=True),
        ),
        # When they were refused was not recorded; what counts is that the next refusal differs.
        migrations.RunSQL(
            "UPDATE wizard_connection SET sign_in_refused_at = now() WHERE sign_in_block = 'refused'",
            migrations.RunSQL.noop,
        ),
    ]
