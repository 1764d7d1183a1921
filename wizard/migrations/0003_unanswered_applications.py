from django.db import migrations


def forget_empty_answers(apps, schema_editor):
    """The question was optional, so most users who selected no application had skipped it."""
    apps.get_model("wizard", "Connection").objects.filter(modules=[]).update(modules=None)


class Migration(migrations.Migration):
    dependencies = [("wizard", "0002_confirmation")]
    operations = [migrations.RunPython(forget_empty_answers, migrations.RunPython.noop)]
