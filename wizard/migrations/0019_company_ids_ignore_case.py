from django.db import migrations, models
from django.db.models.functions import Upper


# If two connections of a customer have the same company, keep the one in use, or the older one. Clear the other one.
UNTIE_SECOND = """
    WITH ranked AS (
        SELECT c.id, row_number() OVER (
            PARTITION BY c.customer_id, upper(c.company_id)
            ORDER BY EXISTS (SELECT 1 FROM wizard_syncprofile p WHERE p.connection_id = c.id AND p.state = 'approved') DESC,
                c.id
        ) AS number
        FROM wizard_connection c WHERE c.company_id <> ''
    )
    UPDATE wizard_connection SET company_id = '' FROM ranked
    WHERE wizard_connection.id = ranked.id AND ranked.number > 1
"""


class Migration(migrations.Migration):
    dependencies = [("wizard", "0018_shapes_of_values")]

    operations = [
        migrations.RunSQL(UNTIE_SECOND, ""),
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
