from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("wizard", "0005_test_bill")]

    operations = [migrations.RemoveConstraint(model_name="testbill", name="test_bill_number_once")]
