from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("wizard", "0016_new_checks")]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="sign_in_refused_at",
            field=models.DateTimeField(null=True),
        ),
        # The time of these refusals was not recorded. Any time works, as long as the next refusal has another one.
        migrations.RunSQL(
            "UPDATE wizard_connection SET sign_in_refused_at = now() WHERE sign_in_block = 'refused'",
            migrations.RunSQL.noop,
        ),
    ]
