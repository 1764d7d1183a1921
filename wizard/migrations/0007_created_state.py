from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("wizard", "0006_test_bill_numbers")]

    operations = [
        migrations.AddField(
            model_name="testbill",
            name="created_state",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        )
    ]
