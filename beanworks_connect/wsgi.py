import os

from django.core.wsgi import get_wsgi_application

from core.processes import report_from_now_on
from envelope import key_ids

# Celery's app has named the workers' settings by now.
os.environ["DJANGO_SETTINGS_MODULE"] = "beanworks_connect.web_settings"
application = get_wsgi_application()
report_from_now_on(key_ids())
