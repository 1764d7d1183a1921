import os

import django

from beanworks_connect.wsgi_handler import Handler
from core.encryption import key_marks
from core.key_reports import report_from_now_on

# Set, not only defaulted: importing Celery's app has already set the workers' settings.
os.environ["DJANGO_SETTINGS_MODULE"] = "beanworks_connect.web_settings"
django.setup(set_prefix=False)
application = Handler()
report_from_now_on(key_marks())
