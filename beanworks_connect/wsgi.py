import os

import django

from core.processes import report_from_now_on
from envelope import key_marks

from .request import Handler

# Set, not only defaulted: importing Celery's app has already set the workers' settings.
os.environ["DJANGO_SETTINGS_MODULE"] = "beanworks_connect.web_settings"
django.setup(set_prefix=False)
application = Handler()
report_from_now_on(key_marks())
