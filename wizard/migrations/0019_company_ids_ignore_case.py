from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    dependencies = [("wizard", "0018_shapes_of_values")]

    operations = [
        migrations.RemoveConstraint("connection", "company_once_per_customer"),
        migrations.AddConstraint(
            "connection",
            models.UniqueConstraint(
                models.F("customer"),
                Upper("company_id"),
                condition=models.Q(("company_id", ""), _negated=True),
                name="company_once_per_customer",
            ),
        ),
    ]
